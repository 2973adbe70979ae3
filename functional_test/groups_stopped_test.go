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
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// stoppableMember names the environment variable by which this binary becomes a member of a group.
const stoppableMember = "FUNCTIONAL_GROUP_MEMBER"

const stoppableHeartbeat = 500 * time.Millisecond

func init() { asChild(stoppableMember, beStoppable) }

// staleMember consumes, and, when it reads a line, has what was committed go back, as long as that is not refused.
type staleMember struct{ began chan struct{} }

func (m *staleMember) Setup(s sarama.ConsumerGroupSession) error {
	fmt.Println("setup", len(s.Claims()))
	return nil
}

func (m *staleMember) Cleanup(s sarama.ConsumerGroupSession) error {
	fmt.Println("ended", context.Cause(s.Context()))
	return nil
}

func (m *staleMember) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	commit := s.(sarama.ContextConsumerGroupSession)
	for {
		select {
		case msg, ok := <-claim.Messages():
			if !ok {
				goBack(s, claim) // the heartbeat was faster
				return nil
			}
			s.MarkMessage(msg, "")
			if err := commit.CommitContext(s.Context()); err == nil {
				fmt.Println("read", msg.Offset)
			}
		case <-m.began:
			goBack(s, claim)
		}
	}
}

// goBack tries to have what was committed go back.
func goBack(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) {
	s.ResetOffset(claim.Topic(), claim.Partition(), 1, "stale")
	if err := s.(sarama.ContextConsumerGroupSession).CommitContext(context.Background()); err != nil {
		fmt.Println("refused", strings.ReplaceAll(err.Error(), "\n", " "))
	} else {
		fmt.Println("accepted")
	}
}

// beStoppable is the member's process.
func beStoppable(task childTask) error {
	conf, err := task.config()
	if err != nil {
		return err
	}
	conf.Consumer.Offsets.AutoCommit.Enable = false
	conf.Consumer.Group.Heartbeat.Interval = stoppableHeartbeat
	group, err := sarama.NewConsumerGroup(task.addrs(), task.group, conf)
	if err != nil {
		return err
	}
	m := &staleMember{began: make(chan struct{}, 1)}
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		m.began <- struct{}{}
	}()
	if err := group.Consume(context.Background(), []string{task.topic}, m); err != nil {
		return err
	}
	return group.Close()
}

// TestStoppedMember: a process that stands still for longer than a session may, and then goes on, cannot commit any more,
// learns within a heartbeat that it is no member, and sets nothing back.
func TestStoppedMember(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		for _, a := range assignments()[:4] { // see TestShortSessions for the fifth
			if c.Version().IsAtLeast(a.since) {
				t.Run(a.name, func(t *testing.T) { stopMember(t, c, a) })
			}
		}
	})
}

// TestShortSessions is of the consumer protocol, whose members cannot say how long their sessions are: brokers can.
func TestShortSessions(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Properties: map[string]string{
		"group.consumer.heartbeat.interval.ms":     fmt.Sprint(stoppableHeartbeat.Milliseconds()),
		"group.consumer.min.heartbeat.interval.ms": fmt.Sprint(stoppableHeartbeat.Milliseconds()),
		"group.consumer.session.timeout.ms":        "6000",
		"group.consumer.min.session.timeout.ms":    "6000",
	}})
	a := assignments()[4]
	if !c.Version().IsAtLeast(a.since) {
		t.Skipf("SKIPPED, NOT TESTED: %s needs Kafka %v", a.name, a.since)
	}
	t.Run("stopped", func(t *testing.T) { stopMember(t, c, a) })
	t.Run("killed with dead letters", func(t *testing.T) {
		killWithDeadLetters(t, c, a, []string{"sent", "offsets", "commit 1", "committed"})
	})
}

func stopMember(t *testing.T, c cluster.Cluster, a assignment) {
	topic := c.NewTopic(t, 1)
	group := "stopped-" + topic
	cmd := newChildTask(c, group, topic, a).command(t.Context(), t, stoppableMember)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := linesOf(out, 1000)
	awaitLine := func(want string, limit time.Duration) string {
		t.Helper()
		timer := time.NewTimer(limit)
		defer timer.Stop()
		for {
			select {
			case line, ok := <-lines:
				require.True(t, ok, "the member ended; %q is expected", want)
				require.False(t, strings.HasPrefix(line, "accepted"), "a stale commit")
				if strings.HasPrefix(line, want) {
					return line
				}
			case <-timer.C:
				t.Fatalf("no %q after %v", want, limit)
			}
		}
	}
	produceEach(t, c, topic, 1, 0, 10)
	awaitLine("read 9", patience)
	require.NoError(t, cmd.Process.Signal(syscall.SIGSTOP))
	var status syscall.WaitStatus
	_, err = syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil) // until it stands still
	require.NoError(t, err)
	require.True(t, status.Stopped())
	_, err = io.WriteString(in, "go back\n")
	require.NoError(t, err)

	ledger := newLedgerOfGroup()
	other := startMember(t, c, group, ledger, a.set, topic)
	awaitShares(t, 1, other)
	produceEach(t, c, topic, 1, 10, 10)
	ledger.await(t, 10)
	require.NoError(t, cmd.Process.Signal(syscall.SIGCONT))
	resumed := time.Now()
	refused := awaitLine("refused", patience)
	ended := awaitLine("ended", patience)
	t.Logf("%s; %s after %v", refused, ended, time.Since(resumed).Round(time.Millisecond))
	require.Less(t, time.Since(resumed), stoppableHeartbeat+time.Second, "a heartbeat, and what a busy machine needs")
	if err := cmd.Wait(); err != nil {
		var failed *exec.ExitError
		require.NotErrorAs(t, err, &failed, "the member failed")
	}
	other.close()
	got, twice := ledger.count()
	require.Equal(t, 10, got, "what the stopped member had read is not read again")
	require.Zero(t, twice)
	requireGroupAt(t, c, group, topic, 20)
}
