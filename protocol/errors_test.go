package protocol

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testdata/errors.txt is what the Errors class of kafka-clients 4.4.0 and sarama 1.61.1 print.
func TestErrorTable(t *testing.T) {
	golden, err := os.ReadFile("testdata/errors.txt")
	require.NoError(t, err)
	rows := 0
	for line := range strings.Lines(string(golden)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), "|", 5)
		code, err := strconv.Atoi(f[0])
		require.NoError(t, err)
		e := KError(code)
		require.Equal(t, e, rowOf(e).code, "row out of place")
		require.Equal(t, f[1], ErrorName(e))
		require.Equal(t, f[2] == "true", Retriable(e), f[1])
		require.Equal(t, f[3] == "true" || e == ErrNotController, NeedsMetadata(e), f[1])
		if f[4] != "" {
			require.Equal(t, f[4], e.Error())
		} else {
			require.Regexp(t, `^kafka server: \S`, e.Error(), f[1])
		}
		rows++
	}
	require.Len(t, errorTable, rows)
}

func TestUnknownErrorCode(t *testing.T) {
	for _, code := range []KError{-32768, -2, ErrControllerIDNotRegistered + 1, 32767} {
		require.Equal(t, "Unknown error, how did this happen? Error code = "+strconv.Itoa(int(code)), code.Error())
		require.Empty(t, ErrorName(code))
		require.False(t, Retriable(code))
		require.False(t, NeedsMetadata(code))
	}
}

func TestPacketErrors(t *testing.T) {
	require.EqualError(t, PacketEncodingError{"x"}, "kafka: error encoding packet: x")
	require.EqualError(t, PacketDecodingError{"x"}, "kafka: error decoding packet: x")
	require.EqualError(t, ErrInsufficientData, "kafka: insufficient data to decode packet, more bytes expected")
	require.EqualError(t, ErrDecompressedBatchTooLarge, "kafka: decompressed record batch is larger than the configured limit")
	require.EqualError(t, ErrUnknownMessage, "kafka: unknown protocol message key")
	require.EqualError(t, ErrUnknownScramMechanism, "kafka: unknown SCRAM mechanism provided")
}
