package sarama

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNewOffsetCommitRequestTakesTheConfig(t *testing.T) {
	conf := NewConfig()
	conf.Version = V2_0_0_0
	conf.Consumer.Offsets.Retention = time.Minute
	r := NewOffsetCommitRequest(conf, "g")
	require.EqualValues(t, 4, r.Version)
	require.EqualValues(t, 60_000, r.RetentionTime)
	require.Equal(t, "g", r.ConsumerGroup)
	require.EqualValues(t, GroupGenerationUndefined, r.ConsumerGroupGeneration)
	conf.Version = V2_4_0_0
	require.Zero(t, NewOffsetCommitRequest(conf, "g").RetentionTime)
}
