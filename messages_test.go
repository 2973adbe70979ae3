package sarama

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestByteSize(t *testing.T) {
	message := &ProducerMessage{
		Key: StringEncoder("key"), Value: ByteEncoder("value"),
		Headers: []RecordHeader{{Key: []byte("h"), Value: []byte("12")}, {}},
	}
	require.Equal(t, 26+8, message.ByteSize(1))
	require.Equal(t, 36+8+3+2*10, message.ByteSize(2))
	require.Equal(t, 26, (&ProducerMessage{}).ByteSize(0))
	require.Equal(t, 36, (&ProducerMessage{}).ByteSize(2))
}

func TestErrorsOfMessages(t *testing.T) {
	cause := errors.New("no")
	produced := &ProducerError{Msg: &ProducerMessage{Topic: "t"}, Err: cause}
	require.EqualError(t, produced, "kafka: Failed to produce message to topic t: no")
	require.ErrorIs(t, produced, cause)
	require.EqualError(t, ProducerErrors{produced, produced},
		"kafka: Failed to deliver 2 messages. The first: kafka: Failed to produce message to topic t: no")
	require.ErrorIs(t, ProducerErrors{produced, nil}, cause)
	require.EqualError(t, ProducerErrors{}, "kafka: Failed to deliver 0 messages.")

	consumed := &ConsumerError{Topic: "t", Partition: 3, Err: cause}
	require.EqualError(t, consumed, "kafka: error while consuming t/3: no")
	require.ErrorIs(t, consumed, cause)
	require.EqualError(t, ConsumerErrors{consumed}, "kafka: 1 errors while consuming")
}

type appender string

func (a appender) OnSend(m *ProducerMessage) {
	m.Topic += string(a)
	if a == "!" {
		panic("loud")
	}
}

func (a appender) OnConsume(m *ConsumerMessage) {
	m.Topic += string(a)
	if a == "!" {
		panic("loud")
	}
}

func TestInterceptorsFollowOneAnotherAndMayPanic(t *testing.T) {
	var logged bytes.Buffer
	captureLog(t, &logged)
	produced := &ProducerMessage{Topic: "t"}
	interceptSend([]ProducerInterceptor{appender("1"), appender("!"), appender("2")}, false, produced)
	require.Equal(t, "t1!2", produced.Topic)
	consumed := &ConsumerMessage{Topic: "t"}
	interceptConsume([]ConsumerInterceptor{appender("1"), appender("!"), appender("2")}, consumed)
	require.Equal(t, "t1!2", consumed.Topic)
	require.Equal(t, "Error when calling producer interceptor: !, loud\nError when calling consumer interceptor: !, loud\n",
		logged.String())
}
