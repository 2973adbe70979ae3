package sarama

import (
	"cmp"
	"math"
	"slices"

	"github.com/seed20e6684a/sarama/internal/conn"
	"github.com/seed20e6684a/sarama/protocol"
)

// requestRoom is what more a request may take: one batch of a partition at most.
type requestRoom struct {
	request         uint64
	bytes, messages int
}

// produceBatches is a Produce request, from its first batch to the answer. It is used again and again.
type produceBatches struct {
	loop     *brokerProducer
	number   uint64 // that no other request of the producer has
	batches  []sentBatch
	bytes    int
	messages int
	call     produceCall
	done     func(*ProduceResponse, error) // answered, as a value that is made once
	places   map[answeredPartition]int     // in the answer, if that has another order
}

// sentBatch is a batch of a request.
type sentBatch struct {
	*recordBatch
	from *partitionProducer
}

func newProduceBatches(bp *brokerProducer) *produceBatches {
	pb := &produceBatches{loop: bp}
	pb.done = pb.answered
	conf := bp.parent.conf
	pb.call.acks, pb.call.timeout = conf.Producer.RequiredAcks, conf.Producer.Timeout
	if id := conf.Producer.Transaction.ID; id != "" {
		pb.call.transactionalID = &id
	}
	return pb
}

// room is what more the request may take; one batch is taken whatever its size.
func (pb *produceBatches) room() requestRoom {
	if len(pb.batches) == 0 {
		return requestRoom{pb.number, math.MaxInt, math.MaxInt}
	}
	r := requestRoom{pb.number, int(MaxRequestSize) - requestReserve - pb.bytes, math.MaxInt}
	if limit := pb.loop.parent.conf.Producer.Flush.MaxMessages; limit > 0 {
		r.messages = limit - pb.messages
	}
	return r
}

func (pb *produceBatches) add(pp *partitionProducer, b *recordBatch) {
	pb.batches = append(pb.batches, sentBatch{b, pp})
	pb.bytes += len(b.buf) + aroundRecords(pp.topic.topic, len(b.buf))
	pb.messages += len(b.msgs)
}

func (pb *produceBatches) reset() {
	clear(pb.batches)
	clear(pb.call.parts)
	clear(pb.places)
	pb.batches, pb.call.parts, pb.bytes, pb.messages = pb.batches[:0], pb.call.parts[:0], 0, 0
}

// send encodes the batches and starts the request. A batch that can not be encoded fails alone. See startProduce of attend.
func (pb *produceBatches) send(attend bool) *conn.Conn {
	p, broker := pb.loop.parent, pb.loop.broker
	p.client.connect(broker) // again, if the connection was lost
	encoded, format := pb.batches[:0], pb.format()
	for _, b := range pb.batches {
		if err := b.encode(format, &pb.loop.scratch); err != nil {
			b.from.answered(b.recordBatch, batchAnswer{err: err, unencodable: true})
			continue
		}
		encoded = append(encoded, b)
	}
	pb.batches = encoded
	if len(pb.batches) == 0 {
		pb.finish()
		return nil
	}
	pb.fill()
	p.meter.sent(pb)
	p.told.sent(pb.batches)
	return broker.startProduce(p.ctx, &pb.call, attend, pb.done)
}

// firstZSTD is the first version of Produce whose batches may be compressed with zstd (Kafka 2.1, KIP-110).
const firstZSTD = 7

// format is how batches are written for the broker: with another codec if it is too old for zstd.
func (pb *produceBatches) format() *batchFormat {
	p, bp := pb.loop.parent, pb.loop
	if p.format.codec != CompressionZSTD {
		return &p.format
	}
	l, err := bp.broker.connected(p.ctx)
	if err != nil {
		return &p.format
	}
	version, err := l.version(protocol.KeyProduce)
	if err != nil || version >= firstZSTD {
		return &p.format
	}
	if bp.oldFormat == nil {
		pb.loop.parent.conf.log().Printf("producer/broker/%d does not know zstd: batches are compressed with lz4\n", logBroker{bp.broker})
		older := p.format
		older.codec, older.level = CompressionLZ4, CompressionLevelDefault
		bp.oldFormat = &older
	}
	return bp.oldFormat
}

