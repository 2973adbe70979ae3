package sarama

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// outcomes collects what done of startProduce was called with.
type produceOutcome struct {
	response *ProduceResponse
	err      error
}

func startProduceFor(b *Broker, call *produceCall) produceOutcome {
	outcome := make(chan produceOutcome, 1)
	b.startProduce(context.Background(), call, false, func(response *ProduceResponse, err error) {
		outcome <- produceOutcome{response, err}
	})
	return <-outcome
}

func ordersCall() *produceCall {
	return &produceCall{
		acks: WaitForAll, timeout: 1500 * time.Millisecond,
		parts: []protocol.ProducePartition{
			{Topic: "orders", Partition: 0, Records: []byte("records of 0")},
			{Topic: "orders", Partition: 7, Records: []byte("records of 7")},
		},
	}
}

// rawProduce makes a broker keep produce requests as bytes: the records of these tests are none.
func rawProduce(t *testing.T, response *ProduceResponse) (addr string, requests chan *ProduceRequest) {
	requests = make(chan *ProduceRequest, 10)
	return hostileBroker{script: func(frame []byte) []byte {
		header, body, err := protocol.CutRequestHeader(frame)
		if err != nil {
			panic(err)
		}
		request := &ProduceRequest{Version: header.Version}
		if err := protocol.UnmarshalOpaque(body, request); err != nil {
			panic(err)
		}
		requests <- request
		if request.RequiredAcks == NoResponse {
			return nil
		}
		response.Version = header.Version
		answer := protocol.AppendResponseHeader(nil, header.Key, header.Version, header.CorrelationID)
		if answer, err = protocol.AppendBody(answer, response); err != nil {
			panic(err)
		}
		return resized(answer, int32(len(answer)-4))
	}}.listen(t), requests
}

func openAt(t *testing.T, addr string, conf *Config) *Broker {
	b := NewBroker(addr)
	require.NoError(t, b.Open(conf))
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestStartProduceSendsRecordsAsTheyAre(t *testing.T) {
	addr, requests := rawProduce(t, &ProduceResponse{Blocks: map[string]map[int32]*ProduceResponseBlock{"orders": {7: {Offset: 42}}}})
	conf := hostileConfig(false)
	conf.Version = V2_8_0_0
	b := openAt(t, addr, conf)
	call := ordersCall()
	for range 3 { // the call is reused
		o := startProduceFor(b, call)
		require.NoError(t, o.err)
		require.EqualValues(t, 42, o.response.GetBlock("orders", 7).Offset)
		request := <-requests
		require.EqualValues(t, 9, request.Version)
		require.Equal(t, WaitForAll, request.RequiredAcks)
		require.EqualValues(t, 1500, request.Timeout)
		require.Equal(t, call.parts, protocol.ProducedPartitions(request))
	}

	call.acks = NoResponse
	o := startProduceFor(b, call)
	require.Equal(t, produceOutcome{}, o)
	require.Equal(t, NoResponse, (<-requests).RequiredAcks)
}

// TestStartProduceKeepsNoLargeAnswer: what a broker says once is not to be held for as long as the call is used.
func TestStartProduceKeepsNoLargeAnswer(t *testing.T) {
	large := &ProduceResponse{}
	for partition := range int32(10_000) {
		large.AddTopicPartition("orders", partition, ErrNoError)
	}
	addr, _ := rawProduce(t, large)
	b := openAt(t, addr, hostileConfig(false))
	call := ordersCall()
	o := startProduceFor(b, call)
	require.NoError(t, o.err)
	require.NotNil(t, o.response.GetBlock("orders", 9_999))
	require.Less(t, cap(protocol.ProducedBlocks(&call.response)), 10_000)
}

func TestStartProduceUsesNamesUnlessThereAreIDs(t *testing.T) {
	addr, requests := rawProduce(t, &ProduceResponse{})
	conf := hostileConfig(false)
	conf.Version = MaxVersion
	b := openAt(t, addr, conf)
	call := ordersCall()
	require.NoError(t, startProduceFor(b, call).err)
	require.EqualValues(t, 12, (<-requests).Version)
	call.identified = true
	for i := range call.parts {
		call.parts[i].TopicID = Uuid{1}
	}
	require.NoError(t, startProduceFor(b, call).err)
	request := <-requests
	require.EqualValues(t, 13, request.Version)
	require.Equal(t, Uuid{1}, protocol.ProducedPartitions(request)[0].TopicID)
}

func TestStartProduceFailsOnce(t *testing.T) {
	o := startProduceFor(NewBroker("b1:9092"), ordersCall())
	require.Equal(t, ErrNotConnected, o.err)
	require.True(t, unsent(o.err))

	b := openAt(t, hostileBroker{script: func([]byte) []byte { return []byte{} }, hangUp: true}.listen(t), hostileConfig(false))
	o = startProduceFor(b, ordersCall())
	require.ErrorIs(t, o.err, io.EOF)
	require.False(t, unsent(o.err))
	require.ErrorContains(t, o.err, "Produce v9")

	limit := MaxRequestSize
	t.Cleanup(func() { MaxRequestSize = limit })
	MaxRequestSize = 50
	addr, _ := rawProduce(t, &ProduceResponse{})
	o = startProduceFor(openAt(t, addr, hostileConfig(false)), ordersCall())
	var encoding PacketEncodingError
	require.ErrorAs(t, o.err, &encoding)
	require.True(t, unsent(o.err))
}

func TestAsyncProduce(t *testing.T) {
	addr, requests := rawProduce(t, &ProduceResponse{})
	conf := hostileConfig(false)
	b := openAt(t, addr, conf)
	called := make(chan error, 2)
	callback := func(_ *ProduceResponse, err error) { called <- err }
	require.NoError(t, b.AsyncProduce(&ProduceRequest{Version: 3, RequiredAcks: WaitForLocal}, callback))
	require.NoError(t, <-called)
	<-requests
	require.NoError(t, b.AsyncProduce(&ProduceRequest{Version: 3, RequiredAcks: NoResponse}, callback))
	<-requests
	response, err := b.Produce(&ProduceRequest{Version: 3, RequiredAcks: NoResponse})
	require.NoError(t, err)
	require.Nil(t, response)
	<-requests
	response, err = b.Produce(&ProduceRequest{Version: 3, RequiredAcks: WaitForAll})
	require.NoError(t, err)
	require.NotNil(t, response)
	require.NoError(t, b.Close())
	require.Equal(t, ErrNotConnected, b.AsyncProduce(&ProduceRequest{RequiredAcks: WaitForLocal}, callback))
	require.Empty(t, called)
}

func TestAsyncProduceTellsTheCallbackOrTheCallerOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newScriptedNetwork(t)
		far := network.broker(1)
		far.on(protocol.KeyProduce, (*scriptedRequest).cut)
		b := openBroker(t, network.config(), far)
		told := make(chan error, 4)
		for range 4 {
			go func() {
				err := b.AsyncProduce(&ProduceRequest{Version: 3, RequiredAcks: WaitForLocal}, func(_ *ProduceResponse, err error) { told <- err })
				if err != nil {
					told <- err
				}
			}()
		}
		synctest.Wait()
		require.Len(t, told, 4)
		for range 4 {
			require.Error(t, <-told)
		}
	})
}

