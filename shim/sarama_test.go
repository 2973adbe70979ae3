package sarama_test

import (
	"bytes"
	"io"
	"log"
	"testing"

	"github.com/IBM/sarama"
	"github.com/IBM/sarama/mocks"
	library "github.com/seed20e6684a/sarama"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestVariablesAreTheLibrarys would not hold with copies, which nobody reads.
func TestVariablesAreTheLibrarys(t *testing.T) {
	for name, same := range map[string]bool{
		"Logger":                   &sarama.Logger == &library.Logger,
		"DebugLogger":              &sarama.DebugLogger == &library.DebugLogger,
		"PanicHandler":             &sarama.PanicHandler == &library.PanicHandler,
		"MaxRequestSize":           &sarama.MaxRequestSize == &library.MaxRequestSize,
		"MaxResponseSize":          &sarama.MaxResponseSize == &library.MaxResponseSize,
		"MaxDecompressedBatchSize": &sarama.MaxDecompressedBatchSize == &library.MaxDecompressedBatchSize,
		"NoNode":                   &sarama.NoNode == &library.NoNode,
	} {
		require.True(t, same, name)
	}
	require.EqualValues(t, 100<<20, sarama.MaxRequestSize, "the library's default")
	require.NotNil(t, sarama.Logger)
	require.NotEmpty(t, sarama.SupportedVersions)

	sarama.MaxResponseSize = 1 << 10
	defer func() { sarama.MaxResponseSize = 100 << 20 }()
	require.EqualValues(t, 1<<10, library.MaxResponseSize)
}

func TestValuesAreTheLibrarys(t *testing.T) {
	require.ErrorIs(t, library.ErrOutOfBrokers, sarama.ErrOutOfBrokers)
	require.Equal(t, library.DefaultVersion, sarama.DefaultVersion)
	require.IsType(t, library.NewConfig(), sarama.NewConfig(), "both paths name one type")
}

// TestProducerOnMockBroker sends by the shim's path, with a logger and a panic handler that are assigned there.
func TestProducerOnMockBroker(t *testing.T) {
	var said bytes.Buffer
	before := sarama.Logger
	sarama.Logger = log.New(&said, "", 0)
	defer func() { sarama.Logger = before }()

	broker := sarama.NewMockBroker(t, 1)
	broker.SetHandlerByMap(sarama.NewMockResponses(t, broker, map[string]int32{"orders": 1}))
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer([]string{broker.Addr()}, config)
	require.NoError(t, err)
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder("one")})
	require.NoError(t, err)
	require.NoError(t, producer.Close())
	broker.Close()
	require.NotEmpty(t, said.String())
}

func TestRequestsAreBoundByTheShimsLimit(t *testing.T) {
	before := sarama.MaxRequestSize
	sarama.MaxRequestSize = 1 << 10
	defer func() { sarama.MaxRequestSize = before }()

	broker := sarama.NewMockBroker(t, 1)
	defer broker.Close()
	broker.SetHandlerByMap(sarama.NewMockResponses(t, broker, map[string]int32{"orders": 1}))
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer([]string{broker.Addr()}, config)
	require.NoError(t, err)
	defer producer.Close()
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: "orders", Value: sarama.ByteEncoder(make([]byte, 1<<11))})
	require.Error(t, err)
}

func TestMocks(t *testing.T) {
	producer := mocks.NewSyncProducer(t, mocks.NewTestConfig())
	producer.ExpectSendMessageAndFail(io.ErrUnexpectedEOF)
	_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: "orders"})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, producer.Close())
}
