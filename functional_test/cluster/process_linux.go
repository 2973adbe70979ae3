package cluster

import "syscall"

// orphanless makes the kernel kill a child when the thread that started it ends: however this process ends, no broker
// outlives it. In a group of its own, the child does not see the terminal's Ctrl-C, which is for the test to act on.
func orphanless() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
