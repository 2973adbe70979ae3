package cluster

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNoProcessOutlivesATest kills a process that has launched another, as a panic or Ctrl-C might end it.
func TestNoProcessOutlivesATest(t *testing.T) {
	if os.Getenv("CLUSTER_TEST_PARENT") != "" {
		beParent(t)
		return
	}
	parent := exec.Command(os.Args[0], "-test.run=^TestNoProcessOutlivesATest$")
	parent.Env = append(os.Environ(), "CLUSTER_TEST_PARENT=1")
	stdin, err := parent.StdinPipe()
	require.NoError(t, err)
	defer stdin.Close()
	stdout, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.True(t, alive(pid))

	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	require.NoError(t, await(t.Context(), func() error {
		if alive(pid) {
			return errors.New("the grandchild lives")
		}
		return nil
	}))
}

// beParent launches a child that would stay, and waits to be killed.
func beParent(t *testing.T) {
	p, err := launch(exec.Command("sleep", "3600"), t.TempDir()+"/log", "never")
	require.NoError(t, err)
	fmt.Println(p.cmd.Process.Pid)
	_, _ = os.Stdin.Read(make([]byte, 1))
	p.kill()
}

func TestPauseEndsWithTheProcess(t *testing.T) {
	p, err := launch(exec.Command("sleep", "3600"), t.TempDir()+"/log", "never")
	require.NoError(t, err)
	b := &Broker{proc: p}
	for range 2 { // a second time changes nothing
		b.Pause()
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		require.NoError(t, err)
		require.Contains(t, string(stat), ") T ")
	}
	require.False(t, b.serving())
	b.Resume()
	require.True(t, b.serving())
	b.Kill()
	b.Pause()
	require.False(t, b.serving())
	awaitPaused(p.cmd.Process.Pid) // it is gone: there is nothing to wait for
}

// alive tells whether a process runs; one that has ended but is not yet reaped does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}
