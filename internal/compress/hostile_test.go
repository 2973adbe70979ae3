package compress

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

func allocated() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.TotalAlloc
}

// warm makes what is kept from one call to the next.
func warm(t testing.TB) {
	t.Helper()
	for _, codec := range codecs {
		packed, err := Append(nil, bytes.Repeat([]byte("warm "), 1000), codec, LevelDefault)
		require.NoError(t, err)
		_, err = Decompress(nil, packed, codec, 0)
		require.NoError(t, err)
	}
}

// bombs are a few bytes that unpack to 16 MiB.
func bombs(t testing.TB) map[int8][]byte {
	t.Helper()
	zeros := make([]byte, 16<<20)
	all := make(map[int8][]byte)
	for _, codec := range codecs[1:] {
		packed, err := Append(nil, zeros, codec, LevelDefault)
		require.NoError(t, err)
		all[codec] = packed
	}
	return all
}

func TestBombsCostTheLimit(t *testing.T) {
	warm(t)
	const limit = 1 << 20
	for codec, bomb := range bombs(t) {
		before := allocated()
		_, err := Decompress(nil, bomb, codec, limit)
		used := allocated() - before
		require.ErrorIs(t, err, ErrTooLarge)
		// What grows in steps has cost half of it before, and the packed data's own copy may be needed.
		require.LessOrEqual(t, used, uint64(3*limit+3*len(bomb)), "codec %d", codec)
	}
}

// TestUndeclaredBombs hides from zstd's header how large the content is.
func TestUndeclaredBombs(t *testing.T) {
	warm(t)
	bomb := undeclareZstd(bombs(t)[Zstd])
	before := allocated()
	_, err := Decompress(nil, bomb, Zstd, 1<<20)
	require.ErrorIs(t, err, ErrTooLarge)
	require.LessOrEqual(t, allocated()-before, uint64(4<<20))
	out, err := Decompress(nil, bomb, Zstd, 16<<20)
	require.NoError(t, err)
	require.Len(t, out, 16<<20)
}

// TestSizesAreNotBelieved declares far more than there is.
func TestSizesAreNotBelieved(t *testing.T) {
	warm(t)
	lies := map[string]struct {
		codec  int8
		packed []byte
	}{
		"bare snappy": {Snappy, append(binary.AppendUvarint(nil, 1<<31-1), 0, 'x')},
		"xerial":      {Snappy, append(append(append([]byte{}, xerialHeader...), 0, 0, 0, 6), append(binary.AppendUvarint(nil, 1<<31-1), 'x')...)},
		"xerial size": {Snappy, append(append([]byte{}, xerialHeader...), 0x7f, 0xff, 0xff, 0xff, 1)},
		"lz4 blocks":  {LZ4, append([]byte{0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73}, bytes.Repeat([]byte{2, 0, 0, 0, 0xff, 0xff}, 100)...)},
		"zstd":        {Zstd, []byte{0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0}},
		"zstd blocks": {Zstd, append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 1}, bytes.Repeat([]byte{0x14, 0, 0, 1, 2}, 200)...)},
	}
	gz, err := Append(nil, []byte("x"), Gzip, LevelDefault)
	require.NoError(t, err)
	binary.LittleEndian.PutUint32(gz[len(gz)-4:], 1<<31)
	lies["gzip"] = struct {
		codec  int8
		packed []byte
	}{Gzip, gz}
	for name, lie := range lies {
		before := allocated()
		_, err := Decompress(nil, lie.packed, lie.codec, 0)
		used := allocated() - before
		require.Error(t, err, name)
		require.NotErrorIs(t, err, ErrTooLarge, name)
		require.LessOrEqual(t, used, uint64(64<<10+64*len(lie.packed)), name)
		require.LessOrEqual(t, SizeHint(lie.packed, lie.codec), believable(lie.packed)+slack, name)
	}
}

func TestDamagedData(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	text := texts()["words"]
	for _, codec := range codecs[1:] {
		packed, err := Append(nil, text, codec, LevelDefault)
		require.NoError(t, err)
		for n := range packed {
			if n == 0 && codec != Gzip && codec != Snappy || codec == Snappy && n == len(xerialHeader) {
				continue // nothing at all is nothing, and so is a stream of no block
			}
			_, err := Decompress(nil, packed[:n], codec, 0)
			require.Error(t, err, "codec %d: %d of %d bytes", codec, n, len(packed))
		}
		for range 2000 {
			damaged := bytes.Clone(packed)
			for range 1 + rng.IntN(4) {
				damaged[rng.IntN(len(damaged))] = byte(rng.Uint32())
			}
			out, err := Decompress([]byte("kept"), damaged, codec, 1<<16)
			require.Equal(t, "kept", string(out[:4]))
			require.LessOrEqual(t, len(out), 4+1<<16)
			if err != nil {
				require.Len(t, out, 4)
			}
		}
	}
}

func TestZstdDictionariesAreRefused(t *testing.T) {
	// A frame whose descriptor announces a dictionary's id in one byte.
	_, err := Decompress(nil, []byte{0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 1, 9, 0, 0, 'x'}, Zstd, 0)
	require.ErrorContains(t, err, "dictionary")
}

func TestSkippableFrames(t *testing.T) {
	skip := []byte{0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3}
	for _, codec := range []int8{LZ4, Zstd} {
		packed, err := Append(bytes.Clone(skip), []byte("text"), codec, LevelDefault)
		require.NoError(t, err)
		out, err := Decompress(nil, append(packed, skip...), codec, 4)
		require.NoError(t, err)
		require.Equal(t, "text", string(out))
	}
}

func FuzzDecompress(f *testing.F) {
	warm(f)
	for _, codec := range codecs {
		packed, err := Append(nil, texts()["words"], codec, LevelDefault)
		require.NoError(f, err)
		f.Add(codec, packed)
	}
	streamed, err := zstd.NewWriter(nil)
	require.NoError(f, err)
	f.Add(Zstd, undeclareZstd(streamed.EncodeAll(texts()["words"], nil)))
	f.Fuzz(func(t *testing.T, codec int8, packed []byte) {
		const limit = 1 << 16
		before := allocated()
		out, err := Decompress(nil, packed, codec, limit)
		used := allocated() - before
		require.LessOrEqual(t, len(out), limit)
		// Besides the limit there is a block of zstd, beyond the limit, and the steps on the way.
		require.LessOrEqual(t, used, uint64(3*(limit+zstdBlock)+64<<10+16*len(packed)))
		if err != nil {
			return
		}
		again, err := Append(nil, out, codec, LevelDefault)
		require.NoError(t, err)
		back, err := Decompress(nil, again, codec, limit)
		require.NoError(t, err)
		require.True(t, bytes.Equal(out, back))
	})
}
