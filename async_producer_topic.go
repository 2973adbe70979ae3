package sarama

import (
	"time"

	"github.com/eapache/go-resiliency/breaker"
)

// metadataBreaker stands in front of requests for metadata: after three failures within ten seconds it lets none through
// for ten seconds, so that a producer with many messages for a topic that is gone does not drown the cluster in them.
func metadataBreaker() *breaker.Breaker { return breaker.New(3, 1, 10*time.Second) }

// topicProducer chooses the partition of each message of its topic. It belongs to whoever holds the producer's mu.
type topicProducer struct {
	parent      *asyncProducer
	topic       string
	partitioner Partitioner
	dynamic     DynamicConsistencyPartitioner // the partitioner, if it is one
	breaker     *breaker.Breaker
	all         choices
	writable    choices
	partitions  map[int32]*partitionProducer

	resolving   bool               // a goroutine asks for the topic's metadata
	parked      []*ProducerMessage // messages that wait for it
	parkedBytes int
}

// choices are the partitions that a partitioner may choose from.
type choices struct {
	turn      uint64 // when ids were looked up
	ids       []int32
	producers []*partitionProducer // for each of ids, nil until it is chosen
}

// resolution is the outcome of asking for a topic's metadata.
type resolution struct {
	topic    *topicProducer
	writable bool
	ids      []int32
	err      error
}

func newTopicProducer(p *asyncProducer, topic string) *topicProducer {
	tp := &topicProducer{
		parent: p, topic: topic,
		partitioner: p.conf.Producer.Partitioner(topic),
		breaker:     metadataBreaker(),
		partitions:  make(map[int32]*partitionProducer),
	}
	tp.dynamic, _ = tp.partitioner.(DynamicConsistencyPartitioner)
	return tp
}

// route gathers a message for the partition that it belongs to, or parks it until the partitions are known.
func (tp *topicProducer) route(msg *ProducerMessage) {
	if tp.resolving {
		tp.park(msg)
		return
	}
	writable := !tp.needsAll(msg)
	c := tp.choices(writable)
	if c == nil {
		tp.park(msg)
		tp.resolve(writable)
		return
	}
	pp, err := tp.choose(msg, c)
	if err == nil {
		err = msg.encodeCustom()
	}
	if err != nil {
		tp.parent.fail(msg, err)
		return
	}
	if len(pp.gathered) == 0 {
		tp.parent.touched = append(tp.parent.touched, pp)
	}
	pp.gathered = append(pp.gathered, msg)
}

func (tp *topicProducer) needsAll(msg *ProducerMessage) bool {
	if tp.dynamic != nil {
		return tp.dynamic.MessageRequiresConsistency(msg)
	}
	return tp.partitioner.RequiresConsistency()
}

// choices returns the partitions to choose from, nil if they have to be asked for. They are looked up once in each turn.
func (tp *topicProducer) choices(writable bool) *choices {
	c := &tp.all
	if writable {
		c = &tp.writable
	}
	if c.turn == tp.parent.turn {
		return c
	}
	ids := tp.parent.client.knownPartitions(tp.topic, writable)
	if len(ids) == 0 {
		return nil
	}
	c.set(ids, tp.parent.turn)
	return c
}

func (c *choices) set(ids []int32, turn uint64) {
	c.turn = turn
	if len(ids) == len(c.ids) && (len(ids) == 0 || &ids[0] == &c.ids[0]) {
		return
	}
	c.ids, c.producers = ids, make([]*partitionProducer, len(ids))
}

func (tp *topicProducer) choose(msg *ProducerMessage, c *choices) (*partitionProducer, error) {
	if len(c.ids) == 0 {
		return nil, ErrLeaderNotAvailable
	}
	choice, err := tp.partitioner.Partition(msg, int32(len(c.ids)))
	if err != nil {
		return nil, err
	}
	if choice < 0 || int(choice) >= len(c.ids) {
		return nil, ErrInvalidPartition
	}
	msg.Partition = c.ids[choice]
	pp := c.producers[choice]
	if pp == nil {
		pp = tp.partition(msg.Partition)
		c.producers[choice] = pp
	}
	return pp, nil
}

func (tp *topicProducer) partition(id int32) *partitionProducer {
	pp := tp.partitions[id]
	if pp == nil {
		pp = newPartitionProducer(tp, id)
		tp.partitions[id] = pp
	}
	return pp
}

func (tp *topicProducer) park(msg *ProducerMessage) {
	tp.parked = append(tp.parked, msg)
	tp.parkedBytes += int(msg.size) + messageMemory
	tp.parent.ledger.add(0, int(msg.size)+messageMemory)
}

// resolve asks for the topic's metadata, in a goroutine that ends when the dispatcher has taken the answer.
func (tp *topicProducer) resolve(writable bool) {
	tp.resolving = true
	client, resolved := tp.parent.client, tp.parent.resolved
	go withRecover(func() {
		r := resolution{topic: tp, writable: writable}
		r.err = tp.breaker.Run(func() (err error) {
			if writable {
				r.ids, err = client.WritablePartitions(tp.topic)
			} else {
				r.ids, err = client.Partitions(tp.topic)
			}
			return err
		})
		resolved <- r
	})
}

// unpark sends the messages that waited for metadata on their way.
func (p *asyncProducer) unpark(r resolution) {
	tp := r.topic
	parked := tp.parked
	p.ledger.done(0, tp.parkedBytes)
	tp.parked, tp.parkedBytes, tp.resolving = nil, 0, false
	if r.err != nil {
		for _, msg := range parked {
			p.fail(msg, r.err)
		}
		return
	}
	p.turn++
	if r.writable {
		tp.writable.set(r.ids, p.turn)
	} else {
		tp.all.set(r.ids, p.turn)
	}
	for _, msg := range parked {
		tp.route(msg)
	}
}
