//go:build unix && !linux

package cluster

import "syscall"

// orphanless leaves a child in the terminal's group, whose Ctrl-C ends it too. Without Linux's signal on a parent's
// death, a broker outlives a test that panics.
func orphanless() *syscall.SysProcAttr { return nil }

// awaitPaused trusts that the child stops soon.
func awaitPaused(int) {}
