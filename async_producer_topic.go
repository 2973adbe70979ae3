package sarama

import "time"

// topicProducer chooses the partition of each message of its topic. It belongs to whoever holds the producer's mu.
type topicProducer struct {
	parent      *asyncProducer
	topic       string
	partitioner Partitioner
	dynamic     DynamicConsistencyPartitioner // the partitioner, if it is one
	informed    informedPartitioner           // the partitioner, if it is one
	breaker     metadataBreaker
	all         choices
	writable    choices
	partitions  map[int32]*partitionProducer

	resolving bool            // a goroutine asks for the topic's metadata
	parked    []parkedMessage // messages that wait for it
	flushes   []*flushMark    // of Flush calls that wait for some of those
}

// parkedMessage is a message that waits for its topic's metadata.
type parkedMessage struct {
	*ProducerMessage
	since  int64 // in milliseconds
	charge int   // bytes that it has taken of the producer's memory
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
		partitions:  make(map[int32]*partitionProducer),
	}
	tp.dynamic, _ = tp.partitioner.(DynamicConsistencyPartitioner)
	tp.informed, _ = tp.partitioner.(informedPartitioner)
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
	if err == nil && msg.isCustom() {
		err = tp.parent.encodeCustom(msg)
	}
	if err != nil {
		tp.parent.fail(msg, err)
		return
	}
	if len(pp.gathered) == 0 {
		tp.parent.touched = append(tp.parent.touched, pp)
	}
	pp.gathered = append(pp.gathered, msg)
	tp.parent.taken += int(msg.size)
	tp.parent.charge += int(msg.size) + messageMemory
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
	if writable {
		tp.inform()
	}
	return c
}

// inform has the partitioner look at the partitions, if it wants to.
func (tp *topicProducer) inform() {
	if tp.informed != nil {
		tp.informed.inform(partitionsView{tp, &tp.writable})
	}
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
	m := parkedMessage{msg, time.Now().UnixMilli(), int(msg.size) + messageMemory}
	tp.parked = append(tp.parked, m)
	tp.parent.ledger.add(0, m.charge)
}

// resolve asks for the topic's metadata, in a goroutine that ends when the dispatcher has taken the answer, or all messages
// have their outcome.
func (tp *topicProducer) resolve(writable bool) {
	tp.resolving = true
	p := tp.parent
	p.ask(func() {
		r := resolution{topic: tp, writable: writable}
		r.err = tp.breaker.run(func() (err error) {
			r.ids, err = p.client.partitionsOf(p.ctx, tp.topic, writable)
			return err
		})
		select {
		case p.resolved <- r:
		case <-p.ctx.Done():
		}
	})
}

// takeResolution sends messages that waited for metadata on their way.
func (p *asyncProducer) takeResolution(r resolution) {
	p.mu.Lock()
	tp := r.topic
	parked, flushes := tp.parked, tp.flushes
	tp.parked, tp.flushes, tp.resolving = nil, nil, false
	now := time.Now().UnixMilli()
	since := now
	if len(parked) > 0 {
		since = parked[0].since
	}
	p.unpark(r, parked)
	p.appendGathered(now, since)
	for _, mark := range flushes {
		mark.spread(tp)
		mark.done()
	}
	due := p.takeWoken()
	p.mu.Unlock()
	p.sendSoon(due)
}

// unpark gathers messages whose topic's partitions are known by now, or has them fail.
func (p *asyncProducer) unpark(r resolution, parked []parkedMessage) {
	tp := r.topic
	p.turn++
	switch {
	case r.err == nil && r.writable:
		tp.writable.set(r.ids, p.turn)
		tp.inform()
	case r.err == nil:
		tp.all.set(r.ids, p.turn)
	}
	msgs, charge := make([]*ProducerMessage, len(parked)), 0
	for i, m := range parked {
		msgs[i] = m.ProducerMessage
		charge += m.charge
	}
	p.ledger.done(0, charge)
	p.forEach(msgs, func(msg *ProducerMessage) {
		if r.err != nil {
			p.fail(msg, r.err)
			return
		}
		tp.route(msg)
	})
}
