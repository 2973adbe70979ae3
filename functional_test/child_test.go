//go:build unix

package functional_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// childTask is what this binary does in the place of its tests, as a process of its own: it is a member of a group. It comes in
// the environment variable that names what kind of member.
type childTask struct {
	version, brokers, group, topic, assignment string
	more                                       string // of which the kind of member knows
}

func newChildTask(c cluster.Cluster, group, topic string, a assignment) childTask {
	return childTask{c.Version().String(), strings.Join(c.Addrs(), ","), group, topic, a.name, ""}
}

// asChild does the task if the variable has one, and ends the process. It is for init.
func asChild(variable string, do func(childTask) error) {
	what := os.Getenv(variable)
	if what == "" {
		return
	}
	p := strings.Split(what, "|")
	if err := do(childTask{p[0], p[1], p[2], p[3], p[4], p[5]}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// command is the process that does the task.
func (k childTask) command(ctx context.Context, t *testing.T, variable string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), variable+"="+strings.Join([]string{k.version, k.brokers, k.group, k.topic, k.assignment, k.more}, "|"))
	return cmd
}

// config is that of a member that reads all there is, and is missed after 6 s.
func (k childTask) config() (conf *sarama.Config, err error) {
	conf = sarama.NewConfig()
	conf.Consumer.Offsets.Initial = sarama.OffsetOldest
	conf.Consumer.Group.Session.Timeout = 6 * time.Second
	for _, a := range assignments() {
		if a.name == k.assignment {
			a.set(conf)
		}
	}
	conf.Version, err = sarama.ParseKafkaVersion(k.version)
	return conf, err
}

func (k childTask) addrs() []string { return strings.Split(k.brokers, ",") }

// linesOf returns what a process prints, line by line, until its output ends. One that is ahead by as many lines as limit waits.
func linesOf(out io.Reader, limit int) <-chan string {
	lines := make(chan string, limit)
	go func() { // ends with the process
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}
