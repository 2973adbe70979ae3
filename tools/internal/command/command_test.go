package command

import (
	"bytes"
	"errors"
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		err  error
		code int
		text string
	}{
		"success":  {nil, nil, ExitOK, ""},
		"help":     {[]string{"-h"}, errors.New("not run"), ExitOK, "Usage of tool:"},
		"flag":     {[]string{"-no"}, nil, ExitUsage, "ERROR: flag provided but not defined: -no\n\nAvailable command line options:\n"},
		"argument": {[]string{"more"}, nil, ExitUsage, `ERROR: unexpected argument "more"`},
		"usage":    {nil, Usage("no %s", "topic"), ExitUsage, "ERROR: no topic\n\nAvailable command line options:\n  -brokers"},
		"kafka":    {nil, Unavailable("producing: %w", sarama.ErrOutOfBrokers), ExitUnavailable, "ERROR: producing: kafka: client has run out"},
		"other":    {nil, errors.New("full"), ExitUnavailable, "ERROR: full\n"},
	} {
		t.Run(name, func(t *testing.T) {
			flags := flag.NewFlagSet("tool", flag.ContinueOnError)
			var brokers Brokers
			brokers.Register(flags)
			var stderr bytes.Buffer
			require.Equal(t, c.code, Run(flags, c.args, &stderr, func() error { return c.err }))
			require.Contains(t, stderr.String(), c.text)
		})
	}
	require.ErrorIs(t, Unavailable("x: %w", sarama.ErrOutOfBrokers), sarama.ErrOutOfBrokers)
}

func TestBrokersComeFromTheEnvironment(t *testing.T) {
	t.Setenv("KAFKA_PEERS", "a:1,b:2")
	flags := flag.NewFlagSet("tool", flag.ContinueOnError)
	var brokers Brokers
	brokers.Register(flags)
	addrs, err := brokers.Addresses()
	require.NoError(t, err)
	require.Equal(t, []string{"a:1", "b:2"}, addrs)
	require.NoError(t, flags.Parse([]string{"-brokers", ""}))
	_, err = brokers.Addresses()
	require.Error(t, err)
}

func TestTLSSaysWhichFileIsWrong(t *testing.T) {
	for text, flags := range map[string]TLS{
		"go together":          {Enabled: true, ClientCert: "c.pem"},
		"c.pem":                {Enabled: true, ClientCert: "c.pem", ClientKey: "k.pem"},
		"ca.pem":               {Enabled: true, CACerts: "ca.pem"},
		"there is no certific": {Enabled: true, CACerts: "command_test.go"},
	} {
		require.ErrorContains(t, flags.Apply(sarama.NewConfig()), text)
	}
	conf := sarama.NewConfig()
	require.NoError(t, (&TLS{Enabled: true, SkipVerify: true}).Apply(conf))
	require.True(t, conf.Net.TLS.Enable)
	require.True(t, conf.Net.TLS.Config.InsecureSkipVerify)
	require.NoError(t, conf.Validate())
}
