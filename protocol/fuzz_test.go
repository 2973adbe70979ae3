package protocol

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"slices"
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
	for _, s := range subjects(f) {
		o := schema.Options{MaxLen: 2, Empty: true}
		f.Add(s.key, s.version, s.response, s.schema.Encode(s.version, s.schema.Generate(s.version, 1, o)))
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
