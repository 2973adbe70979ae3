package compress

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var codecs = []int8{None, Gzip, Snappy, LZ4, Zstd}

// levels are all the levels of a codec, the default included; of zstd's, those around each change of speed.
func levels(codec int8) []int {
	all := []int{LevelDefault}
	switch codec {
	case Gzip:
		for l := gzipLowest; l <= gzipHighest; l++ {
			all = append(all, l)
		}
	case LZ4:
		for l := lz4Lowest; l <= lz4Highest; l++ {
			all = append(all, l)
		}
	case Zstd:
		all = append(all, zstdLowest, -1, 0, 1, 2, 3, 5, 6, 9, 10, zstdHighest)
	}
	return all
}

// texts are data of several kinds and sizes, around the sizes of blocks.
func texts() map[string][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	words := func(n int) []byte {
		var b bytes.Buffer
		for b.Len() < n {
			fmt.Fprintf(&b, "user-%d clicked item %d; ", rng.IntN(50), rng.IntN(1000))
		}
		return b.Bytes()[:n]
	}
	return map[string][]byte{
		"nothing": {}, "byte": {7}, "noise": noise(1000), "noise-100k": noise(100_000),
		"words": words(1000), "words-64k": words(64 << 10), "words-64k1": words(64<<10 + 1), "words-250k": words(250_000),
		"zeros": make([]byte, 200_000),
	}
}

func TestRoundTrip(t *testing.T) {
	for name, text := range texts() {
		for _, codec := range codecs {
			for _, level := range levels(codec) {
				packed, err := Append([]byte("before"), text, codec, level)
				require.NoError(t, err, "%s %d level %d", name, codec, level)
				require.Equal(t, "before", string(packed[:6]))
				packed = packed[6:]
				for _, limit := range []int{0, len(text) + 1, len(text)} {
					out, err := Decompress([]byte("kept"), packed, codec, limit)
					require.NoError(t, err, "%s %d level %d limit %d", name, codec, level, limit)
					require.Equal(t, "kept", string(out[:4]))
					require.True(t, bytes.Equal(text, out[4:]), "%s %d level %d limit %d", name, codec, level, limit)
				}
				if len(text) > 1 {
					_, err = Decompress(nil, packed, codec, len(text)-1)
					require.ErrorIs(t, err, ErrTooLarge, "%s %d level %d", name, codec, level)
				}
			}
		}
	}
}

func TestSizeHintsSuffice(t *testing.T) {
	for name, text := range texts() {
		if name == "zeros" {
			continue // beyond what is believed
		}
		for _, codec := range codecs {
			packed, err := Append(nil, text, codec, LevelDefault)
			require.NoError(t, err)
			n := SizeHint(packed, codec)
			require.GreaterOrEqual(t, n, len(text), "%s %d", name, codec)
			require.LessOrEqual(t, n, len(text)+slack, "%s %d", name, codec)
			dst := make([]byte, 0, n)
			out, err := Decompress(dst, packed, codec, 0)
			require.NoError(t, err)
			if len(text) > 0 {
				require.Same(t, &dst[:1][0], &out[0], "%s %d moved", name, codec)
			}
		}
	}
}

func TestLevelsOutOfRange(t *testing.T) {
	for codec, bad := range map[int8][]int{Gzip: {-4, 10}, LZ4: {-1, 18}, Zstd: {zstdLowest - 1, 23}} {
		for _, level := range bad {
			require.ErrorIs(t, CheckLevel(codec, level), ErrLevel)
			_, err := Append(nil, []byte("x"), codec, level)
			require.ErrorIs(t, err, ErrLevel)
		}
	}
	require.NoError(t, CheckLevel(Snappy, 5))
	require.NoError(t, CheckLevel(None, 5))
	require.ErrorIs(t, CheckLevel(5, LevelDefault), ErrCodec)
	_, err := Append(nil, nil, 7, LevelDefault)
	require.ErrorIs(t, err, ErrCodec)
	_, err = Decompress(nil, nil, -1, 0)
	require.ErrorIs(t, err, ErrCodec)
}

func TestHigherLevelsOfLZ4PackMore(t *testing.T) {
	text := texts()["words-250k"]
	fast, err := Append(nil, text, LZ4, 0)
	require.NoError(t, err)
	low, err := Append(nil, text, LZ4, 1)
	require.NoError(t, err)
	high, err := Append(nil, text, LZ4, 9)
	require.NoError(t, err)
	require.Less(t, len(high), len(low))
	require.Less(t, len(low), len(fast))
}

func TestManyAtOnce(t *testing.T) {
	text := texts()["words"]
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				for _, codec := range codecs {
					mine := append([]byte{byte(i)}, text...)
					packed, err := Append(nil, mine, codec, LevelDefault)
					if err != nil {
						t.Error(err)
						return
					}
					out, err := Decompress(nil, packed, codec, len(mine))
					if err != nil || !bytes.Equal(mine, out) {
						t.Error(codec, err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}
