package sarama

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// scenario is a titled part of a file of scenarios.
type scenario struct {
	title string
	lines []scenarioLine
}

// scenarioLine is what happens and, after an arrow, what is done about it.
type scenarioLine struct {
	number int
	event  []string
	action string
}

func readScenarios(t *testing.T, file string) []scenario {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var all []scenario
	for i, line := range strings.Split(string(text), "\n") {
		if title, ok := strings.CutPrefix(line, "== "); ok {
			all = append(all, scenario{title: title})
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		event, action, _ := strings.Cut(line, "->")
		last := &all[len(all)-1]
		last.lines = append(last.lines, scenarioLine{i + 1, strings.Fields(event), strings.Join(strings.Fields(action), " ")})
	}
	require.NotEmpty(t, all)
	return all
}

// scenarioWords are the words of an event: flags, key=value, error codes.
type scenarioWords struct {
	flags  map[string]bool
	values map[string]string
	code   KError
}

func (l scenarioLine) words(t *testing.T) scenarioWords {
	t.Helper()
	w := scenarioWords{flags: make(map[string]bool), values: make(map[string]string)}
	for _, word := range l.event[1:] {
		key, value, ok := strings.Cut(word, "=")
		switch {
		case ok:
			w.values[key] = value
		case word == strings.ToUpper(word):
			w.code = codeNamed(t, word)
		default:
			w.flags[word] = true
		}
	}
	return w
}

func (w scenarioWords) number(key string) int {
	n, _ := strconv.Atoi(w.values[key])
	return n
}

func codeNamed(t *testing.T, name string) KError {
	t.Helper()
	for code := KError(-1); code < 200; code++ {
		if protocol.ErrorName(code) == name {
			return code
		}
	}
	t.Fatalf("no error code is named %s", name)
	return 0
}

var errScenarioLost = errors.New("lost")

func errorText(err error) string {
	var code KError
	if errors.As(err, &code) {
		return protocol.ErrorName(code)
	}
	return err.Error()
}

func TestClassicMemberScenarios(t *testing.T) {
	kinds := map[string]memberEventKind{
		"start": heardStart, "coordinator": heardCoordinator, "join": heardJoin, "sync": heardSync, "beat": heardBeat,
	}
	for _, s := range readScenarios(t, "testdata/group_classic.txt") {
		t.Run(s.title, func(t *testing.T) {
			var m classicMember
			for _, line := range s.lines {
				w := line.words(t)
				if line.event[0] == "member" {
					m = classicMember{id: w.values["id"], holds: w.flags["holds"], heldSince: int32(w.number("since"))}
					continue
				}
				kind, ok := kinds[line.event[0]]
				require.True(t, ok, "line %d", line.number)
				e := memberEvent{
					kind: kind, code: w.code, id: w.values["id"], generation: int32(w.number("generation")),
					late: w.flags["late"], retries: w.number("retries"),
				}
				if w.flags["lost"] || kind == heardCoordinator {
					e.err = errScenarioLost
				}
				var a memberAction
				m, a = m.next(e)
				require.Equal(t, line.action, describeAction(m, a), "line %d", line.number)
			}
		})
	}
}

func describeAction(m classicMember, a memberAction) string {
	words := []string{a.do.String()}
	add := func(is bool, format string, args ...any) {
		if is {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	add(a.wait != 0, "wait=%d", a.wait)
	add(a.refresh, "refresh")
	if a.err != nil {
		words = append(words, errorText(a.err))
	}
	add(a.report, "report")
	add(m.id != "", "id=%s", m.id)
	add(m.generation != 0, "generation=%d", m.generation)
	add(m.heldSince != 0, "since=%d", m.heldSince)
	return strings.Join(words, " ")
}

// TestClassicMemberNeverLoops: whatever it hears, an attempt to join comes to an end.
func TestClassicMemberNeverLoops(t *testing.T) {
	codes := []KError{
		ErrNoError, ErrUnknownMemberId, ErrIllegalGeneration, ErrMemberIdRequired, ErrRebalanceInProgress, ErrNotCoordinatorForConsumer,
		ErrConsumerCoordinatorNotAvailable, ErrOffsetsLoadInProgress, ErrUnknown,
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		m := classicMember{id: []string{"", "m"}[rnd.IntN(2)], holds: rnd.IntN(4) == 0}
		m, a := m.next(memberEvent{kind: heardStart, retries: rnd.IntN(5)})
		steps := 0
		for a.do == doJoin || a.do == doSync {
			kind := heardJoin
			if a.do == doSync {
				kind = heardSync
			}
			code := codes[rnd.IntN(len(codes))]
			if kind == heardSync && code == ErrNoError && rnd.IntN(10) > 0 {
				code = ErrRebalanceInProgress
			}
			m, a = m.next(memberEvent{kind: kind, code: code, id: "n", generation: m.generation + 1})
			steps++
			require.Less(t, steps, 1000)
		}
	}
}

func TestChangesOfClaims(t *testing.T) {
	owned := map[string][]int32{"a": {0, 1, 2}, "b": {5}}
	changes := changesOf(owned, map[string][]int32{"a": {1, 2, 3}, "c": {0}})
	require.Equal(t, map[string][]int32{"a": {3}, "c": {0}}, changes.added)
	require.Equal(t, map[string][]int32{"a": {0}, "b": {5}}, changes.revoked)
	changes = changesOf(owned, owned)
	require.Empty(t, changes.added)
	require.Empty(t, changes.revoked)
	changes = changesOf(nil, owned)
	require.Equal(t, slices.Sorted(maps.Keys(owned)), slices.Sorted(maps.Keys(changes.added)))
	require.Empty(t, changes.revoked)
}

func TestReasonsOfRejoins(t *testing.T) {
	require.Equal(t, "group is rebalancing", reasonOf(fmt.Errorf("x: %w", ErrRebalanceInProgress)))
	require.Equal(t, "the heartbeat goroutine has stopped", reasonOf(ErrSessionHeartbeatFailed))
	require.Equal(t, "lost", reasonOf(errScenarioLost))
	require.Equal(t, strings.Repeat("ä", longestReason/2), reasonOf(errors.New(strings.Repeat("ä", 1<<15))), "half a letter is none")
}

func TestSubscriptions(t *testing.T) {
	_, err := parseSubscription(nil)
	require.EqualError(t, err, "no topics provided")
	s, err := parseSubscription([]string{"a.b", "^x-.*", "^y$"})
	require.NoError(t, err)
	require.Equal(t, []string{"a.b"}, s.names)
	for topic, matches := range map[string]bool{"x-1": true, "y": true, "yy": false, "ax-1": false, "a.b": false} {
		require.Equal(t, matches, s.match.MatchString(topic), topic)
	}
}

func TestEpochMemberScenarios(t *testing.T) {
	for _, s := range readScenarios(t, "testdata/group_consumer.txt") {
		t.Run(s.title, func(t *testing.T) {
			var m epochMember
			for _, line := range s.lines {
				w := line.words(t)
				switch line.event[0] {
				case "member":
					m = epochMember{id: w.values["id"], epoch: int32(w.number("epoch"))}
				case "begin":
					m = m.begin(w.number("retries"))
				default:
					require.Equal(t, "beat", line.event[0], "line %d", line.number)
					e := epochEvent{code: w.code, id: w.values["id"], epoch: int32(w.number("epoch")), late: w.flags["late"], retries: w.number("retries")}
					if w.flags["lost"] {
						e.err = errScenarioLost
					}
					var a memberAction
					m, a = m.next(e)
					text := describeAction(classicMember{id: m.id}, a)
					if m.epoch != 0 {
						text += fmt.Sprintf(" epoch=%d", m.epoch)
					}
					if m.full {
						text += " full"
					}
					require.Equal(t, line.action, text, "line %d", line.number)
				}
			}
		})
	}
}
