package mocks

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNewTestConfig(t *testing.T) {
	config := NewTestConfig()
	require.NoError(t, config.Validate())
	require.Equal(t, sarama.V0_8_2_0, config.Version)
	require.Zero(t, config.Producer.Retry.Backoff)
	require.Zero(t, config.Consumer.Retry.Backoff)
}
