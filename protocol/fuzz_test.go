package protocol

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/seed20e6684a/sarama/internal/schema"
	"github.com/stretchr/testify/require"
)

// A decoder may take this much memory for each byte it is given, and this much besides. Most messages take less than 16 for
// a byte; TestMemoryOfSmallElements tells which do not, all of them for lists and maps that are empty or nearly so.
const (
	memoryPerByte = 48
	memoryBesides = 64 << 10
)

// FuzzUnmarshal reads any bytes as any message: nothing panics, no length is
// believed beyond the bytes that are there, and what can be read can be written and read again.
func FuzzUnmarshal(f *testing.F) {
	for _, e := range traffic(f) {
		f.Add(e.key, e.version, e.response, e.body)
	}
	for _, api := range APIs() { // what Kafka's definitions would add is within reach of zeros
		for v := api.MinVersion; v <= api.MaxVersion; v++ {
			for _, response := range []bool{false, true} {
				f.Add(api.Key, v, response, make([]byte, 64))
			}
		}
	}
	defer LimitDecompression(decompressionLimit)
	limit := int32(decompressible)
	LimitDecompression(&limit)
	f.Fuzz(func(t *testing.T, key, version int16, response bool, body []byte) {
		constructor := NewRequest
		if response {
			constructor = NewResponse
		}
		m, err := constructor(key, version)
		if err != nil {
			return
		}
		for _, read := range []func([]byte, Message) error{Unmarshal, UnmarshalOpaque} {
			before := allocated()
			err := read(body, m)
			used := allocated() - before
			bound := memoryPerByte*len(body) + memoryBesides
			if (subject{key: key, response: response}).opaque() {
				bound += recordsBound(body)
			}
			require.LessOrEqual(t, used, uint64(bound), "%s: %d bytes", describe(m), len(body))
			if err != nil {
				continue
			}
			again, err := Marshal(m)
			require.NoError(t, err)
			require.NoError(t, read(again, m))
		}
	})
}

// exchanged is one message of real traffic.
type exchanged struct {
	key, version int16
	response     bool
	body         []byte
}

// traffic reads messages that were captured between a client and a broker.
func traffic(t testing.TB) []exchanged {
	t.Helper()
	text, err := os.ReadFile("testdata/traffic.txt")
	require.NoError(t, err)
	var all []exchanged
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		head, body := line[:at], strings.TrimSpace(line[at:])
		var e exchanged
		_, err := fmt.Sscanf(head, "%d %d %t", &e.key, &e.version, &e.response)
		require.NoError(t, err, line)
		e.body, err = hex.DecodeString(body)
		require.NoError(t, err, line)
		all = append(all, e)
	}
	return all
}

// TestTraffic reads what a real broker has answered, and what it has understood, and writes it so that it reads the same.
func TestTraffic(t *testing.T) {
	apis := make(map[int16]bool)
	for _, e := range traffic(t) {
		s := subject{key: e.key, version: e.version, response: e.response}
		m := s.empty(t)
		require.NoError(t, s.unmarshal(e.body, m), describe(m))
		again, err := Marshal(m)
		require.NoError(t, err, describe(m))
		require.Len(t, again, len(e.body), describe(m))
		back := s.empty(t)
		require.NoError(t, s.unmarshal(again, back), describe(m))
		require.Equal(t, m, back)
		apis[e.key] = true
	}
	require.Greater(t, len(apis), 30)
}

func allocated() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.TotalAlloc
}

// TestLengthsAreNotBelieved writes large numbers over every part of every message.
func TestLengthsAreNotBelieved(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	eachSubject(t, func(t *testing.T, s subject) {
		body := s.schema.Encode(s.version, s.schema.Generate(s.version, 7, schema.Options{MaxLen: 2}))
		for _, lie := range lies() {
			for range 6 {
				damaged := slices.Clone(body)
				if len(damaged) == 0 {
					continue
				}
				copy(damaged[rng.IntN(len(damaged)):], lie)
				before := allocated()
				_ = s.unmarshal(damaged, s.empty(t)) // an error or none: the damage may hit a value
				used := allocated() - before
				require.LessOrEqual(t, used, uint64(memoryPerByte*len(body)+memoryBesides), "%v: %x", s, damaged)
			}
		}
	})
}

// lies are counts that no message has the bytes for, in each encoding.
func lies() [][]byte {
	var all [][]byte
	for _, n := range []uint32{1<<31 - 1, 1 << 20, 1 << 31} {
		all = append(all, binary.BigEndian.AppendUint32(nil, n), binary.AppendUvarint(nil, uint64(n)))
	}
	return append(all, []byte{0x7f, 0xff}, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
}