// fill lists the batches in the call, those of a topic side by side, with the topics' ids if all are known.
func (pb *produceBatches) fill() {
	client := pb.loop.parent.client
	if slices.ContainsFunc(pb.batches, func(b sentBatch) bool { return b.from.topic != pb.batches[0].from.topic }) {
		slices.SortStableFunc(pb.batches, func(a, b sentBatch) int {
			return cmp.Compare(a.from.topic.topic, b.from.topic.topic)
		})
	}
	identified := true
	var id Uuid
	var last *topicProducer
	for _, b := range pb.batches {
		if b.from.topic != last {
			last = b.from.topic
			known := false
			id, known = client.topicID(last.topic)
			identified = identified && known
		}
		pb.call.parts = append(pb.call.parts, b.from.part(b.recordBatch, id))
	}
	pb.call.identified, pb.call.limit = identified, pb.loop.parent.produceLimit()
}

// answered is called once per request that was started, with the answer or the reason why there is none.
func (pb *produceBatches) answered(response *ProduceResponse, err error) {
	if err != nil {
		pb.loop.parent.conf.log().Printf("producer/broker/%d state change to [closing] because %s\n", logBroker{pb.loop.broker}, err)
	}
	for i, b := range pb.batches {
		part := &pb.call.parts[i]
		a := batchAnswer{err: err}
		if response != nil {
			if a.block = pb.blockOf(response, i); a.block == nil {
				a.err = ErrIncompleteResponse
			}
		}
		if a.block != nil {
			a.hinted = pb.hint(part, a.block, response)
		}
		b.from.answered(b.recordBatch, a)
	}
	pb.finish()
}

// hint passes on what the answer says of a partition's leader (KIP-951), and tells whether it does.
func (pb *produceBatches) hint(part *protocol.ProducePartition, block *ProduceResponseBlock, response *ProduceResponse) bool {
	leader := block.CurrentLeader
	if leader == nil || leader.LeaderID < 0 {
		return false
	}
	var endpoint *protocol.BrokerAddress
	for _, e := range response.NodeEndpoints {
		if e.NodeID == leader.LeaderID {
			endpoint = &protocol.BrokerAddress{ID: e.NodeID, Host: e.Host, Port: e.Port, Rack: e.Rack}
		}
	}
	pb.loop.parent.client.updateLeader(part.Topic, part.Partition, leader.LeaderID, leader.LeaderEpoch, endpoint)
	return true
}

// answeredPartition is what an answer calls a partition: by its topic's name, or from v13 on by the id.
type answeredPartition struct {
	topic     string
	id        Uuid
	partition int32
}

// blockOf returns what is answered for the i-th batch, nil if nothing is. Brokers answer in the order of the request, or in any other.
func (pb *produceBatches) blockOf(response *ProduceResponse, i int) *ProduceResponseBlock {
	blocks := protocol.ProducedBlocks(response)
	asked := answeredPartition{partition: pb.call.parts[i].Partition}
	if pb.call.version > lastNamedVersion {
		asked.id = pb.call.parts[i].TopicID
	} else {
		asked.topic = pb.call.parts[i].Topic
	}
	if i < len(blocks) && namedInAnswer(&blocks[i]) == asked {
		return &blocks[i].Block
	}
	if len(pb.places) == 0 {
		if pb.places == nil {
			pb.places = make(map[answeredPartition]int)
		}
		for place := range blocks {
			pb.places[namedInAnswer(&blocks[place])] = place
		}
	}
	if place, answered := pb.places[asked]; answered {
		return &blocks[place].Block
	}
	return nil
}

func namedInAnswer(b *protocol.ProducedBlock) answeredPartition {
	return answeredPartition{b.Topic, b.TopicID, b.Partition}
}

// finish ends the request's life.
func (pb *produceBatches) finish() {
	bp := pb.loop
	bp.recycle(pb)
	bp.answered()
}
