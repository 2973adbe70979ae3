package mocks

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

func value(v string) *sarama.ConsumerMessage { return &sarama.ConsumerMessage{Value: []byte(v)} }

func TestConsumerGivesWhatIsYielded(t *testing.T) {
	for _, start := range []struct{ expected, asked, first int64 }{
		{sarama.OffsetOldest, sarama.OffsetOldest, 0}, {123, 123, 123}, {AnyOffset, 7, AnyOffset},
		{sarama.OffsetNewest, sarama.OffsetNewest, sarama.OffsetNewest},
	} {
		t.Run(fmt.Sprint(start.expected), func(t *testing.T) {
			c := NewConsumer(t, nil)
			expected := c.ExpectConsumePartition("topic", 4, start.expected)
			require.Equal(t, start.first, expected.HighWaterMarkOffset())
			expected.YieldMessage(value("a")).YieldError(sarama.ErrOutOfBrokers).YieldMessage(value("b")).
				ExpectMessagesDrainedOnClose().ExpectErrorsDrainedOnClose()
			require.Same(t, expected, c.ExpectConsumePartition("topic", 4, 55))
			pc, err := c.ConsumePartition("topic", 4, start.asked)
			require.NoError(t, err)
			for i, v := range []string{"a", "b"} {
				m := <-pc.Messages()
				require.Equal(t, v, string(m.Value))
				require.Equal(t, "topic", m.Topic)
				require.EqualValues(t, 4, m.Partition)
				require.Equal(t, start.first+int64(i), m.Offset)
			}
			failed := <-pc.Errors()
			require.Equal(t, sarama.ConsumerError{Topic: "topic", Partition: 4, Err: sarama.ErrOutOfBrokers}, *failed)
			require.Equal(t, map[string]map[int32]int64{"topic": {4: start.first + 2}}, c.HighWaterMarks())
			_, err = c.ConsumePartition("topic", 4, start.asked)
			require.Equal(t, sarama.ConfigurationError("The topic/partition is already being consumed"), err)
			require.NoError(t, pc.Close())
			require.NoError(t, pc.Close())
			require.NoError(t, c.Close())
		})
	}
}

func TestConsumerReports(t *testing.T) {
	r := new(reporter)
	c := NewConsumer(r, nil)
	_, err := c.ConsumePartition("topic", 1, 0)
	require.ErrorIs(t, err, errOutOfExpectations)
	r.only(t, "No expectations set for topic/1")

	r.texts = nil
	pc := c.ExpectConsumePartition("topic", 2, 10)
	set := previousLine(here())
	require.ErrorIs(t, pc.Close(), errPartitionConsumerNotStarted)
	r.only(t, "Expectations set on topic/2, but no partition consumer was started.", "ExpectConsumePartition set at ", set)

	r.texts = nil
	_, err = c.ConsumePartition("topic", 2, 11)
	require.NoError(t, err)
	r.only(t, "Unexpected offset when calling ConsumePartition for topic/2. Expected 10, got 11.", set)

	r.texts = nil
	_, err = c.Topics()
	require.ErrorIs(t, err, sarama.ErrOutOfBrokers)
	r.only(t, "Unexpected call to Topics.")
	r.texts = nil
	_, err = c.Partitions("topic")
	require.ErrorIs(t, err, sarama.ErrOutOfBrokers)
	r.only(t, "Unexpected call to Partitions.")
}

func TestConsumerReportsWhatIsNotDrained(t *testing.T) {
	r := new(reporter)
	c := NewConsumer(r, nil)
	c.ExpectConsumePartition("topic", 0, 0).YieldMessage(value("a")).YieldMessage(value("b")).ExpectMessagesDrainedOnClose()
	set := previousLine(here())
	pc, err := c.ConsumePartition("topic", 0, 0)
	require.NoError(t, err)
	<-pc.Messages()
	require.NoError(t, c.Close())
	r.only(t, "Expected the messages channel for topic/0 to be drained on close, but found 1 messages.", set)

	r = new(reporter)
	c = NewConsumer(r, nil)
	c.ExpectConsumePartition("topic", 0, 0).ExpectErrorsDrainedOnClose().YieldError(errRefused)
	pc, err = c.ConsumePartition("topic", 0, 0)
	require.NoError(t, err)
	var left sarama.ConsumerErrors
	require.ErrorAs(t, pc.Close(), &left)
	require.Len(t, left, 1)
	require.ErrorIs(t, left[0], errRefused)
	r.only(t, "Expected the errors channel for topic/0 to be drained on close, but found 1 errors.")
}

func TestConsumerMetadata(t *testing.T) {
	c := NewConsumer(t, nil)
	c.SetTopicMetadata(map[string][]int32{"b": {0, 1}, "a": {2}})
	topics, err := c.Topics()
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, topics)
	partitions, err := c.Partitions("b")
	require.NoError(t, err)
	require.Equal(t, []int32{0, 1}, partitions)
	_, err = c.Partitions("c")
	require.ErrorIs(t, err, sarama.ErrUnknownTopicOrPartition)
	require.NoError(t, c.Close())
}

func TestConsumerPauses(t *testing.T) {
	config := NewTestConfig()
	config.ChannelBufferSize = 2
	c := NewConsumer(t, config)
	one, other := c.ExpectConsumePartition("topic", 0, 10), c.ExpectConsumePartition("topic", 1, 0)
	for _, expected := range []*PartitionConsumer{one, other} {
		pc, err := c.ConsumePartition("topic", expected.partition, expected.offset)
		require.NoError(t, err)
		require.Same(t, expected, pc)
	}
	c.Resume(map[string][]int32{"topic": {0}}) // not paused: nothing changes
	c.Pause(map[string][]int32{"topic": {0, 9}, "none": {1}})
	require.True(t, one.IsPaused())
	require.False(t, other.IsPaused())
	for range 5 { // more than there is room for
		one.YieldMessage(value("held"))
	}
	c.PauseAll() // again: what is held stays
	require.True(t, other.IsPaused())
	require.Empty(t, one.Messages())
	require.EqualValues(t, 10, one.HighWaterMarkOffset())
	c.ResumeAll()
	require.False(t, one.IsPaused())
	require.EqualValues(t, 15, one.HighWaterMarkOffset())
	go one.YieldMessage(value("later"))
	for offset := range int64(6) {
		require.Equal(t, 10+offset, (<-one.Messages()).Offset)
	}
	require.NoError(t, c.Close())
}

func TestPartitionConsumerClosesUnderLoad(t *testing.T) {
	config := NewTestConfig()
	config.ChannelBufferSize = 0
	c := NewConsumer(t, config)
	expected := c.ExpectConsumePartition("topic", 0, 0)
	pc, err := c.ConsumePartition("topic", 0, 0)
	require.NoError(t, err)
	var yields sync.WaitGroup
	for range 4 {
		yields.Go(func() {
			for range 100 {
				expected.YieldMessage(value("a"))
			}
		})
		yields.Go(func() {
			for range 100 {
				expected.YieldError(errRefused)
			}
		})
		yields.Go(func() {
			for range 100 {
				expected.Pause()
				expected.Resume()
			}
		})
	}
	for offset := range int64(3) {
		require.Equal(t, offset, (<-pc.Messages()).Offset)
		<-pc.Errors()
	}
	pc.AsyncClose()
	pc.AsyncClose()
	require.NoError(t, pc.Close())
	yields.Wait()
	expected.YieldMessage(value("too late")).YieldError(errRefused)
	expected.Resume()
	_, open := <-pc.Messages()
	require.False(t, open)
	require.NoError(t, c.Close())
}
