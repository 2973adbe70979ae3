package bench

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	ibm "github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seed20e6684a/sarama/protocol"
)

// peer is a message of kmsg.
type peer interface {
	AppendTo(dst []byte) []byte
	ReadFrom(src []byte) error
	SetVersion(v int16)
}

// exchange is one message of the three libraries, at a version that all have.
type exchange struct {
	name    string
	version int16
	body    []byte
	opaque  bool // kmsg leaves records as bytes; it is compared with our way to do so
	ours    func() protocol.Message
	theirs  func() any // a new one of sarama, of the version
	kmsg    func() peer
}

// BenchmarkProtocol reads and writes the messages of which clients exchange most. The three libraries have the same bytes.
func BenchmarkProtocol(b *testing.B) {
	for _, e := range exchanges(b) {
		e.bench(b)
	}
}

func (e *exchange) bench(b *testing.B) {
	measure := func(name string, do func() error) {
		b.Run(e.name+"/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(e.body)))
			b.ReportAllocs()
			used := cpuTime(b)
			for b.Loop() {
				must(b, do())
			}
			b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N), "cpu-ns/op")
		})
	}
	ours, raw, theirs, peer := e.ours(), e.ours(), e.theirs(), e.kmsg()
	must(b, protocol.Unmarshal(e.body, ours))
	must(b, protocol.UnmarshalOpaque(e.body, raw))
	must(b, decodeIBM(e.body, decoderOf(theirs), e.version, nil))
	must(b, peer.ReadFrom(e.body))
	measure("decode/ours", func() error {
		return protocol.Unmarshal(e.body, e.ours())
	})
	measure("decode/sarama", func() error {
		return decodeIBM(e.body, decoderOf(e.theirs()), e.version, nil)
	})
	if e.opaque {
		measure("decode/ours-opaque", func() error {
			return protocol.UnmarshalOpaque(e.body, e.ours())
		})
	}
	measure("decode/kmsg", func() error {
		return e.kmsg().ReadFrom(e.body)
	})
	measure("encode/ours", func() error {
		_, err := protocol.Marshal(ours)
		return err
	})
	b.Run(e.name+"/encode/sarama", func(b *testing.B) {
		b.SetBytes(int64(len(e.body)))
		b.ReportAllocs()
		encoder := encoderOf(theirs)
		var used time.Duration
		for b.Loop() {
			b.StopTimer()
			if e.opaque { // sarama keeps what it has encoded of records: a message is sent once
				theirs := e.theirs()
				must(b, decodeIBM(e.body, decoderOf(theirs), e.version, nil))
				encoder = encoderOf(theirs)
			}
			begin := cpuTime(b)
			b.StartTimer()
			_, err := encodeIBM(encoder, nil)
			must(b, err)
			used += cpuTime(b) - begin
		}
		b.ReportMetric(float64(used)/float64(b.N), "cpu-ns/op")
	})
	if e.opaque {
		measure("encode/ours-opaque", func() error {
			_, err := protocol.Marshal(raw)
			return err
		})
	}
	measure("encode/kmsg", func() error {
		_ = peer.AppendTo(nil)
		return nil
	})
}

