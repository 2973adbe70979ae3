package cluster

import "syscall"

// orphanless makes the kernel kill a child when the thread that started it ends: however this process ends, no broker
// outlives it. In a group of its own, the child does not see the terminal's Ctrl-C, which is for the test to act on.
func orphanless() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// awaitPaused returns when all threads of a child that was sent SIGSTOP have stopped, or the child is gone: until then one
// of them may still answer.
func awaitPaused(pid int) {
	const byPID = 1
	for {
		_, _, err := syscall.Syscall6(syscall.SYS_WAITID, byPID, uintptr(pid), 0, syscall.WSTOPPED|syscall.WNOWAIT, 0, 0)
		if err != syscall.EINTR {
			return
		}
	}
}
