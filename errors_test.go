package sarama

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrap(t *testing.T) {
	require.EqualError(t, Wrap(ErrOutOfBrokers), ErrOutOfBrokers.Error())
	require.EqualError(t, Wrap(ErrOutOfBrokers, nil), ErrOutOfBrokers.Error())
	err := fmt.Errorf("topic x: %w", Wrap(ErrOutOfBrokers,
		&BrokerError{"a:1", io.EOF}, nil, &BrokerError{"b:2", ErrSASLAuthenticationFailed}))
	require.EqualError(t, err, "topic x: kafka: client has run out of available brokers to talk to: "+
		"broker a:1: EOF\nbroker b:2: kafka server: SASL Authentication failed")
	for _, cause := range []error{ErrOutOfBrokers, io.EOF, ErrSASLAuthenticationFailed} {
		require.ErrorIs(t, err, cause)
	}
	require.NotErrorIs(t, err, ErrNotConnected)
	var broker *BrokerError
	require.ErrorAs(t, err, &broker)
	require.Equal(t, "a:1", broker.Addr)
	var code KError
	require.ErrorAs(t, err, &code)
	require.Equal(t, ErrSASLAuthenticationFailed, code)
}

func TestWrapReachesIntoTheSentinel(t *testing.T) {
	err := Wrap(Wrap(ErrDeleteRecords, ErrNotController), io.EOF)
	require.ErrorIs(t, err, ErrDeleteRecords)
	require.ErrorIs(t, err, ErrNotController)
	require.ErrorIs(t, err, io.EOF)
	var code KError
	require.ErrorAs(t, err, &code)
	require.Equal(t, ErrNotController, code)
}

func TestMultiErrorFormat(t *testing.T) {
	require.Equal(t, "a", MultiErrorFormat([]error{errors.New("a")}))
	require.Equal(t, "2 errors occurred:\n\t* a\n\t* b\n", MultiErrorFormat([]error{errors.New("a"), errors.New("b")}))
	require.Equal(t, "0 errors occurred:\n\t\n", MultiErrorFormat(nil))
}

func TestConfigurationError(t *testing.T) {
	require.EqualError(t, ConfigurationError("x"), "kafka: invalid configuration (x)")
}
