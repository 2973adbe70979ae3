package compress

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/snappy/xerial"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/stretchr/testify/require"
)

// sample is the text that the files in testdata were made of by the gzip, lz4 and zstd command lines.
func sample() []byte {
	var b bytes.Buffer
	for i := range 60000 {
		fmt.Fprintf(&b, "%d,", i*i%97)
	}
	return b.Bytes()
}

// TestFilesOfOtherPrograms reads frames with linked blocks, with and without checksums and sizes, and two in a row.
func TestFilesOfOtherPrograms(t *testing.T) {
	text := sample()
	files, err := filepath.Glob("testdata/*.*")
	require.NoError(t, err)
	require.Len(t, files, 10)
	codec := map[string]int8{".gz": Gzip, ".lz4": LZ4, ".zst": Zstd}
	for _, file := range files {
		want := text
		if strings.HasPrefix(filepath.Base(file), "two") {
			want = append(sample(), text[:1000]...)
		}
		packed, err := os.ReadFile(file)
		require.NoError(t, err)
		out, err := Decompress(nil, packed, codec[filepath.Ext(file)], len(want))
		require.NoError(t, err, file)
		require.True(t, bytes.Equal(want, out), file)
		_, err = Decompress(nil, packed, codec[filepath.Ext(file)], len(want)-1)
		require.ErrorIs(t, err, ErrTooLarge, file)
		for n := 1; n < len(packed); n += 7 {
			out, err := Decompress(nil, packed[:n], codec[filepath.Ext(file)], 0)
			if err == nil {
				// A cut between two frames leaves the first.
				require.True(t, bytes.Equal(text, out), "%s: %d bytes", file, n)
			}
		}
	}
}

// TestOthersReadWhatIsWritten has the formats' own readers read every level.
func TestOthersReadWhatIsWritten(t *testing.T) {
	strict, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
	require.NoError(t, err)
	defer strict.Close()
	for name, text := range texts() {
		for _, codec := range []int8{Snappy, LZ4, Zstd} {
			for _, level := range levels(codec) {
				packed, err := Append(nil, text, codec, level)
				require.NoError(t, err)
				var out []byte
				switch codec {
				case Snappy:
					out, err = xerial.Decode(packed)
				case LZ4:
					out, err = io.ReadAll(lz4.NewReader(bytes.NewReader(packed)))
				case Zstd:
					out, err = strict.DecodeAll(packed, nil)
				}
				require.NoError(t, err, "%s %d level %d", name, codec, level)
				require.True(t, bytes.Equal(text, out), "%s %d level %d", name, codec, level)
			}
		}
	}
}

func TestOtherWritersAreRead(t *testing.T) {
	text := texts()["words-250k"]
	bare := snappy.Encode(nil, text)
	var lz bytes.Buffer
	w := lz4.NewWriter(&lz)
	require.NoError(t, w.Apply(lz4.BlockSizeOption(lz4.Block64Kb), lz4.ConcurrencyOption(1)))
	_, err := w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	oldLZ4 := bytes.Clone(lz.Bytes())
	oldLZ4[6] ^= 0xff // the checksum that Kafka's clients computed wrongly before 0.10
	var streamed bytes.Buffer
	z, err := zstd.NewWriter(&streamed, zstd.WithEncoderConcurrency(1))
	require.NoError(t, err)
	_, err = z.Write(text)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for name, c := range map[string]struct {
		codec  int8
		packed []byte
	}{
		"bare snappy": {Snappy, bare}, "xerial": {Snappy, xerial.Encode(nil, text)}, "lz4": {LZ4, lz.Bytes()},
		"lz4 with a broken header": {LZ4, oldLZ4}, "zstd without a size": {Zstd, streamed.Bytes()},
	} {
		out, err := Decompress(nil, c.packed, c.codec, 0)
		require.NoError(t, err, name)
		require.True(t, bytes.Equal(text, out), name)
	}
}
