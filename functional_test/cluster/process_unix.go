//go:build unix

package cluster

import (
	"os"
	"syscall"
)

var (
	signalKill   os.Signal = syscall.SIGKILL
	signalTerm   os.Signal = syscall.SIGTERM
	signalPause  os.Signal = syscall.SIGSTOP
	signalResume os.Signal = syscall.SIGCONT
)

// lockFile waits for a lock that all processes of the machine heed, and that ends with this process at the latest.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, &os.PathError{Op: "flock", Path: path, Err: err}
	}
	return func() { f.Close() }, nil
}
