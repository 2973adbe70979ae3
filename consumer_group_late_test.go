package sarama

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lateJoiner has a member wait for another that is not done yet, in a group of before KIP-394.
func lateJoiner(g *grouping, change func(*Config)) (first, late *testMember, done chan struct{}) {
	g.conf.Version = V2_0_0_0
	done = make(chan struct{})
	first = g.member(func(_ *Config, m *testMember) { m.dallying = done })
	after(5 * time.Second)
	late = g.member(func(conf *Config, _ *testMember) { change(conf) })
	after(5 * time.Second)
	require.Empty(g.t, late.log(), "it is not answered yet")
	return first, late, done
}

// TestJoinThatWasGivenUpLeaves: nobody else knows the id of the member that the coordinator counts.
func TestJoinThatWasGivenUpLeaves(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		first, late, done := lateJoiner(g, func(*Config) {})
		begin := time.Now()
		late.cancel()
		<-late.done
		require.Zero(t, time.Since(begin))
		require.Equal(t, []error{nil}, late.results)
		close(done)
		after(4 * time.Second) // a heartbeat, not a session's timeout
		require.Equal(t, []string{"member-2"}, g.group.left)
		require.Equal(t, map[string][]int32{"orders": {0, 1}}, first.claims())
		first.close()
		late.close()
		require.Empty(t, late.log())
	})
}

// TestCloseOfAStaticMemberThatJoins: it stays in the group, so that there is nothing to wait for.
func TestCloseOfAStaticMemberThatJoins(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		first, late, done := lateJoiner(g, func(conf *Config) {
			conf.Version, conf.Consumer.Group.InstanceId = V2_4_0_0, "static"
		})
		begin := time.Now()
		late.close()
		require.Zero(t, time.Since(begin))
		close(done)
		first.close()
	})
}

func TestCloseWaitsForAJoinThatWasGivenUp(t *testing.T) {
	for name, inTime := range map[string]bool{"answered": true, "not answered": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				g := newGrouping(t, net, 2)
				first, late, done := lateJoiner(g, func(*Config) {})
				begin, waited := time.Now(), 10*time.Second
				if inTime {
					waited = 3 * time.Second
					time.AfterFunc(waited, func() { close(done) })
				}
				late.close()
				require.Equal(t, waited, time.Since(begin))
				if inTime {
					require.Equal(t, []string{"member-2"}, g.group.left)
				} else {
					require.Empty(t, g.group.left)
					close(done)
				}
				after(30 * time.Second)
				require.Equal(t, map[string][]int32{"orders": {0, 1}}, first.claims())
				first.close()
			})
		})
	}
}

// TestStaticMemberThatGaveUpStays, as it does when it is closed.
func TestStaticMemberThatGaveUpStays(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		done := make(chan struct{})
		first := g.member(func(_ *Config, m *testMember) { m.dallying = done })
		after(5 * time.Second)
		late := g.member(func(conf *Config, _ *testMember) { conf.Consumer.Group.InstanceId = "late" })
		after(5 * time.Second)
		late.cancel()
		<-late.done
		close(done)
		after(5 * time.Second)
		members, _ := g.group.size()
		require.Equal(t, 2, members)
		require.Empty(t, g.group.left)
		late.close()
		first.close()
	})
}