func TestStartFetchLeavesRecordsAlone(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	response := &FetchResponse{}
	response.Version = 11
	response.AddRecord("orders", 3, nil, StringEncoder("hello"), 5)
	far.on(protocol.KeyFetch, answer(response))
	conf := network.config()
	conf.Version = V2_8_0_0
	b := openBroker(t, conf, far)
	require.EqualValues(t, 12, b.fetchVersion(context.Background(), true))
	require.EqualValues(t, 12, b.fetchVersion(context.Background(), false))
	for _, memory := range [][]byte{nil, make([]byte, 10), make([]byte, 1<<10)} {
		got := make(chan fetched, 1)
		call := &fetchCall{request: FetchRequest{Version: 11, MaxWaitTime: 500}, memory: memory}
		if attended := b.startFetch(t.Context(), call, func(result fetched) { got <- result }); attended != nil {
			attended.Attend()
		}
		result := <-got
		require.NoError(t, result.err)
		blocks := protocol.FetchedBlocks(result.response)
		require.Len(t, blocks, 1)
		require.EqualValues(t, 3, blocks[0].Partition)
		require.Contains(t, string(blocks[0].Records), "hello")
		require.Greater(t, result.size(), len(blocks[0].Records))
		if fits := len(memory) > len(result.frame); fits {
			require.Same(t, &memory[0], &result.frame[0])
			require.Contains(t, string(memory), "hello")
		} else {
			require.NotContains(t, string(memory), "hello")
		}
	}

	decoded, err := b.Fetch(&FetchRequest{Version: 11})
	require.NoError(t, err)
	require.NotEmpty(t, decoded.Blocks["orders"][3].RecordsSet)

	require.NoError(t, b.Close())
	b.startFetch(t.Context(), &fetchCall{}, func(result fetched) { require.Equal(t, fetched{err: ErrNotConnected}, result) })
}

// BenchmarkStartProduce is a round trip of one request to a peer that answers with the same bytes each time.
func BenchmarkStartProduce(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer listener.Close()
	go answerProduce(listener)
	conf := NewConfig()
	conf.ApiVersionsRequest = false
	conf.Version = V2_1_0_0
	conf.MetricRegistry = nil
	broker := NewBroker(listener.Addr().String())
	require.NoError(b, broker.Open(conf))
	defer broker.Close()
	call := ordersCall()
	answered := make(chan error, 1)
	done := func(_ *ProduceResponse, err error) { answered <- err }
	b.ReportAllocs()
	for b.Loop() {
		broker.startProduce(context.Background(), call, false, done)
		if err := <-answered; err != nil {
			b.Fatal(err)
		}
	}
}

func answerProduce(listener net.Listener) {
	nc, err := listener.Accept()
	if err != nil {
		return
	}
	defer nc.Close()
	answer := protocol.AppendResponseHeader(nil, protocol.KeyProduce, 7, 0)
	answer, _ = protocol.AppendBody(answer, &ProduceResponse{Version: 7})
	resized(answer, int32(len(answer)-4))
	buf := make([]byte, 4096)
	for {
		if _, err := nc.Read(buf); err != nil {
			return
		}
		copy(answer[4:8], buf[8:12])
		if _, err := nc.Write(answer); err != nil {
			return
		}
	}
}
