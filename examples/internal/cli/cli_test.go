package cli

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

func TestRunTellsWhatFailed(t *testing.T) {
	blamed := sarama.Wrap(sarama.ErrOutOfBrokers,
		&sarama.BrokerError{Addr: "a:1", Err: errors.New("refused")}, &sarama.BrokerError{Addr: "b:2", Err: errors.New("no such host")},
		&sarama.BrokerError{Addr: "a:1", Err: errors.New("refused")})
	for name, c := range map[string]struct {
		err  error
		code int
		text string
	}{
		"success": {nil, ExitOK, ""},
		"help":    {flag.ErrHelp, ExitOK, ""},
		"usage":   {UsageError("-x is no number"), ExitUsage, "test: -x is no number (-h tells the flags)\n"},
		"failure": {errors.New("full"), ExitFailure, "test: full\n"},
		"brokers": {
			fmt.Errorf("producing: %w", blamed), ExitFailure,
			"test: producing: kafka: client has run out of available brokers to talk to\n  a:1: refused\n  b:2: no such host\n",
		},
		"one broker": {
			fmt.Errorf("topic t: %w", &sarama.BrokerError{Addr: "a:1", Err: errors.New("refused")}), ExitFailure,
			"test: topic t\n  a:1: refused\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.Equal(t, c.code, Run("test", &out, func() error { return c.err }))
			require.Equal(t, c.text, out.String())
		})
	}
}

func TestBrokers(t *testing.T) {
	addrs, err := Brokers(" a:1, b:2,,")
	require.NoError(t, err)
	require.Equal(t, []string{"a:1", "b:2"}, addrs)
	_, err = Brokers(" , ")
	require.ErrorAs(t, err, new(UsageError))
}

func TestProgressElsewhereIsOneLine(t *testing.T) {
	var out bytes.Buffer
	p := StartProgress(&out, "work", 4)
	p.Add(2)
	require.Equal(t, p.Finish(), p.Finish())
	require.Regexp(t, `^work {20} 2 records, .*/s\n$`, out.String())
	p.live = true
	require.Contains(t, p.line(time.Second), "work                     [############............] 2 records, 2/s")
	require.Equal(t, "12.3k", Count(12300))
	require.Equal(t, "12.3M", Count(12_300_000))
	require.Equal(t, "50", Rate(100, 2*time.Second))
}
