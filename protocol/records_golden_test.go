package protocol

import (
	"bufio"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden are the records of batchRecords and compressedSet as another client has sent them, by format and codec.
func golden(t *testing.T) map[string][]byte {
	t.Helper()
	f, err := os.Open("testdata/records.txt")
	require.NoError(t, err)
	defer f.Close()
	all := make(map[string][]byte)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		all[name], err = hex.DecodeString(text)
		require.NoError(t, err)
	}
	require.NoError(t, lines.Err())
	require.Len(t, all, 13)
	return all
}

func TestRecordsOfAnotherClient(t *testing.T) {
	for name, data := range golden(t) {
		format, text, _ := strings.Cut(name, "-")
		var codec CompressionCodec
		require.NoError(t, codec.UnmarshalText([]byte(text)))
		want := batchRecords(codec)
		if format != "v2" {
			want = Records{MsgSet: compressedSet(t, int8(format[1]-'0'), codec)}
		}
		var got Records
		rest, err := got.decode(data, 0)
		require.NoError(t, err, name)
		require.Empty(t, rest)
		require.Equal(t, want, got, name)
		if codec == CompressionNone {
			written, err := want.append(nil)
			require.NoError(t, err)
			require.Equal(t, data, written, name)
		}
		var r BatchReader
		r.Reset(data)
		batches := 0
		for r.Next() {
			require.NoError(t, r.VerifyCRC(), name)
			batches++
		}
		require.NoError(t, r.Err())
		require.Positive(t, batches)
		require.False(t, r.Partial())
	}
}
