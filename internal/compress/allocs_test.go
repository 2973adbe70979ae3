//go:build !race

package compress

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// With the race detector, pools within the codecs' libraries forget on purpose what they hold.

// TestSteadyStateAllocatesNothing reuses the memory of the caller and all that the package keeps.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	text := texts()["words-64k"]
	for _, codec := range codecs {
		packed, err := Append(nil, text, codec, LevelDefault)
		require.NoError(t, err)
		dst := make([]byte, 0, 2*len(text))
		out := make([]byte, 0, SizeHint(packed, codec))
		require.Zero(t, testing.AllocsPerRun(20, func() {
			if _, err := Append(dst, text, codec, LevelDefault); err != nil {
				t.Error(err)
			}
		}), "packing with %s", nameOf(codec))
		require.Zero(t, testing.AllocsPerRun(20, func() {
			if _, err := Decompress(out, packed, codec, len(text)); err != nil {
				t.Error(err)
			}
		}), "unpacking with %s", nameOf(codec))
	}
}
