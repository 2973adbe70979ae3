package protocol

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMemoryOfSmallElements fills each array of each message with as many as can be of its smallest elements, all alike and
// all different. That is where memory goes: an empty list of one byte on the wire is 24 in a struct, an empty map 48.
func TestMemoryOfSmallElements(t *testing.T) {
	above := make(map[string]float64) // 16 times the bytes that were read, by array
	eachSubject(t, func(t *testing.T, s subject) {
		for _, distinct := range []bool{false, true} {
			for name, body := range s.crowded(4000, distinct) {
				m := s.empty(t)
				before := allocated()
				err := s.unmarshal(body, m)
				used := allocated() - before
				require.NoError(t, err, "%v %s", s, name)
				require.LessOrEqual(t, used, uint64(memoryPerByte*len(body)+memoryBesides), "%v %s: %d bytes", s, name, len(body))
				if used > uint64(16*len(body)+memoryBesides) {
					above[name] = max(above[name], float64(used)/float64(len(body)))
				}
			}
		}
	})
	names := slices.SortedFunc(maps.Keys(above), func(a, b string) int { return cmp.Compare(above[b], above[a]) })
	t.Logf("%d arrays whose smallest elements take more than 16 times their bytes", len(names))
	for _, name := range names {
		t.Logf("%5.1f %s", above[name], name)
	}
}

// crowded returns bodies, by the path of the array that has n elements; all else is as small as it can be.
func (s subject) crowded(n int, distinct bool) map[string][]byte {
	all := make(map[string][]byte)
	for _, path := range s.schema.Arrays(s.version) {
		all[path] = s.schema.Encode(s.version, s.schema.Crowd(s.version, path, n, distinct))
	}
	return all
}