// cpuTime is what the process has used, its garbage collection included: other programs on the machine do not disturb it.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func exchanges(b *testing.B) []exchange {
	return []exchange{
		{
			name: "Metadata", version: 11, body: marshal(b, metadata()),
			ours:   func() protocol.Message { return &protocol.MetadataResponse{Version: 11} },
			theirs: func() any { return &ibm.MetadataResponse{Version: 11} },
			kmsg:   func() peer { return &kmsg.MetadataResponse{Version: 11} },
		},
		{
			name: "Fetch", version: 11, body: marshal(b, fetched()), opaque: true,
			ours:   func() protocol.Message { return &protocol.FetchResponse{Version: 11} },
			theirs: func() any { return &ibm.FetchResponse{Version: 11} },
			kmsg:   func() peer { return &kmsg.FetchResponse{Version: 11} },
		},
		{
			name: "Produce", version: 8, body: marshal(b, produced()), opaque: true,
			ours:   func() protocol.Message { return &protocol.ProduceRequest{Version: 8} },
			theirs: func() any { return &ibm.ProduceRequest{Version: 8} },
			kmsg:   func() peer { return &kmsg.ProduceRequest{Version: 8} },
		},
		{
			name: "OffsetFetch", version: 7, body: marshal(b, offsets(7)),
			ours:   func() protocol.Message { return &protocol.OffsetFetchResponse{Version: 7} },
			theirs: func() any { return &ibm.OffsetFetchResponse{Version: 7} },
			kmsg:   func() peer { return &kmsg.OffsetFetchResponse{Version: 7} },
		},
		{
			name: "OffsetFetchGroups", version: 8, body: marshal(b, offsets(8)),
			ours:   func() protocol.Message { return &protocol.OffsetFetchResponse{Version: 8} },
			theirs: func() any { return &ibm.OffsetFetchResponse{Version: 8} },
			kmsg:   func() peer { return &kmsg.OffsetFetchResponse{Version: 8} },
		},
	}
}

func marshal(b *testing.B, m protocol.Message) []byte {
	body, err := protocol.Marshal(m)
	must(b, err)
	return body
}

func topicName(i int) string { return fmt.Sprintf("topic-of-some-length-%04d", i) }

// metadata is of 1,000 topics with 10 partitions each, on 6 brokers.
func metadata() *protocol.MetadataResponse {
	r := &protocol.MetadataResponse{Version: 11, ControllerID: 1}
	for i := range int32(6) {
		r.Brokers = append(r.Brokers, &protocol.BrokerAddress{ID: i, Host: fmt.Sprintf("broker-%d.example.com", i), Port: 9092})
	}
	for i := range 1000 {
		t := &protocol.TopicMetadata{Name: topicName(i), Uuid: protocol.Uuid{byte(i), byte(i >> 8), 1}}
		for p := range int32(10) {
			replicas := []int32{p % 6, (p + 1) % 6, (p + 2) % 6}
			t.Partitions = append(t.Partitions, &protocol.PartitionMetadata{
				ID: p, Leader: p % 6, LeaderEpoch: 7, Replicas: replicas, Isr: replicas, OfflineReplicas: []int32{},
			})
		}
		r.Topics = append(r.Topics, t)
	}
	return r
}

// batch has n records of 100 bytes, not compressed.
func batch(n int) *protocol.RecordBatch {
	b := &protocol.RecordBatch{
		Version: 2, FirstTimestamp: time.UnixMilli(1e12), MaxTimestamp: time.UnixMilli(1e12), LastOffsetDelta: int32(n - 1),
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1,
	}
	for i := range n {
		b.Records = append(b.Records, &protocol.Record{OffsetDelta: int64(i), Value: payload(100)})
	}
	return b
}

// fetched is 1 MB of 10 partitions.
func fetched() *protocol.FetchResponse {
	r := &protocol.FetchResponse{Version: 11, Blocks: map[string]map[int32]*protocol.FetchResponseBlock{"topic": {}}}
	for p := range int32(10) {
		r.Blocks["topic"][p] = &protocol.FetchResponseBlock{
			HighWaterMarkOffset: 1000, LastStableOffset: 1000, PreferredReadReplica: -1,
			RecordsSet: []*protocol.Records{{RecordBatch: batch(470)}, {RecordBatch: batch(470)}},
		}
	}
	return r
}

// produced is 160 kB to 10 partitions.
func produced() *protocol.ProduceRequest {
	r := &protocol.ProduceRequest{Version: 8, RequiredAcks: protocol.WaitForAll, Timeout: 10000}
	for p := range int32(10) {
		r.AddBatch("topic", p, batch(150))
	}
	return r
}

// offsets are of 1,000 partitions in 100 topics.
func offsets(version int16) *protocol.OffsetFetchResponse {
	r := &protocol.OffsetFetchResponse{Version: version}
	for i := range 1000 {
		r.AddGroupBlock("group", topicName(i/10), int32(i%10), &protocol.OffsetFetchResponseBlock{Offset: int64(i), LeaderEpoch: 3})
	}
	return r
}
