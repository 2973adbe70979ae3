package chaos

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

const offsetsTopic = "__consumer_offsets"

// commitKey and commitRecord are what __consumer_offsets holds of a commit.
type commitKey struct {
	group, topic string
	partition    int32
}

type commitRecord struct {
	offset int64 // -1: the commit is removed
	at     time.Time
}

// parseCommit reads a record of __consumer_offsets; records of other kinds, such as a group's members, are none.
func parseCommit(key, value []byte) (k commitKey, r commitRecord, ok bool, err error) {
	if len(key) < 2 || binary.BigEndian.Uint16(key) > 1 {
		return k, r, false, nil
	}
	rest := key[2:]
	if k.group, rest, err = cutString(rest); err != nil {
		return k, r, false, err
	}
	if k.topic, rest, err = cutString(rest); err != nil {
		return k, r, false, err
	}
	if len(rest) < 4 {
		return k, r, false, errShort
	}
	k.partition = int32(binary.BigEndian.Uint32(rest))
	if value == nil {
		return k, commitRecord{offset: -1}, true, nil
	}
	r, err = parseCommitValue(value)
	return k, r, err == nil, err
}

// parseCommitValue knows versions 0 to 4; the last is flexible, and has its metadata as a compact string.
func parseCommitValue(value []byte) (r commitRecord, err error) {
	if len(value) < 10 {
		return r, errShort
	}
	version, rest := binary.BigEndian.Uint16(value), value[10:]
	if version > 4 {
		return r, fmt.Errorf("a commit of version %d", version)
	}
	r.offset = int64(binary.BigEndian.Uint64(value[2:]))
	if version >= 3 {
		if len(rest) < 4 {
			return r, errShort
		}
		rest = rest[4:] // the leader's epoch
	}
	if version == 4 {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n == 0 || n-1 > uint64(len(rest)-size) {
			return r, errShort
		}
		rest = rest[size+int(n)-1:]
	} else if _, rest, err = cutString(rest); err != nil {
		return r, err
	}
	if len(rest) < 8 {
		return r, errShort
	}
	r.at = time.UnixMilli(int64(binary.BigEndian.Uint64(rest)))
	return r, nil
}

var errShort = errors.New("a record of " + offsetsTopic + " is too short")

func cutString(b []byte) (string, []byte, error) {
	if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
		return "", nil, errShort
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	return string(b[2:n]), b[n:], nil
}

// commits reads all of __consumer_offsets: the commits of each group's partitions, in their order.
func commits(t *testing.T, addrs []string, conf *sarama.Config) map[commitKey][]commitRecord {
	t.Helper()
	all := make(map[commitKey][]commitRecord)
	for p := range offsetPartitions(t, addrs, conf) {
		readAll(t, addrs, conf, offsetsTopic, p, func(msg *sarama.ConsumerMessage) {
			k, r, ok, err := parseCommit(msg.Key, msg.Value)
			require.NoError(t, err, "%s-%d at %d", offsetsTopic, p, msg.Offset)
			if ok {
				all[k] = append(all[k], r)
			}
		})
	}
	return all
}

// offsetPartitions is how many partitions __consumer_offsets has.
func offsetPartitions(t *testing.T, addrs []string, conf *sarama.Config) int32 {
	t.Helper()
	client, err := sarama.NewClient(addrs, conf)
	require.NoError(t, err)
	all, err := client.Partitions(offsetsTopic)
	require.NoError(t, err)
	require.NoError(t, client.Close())
	return int32(len(all))
}

// offsetPartitionOf is where a group's commits are: by Java's hash of its name, without the sign.
func offsetPartitionOf(group string, of int32) int32 {
	var hash int32
	for _, b := range []byte(group) {
		hash = 31*hash + int32(b)
	}
	return (hash & 0x7fffffff) % of
}

// fenced is what the controller logs of a broker that it misses. As long as it does not, the broker counts as in sync with
// leaders, and what these are given is neither acknowledged to those who wait for all replicas nor shown to who reads.
func fenced(id int32) string { return fmt.Sprintf(`Fencing broker %d .*session has timed out`, id) }

// returned is when, by the logs of the brokers that are left, one that was killed was missed, the last of some partitions had
// a new leader, and the group's coordinator was loaded.
func (s *stage) returned(since time.Time, killed int32, topic string, moved []int32, group string, coordinatorMoved bool) time.Time {
	s.t.Helper()
	patterns := []string{fenced(killed)}
	for _, p := range moved {
		patterns = append(patterns, fmt.Sprintf(`Leader %s-%d .*starts at leader epoch`, regexp.QuoteMeta(topic), p))
	}
	if coordinatorMoved {
		patterns = append(patterns, fmt.Sprintf(`Finished loading .*from %s-%d\b`, offsetsTopic, offsetPartitionOf(group, s.offsetPartitions)))
	}
	last := since
	for _, pattern := range patterns {
		found := s.lastLogged(pattern, since)
		require.False(s.t, found.IsZero(), "no broker's log has %q since %v", pattern, since)
		if found.After(last) {
			last = found
		}
	}
	return last
}

// lastLogged is when a broker has last logged a line since a time; zero: none has.
func (s *stage) lastLogged(pattern string, since time.Time) (last time.Time) {
	s.t.Helper()
	for _, b := range s.c.Brokers() {
		for _, line := range b.Logged(s.t, pattern, since) {
			if line.At.After(last) {
				last = line.At
			}
		}
	}
	return last
}

// TestParseCommit: what a coordinator writes, of each version.
func TestParseCommit(t *testing.T) {
	key := []byte("\x00\x01\x00\x01g\x00\x05topic\x00\x00\x00\x07")
	at := time.UnixMilli(0x0102030405)
	stamp := "\x00\x00\x00\x01\x02\x03\x04\x05"
	offset := "\x00\x00\x00\x00\x00\x00\x00\x2a"
	for name, value := range map[string]string{
		"0": "\x00\x00" + offset + "\x00\x01m" + stamp,
		"1": "\x00\x01" + offset + "\x00\x01m" + stamp + stamp,
		"3": "\x00\x03" + offset + "\x00\x00\x00\x05" + "\x00\x01m" + stamp,
		"4": "\x00\x04" + offset + "\x00\x00\x00\x05" + "\x02m" + stamp + "\x00",
	} {
		k, r, ok, err := parseCommit(key, []byte(value))
		require.NoError(t, err, name)
		require.True(t, ok)
		require.Equal(t, commitKey{"g", "topic", 7}, k)
		require.EqualValues(t, 42, r.offset, name)
		require.True(t, at.Equal(r.at), name)
	}
	_, r, ok, err := parseCommit(key, nil)
	require.NoError(t, err)
	require.True(t, ok)
	require.EqualValues(t, -1, r.offset)
	_, _, ok, err = parseCommit([]byte("\x00\x02\x00\x01g"), []byte("members"))
	require.NoError(t, err)
	require.False(t, ok)
	_, _, _, err = parseCommit(key[:len(key)-1], nil)
	require.ErrorIs(t, err, errShort)
}
