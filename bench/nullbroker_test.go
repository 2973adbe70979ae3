package bench

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/seed20e6684a/sarama/protocol"
)

const partitions = 8

// nullBroker acknowledges whatever is produced without keeping it, and gives the same records again and again to whoever
// fetches.
type nullBroker struct {
	t       testing.TB
	address protocol.BrokerAddress
	canned  []byte // a batch of cannedRecords records, whose base offset is set anew each time
	records int64
}

// newNullBroker serves until the test ends; its topic has records of a size to be fetched.
func newNullBroker(t testing.TB, size int) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	b := &nullBroker{t: t, address: protocol.BrokerAddress{ID: 1, Host: "127.0.0.1", Port: int32(port)}}
	b.can(size)
	var conns sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			conns.Go(func() { b.serve(c) })
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		conns.Wait()
	})
	return listener.Addr().String()
}

// can makes the batch that is fetched, of about 60 KB.
func (b *nullBroker) can(size int) {
	b.records = int64(max(60_000/size, 1))
	b.canned = make([]byte, protocol.RecordBatchOverhead)
	value := payload(size)
	for i := range b.records {
		b.canned = protocol.AppendRecord(b.canned, int32(i), 0, nil, value, nil)
	}
	header := protocol.BatchHeader{
		LastOffsetDelta: int32(b.records - 1), FirstTimestamp: 1, MaxTimestamp: 1,
		ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1, NumRecords: int32(b.records),
	}
	header.Put(b.canned)
}

func (b *nullBroker) serve(c net.Conn) {
	in := bufio.NewReaderSize(c, 1<<16)
	var frame, out []byte
	for {
		var size [4]byte
		if _, err := io.ReadFull(in, size[:]); err != nil {
			return
		}
		n := int(binary.BigEndian.Uint32(size[:]))
		if cap(frame) < n {
			frame = make([]byte, n)
		}
		frame = frame[:n]
		if _, err := io.ReadFull(in, frame); err != nil {
			return
		}
		header, body, err := protocol.CutRequestHeader(frame)
		if err != nil {
			b.t.Errorf("null broker: %v", err)
			return
		}
		request, err := protocol.NewRequest(header.Key, header.Version)
		if err == nil {
			err = protocol.UnmarshalOpaque(body, request)
		}
		if err != nil {
			b.t.Errorf("null broker: %v", err)
			return
		}
		response := b.answer(request)
		protocol.SetVersion(response, header.Version)
		out = protocol.AppendResponseHeader(out[:0], header.Key, header.Version, header.CorrelationID)
		if out, err = protocol.AppendBody(out, response); err != nil {
			b.t.Errorf("null broker: %v", err)
			return
		}
		binary.BigEndian.PutUint32(out, uint32(len(out)-4))
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// The versions that the broker has: no topic ids, no fetch sessions.
var served = map[int16][2]int16{
	protocol.KeyProduce: {3, 11}, protocol.KeyFetch: {4, 6}, protocol.KeyListOffsets: {1, 6}, protocol.KeyMetadata: {0, 9},
	protocol.KeyApiVersions: {0, 3}, protocol.KeyInitProducerId: {0, 4},
}

func (b *nullBroker) answer(request protocol.Message) protocol.Message {
	switch r := request.(type) {
	case *protocol.ApiVersionsRequest:
		response := &protocol.ApiVersionsResponse{}
		for key, versions := range served {
			response.ApiKeys = append(response.ApiKeys, protocol.ApiVersionsResponseKey{ApiKey: key, MinVersion: versions[0], MaxVersion: versions[1]})
		}
		return response
	case *protocol.MetadataRequest:
		return b.metadata()
	case *protocol.InitProducerIDRequest:
		return &protocol.InitProducerIDResponse{ProducerID: 1}
	case *protocol.ProduceRequest:
		response := &protocol.ProduceResponse{}
		for _, part := range protocol.ProducedPartitions(r) {
			response.AddTopicPartition(part.Topic, part.Partition, protocol.ErrNoError)
		}
		return response
	case *protocol.OffsetRequest:
		response := &protocol.OffsetResponse{}
		for _, asked := range protocol.RequestedOffsets(r) {
			offset := int64(0)
			if asked.Timestamp == -1 {
				offset = 1 << 40
			}
			response.AddTopicPartition(asked.Topic, asked.Partition, offset)
		}
		return response
	case *protocol.FetchRequest:
		return b.fetch(r)
	}
	b.t.Errorf("null broker: no answer to %T", request)
	return &protocol.ApiVersionsResponse{}
}

func (b *nullBroker) metadata() protocol.Message {
	topic := &protocol.TopicMetadata{Name: "bench"}
	for p := range int32(partitions) {
		topic.Partitions = append(topic.Partitions, &protocol.PartitionMetadata{ID: p, Leader: 1, Replicas: []int32{1}, Isr: []int32{1}})
	}
	return &protocol.MetadataResponse{Brokers: []*protocol.BrokerAddress{&b.address}, ControllerID: 1, Topics: []*protocol.TopicMetadata{topic}}
}

// fetch gives each partition the same batch, at the offset that was asked for.
func (b *nullBroker) fetch(r *protocol.FetchRequest) protocol.Message {
	response := &protocol.FetchResponse{}
	var blocks []protocol.FetchedBlock
	for _, asked := range protocol.RequestedPartitions(r) {
		records := append([]byte(nil), b.canned...)
		binary.BigEndian.PutUint64(records, uint64(asked.Offset/b.records*b.records))
		blocks = append(blocks, protocol.FetchedBlock{
			Topic: asked.Topic, Partition: asked.Partition, Records: records,
			Block: &protocol.FetchResponseBlock{HighWaterMarkOffset: 1 << 40, LastStableOffset: 1 << 40, PreferredReadReplica: -1},
		})
	}
	protocol.SetFetchedBlocks(response, blocks)
	return response
}

func payload(size int) []byte {
	value := make([]byte, size)
	for i := range value {
		value[i] = byte('a' + i%23)
	}
	return value
}
