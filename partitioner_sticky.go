package sarama

import (
	"math/rand/v2"
	"slices"
)

// stickyBytes is how much goes to a partition before a uniform sticky partitioner chooses another: Java's batch.size.
const stickyBytes = 16 << 10

// StickyPartitionerOption changes a partitioner of NewCustomStickyPartitioner.
type StickyPartitionerOption func(*stickyPartitioner)

// WithKeyPartitioner partitions messages with a key by another partitioner than NewHashPartitioner; NewMurmur2Partitioner puts
// them where Java's clients do. All messages need consistency then that it says so of.
func WithKeyPartitioner(constructor PartitionerConstructor) StickyPartitionerOption {
	return func(p *stickyPartitioner) { p.newKeyed = constructor }
}

// WithStickyBytes stays with a partition for that many bytes of messages. The default is 16 KiB; below 1 is the default.
func WithStickyBytes(bytes int) StickyPartitionerOption {
	return func(p *stickyPartitioner) {
		if bytes > 0 {
			p.bytes = bytes
		}
	}
}

// WithoutAdaption chooses among partitions evenly, however much waits in each (partitioner.adaptive.partitioning.enable=false).
func WithoutAdaption() StickyPartitionerOption {
	return func(p *stickyPartitioner) { p.adaptive = false }
}

// WithRackAwareness chooses among the partitions that are led by brokers in Config.RackID, if there are any, else among all
// (partitioner.rack.aware, KIP-1123).
func WithRackAwareness() StickyPartitionerOption {
	return func(p *stickyPartitioner) { p.rackAware = true }
}

// NewStickyPartitioner returns a Partitioner that has messages without a key stay with one partition until a batch of that is
// complete, and then chooses another at random, so that batches are fewer and larger (KIP-480). Messages with a key go where
// NewHashPartitioner sends them.
func NewStickyPartitioner(topic string) Partitioner {
	p := newStickyPartitioner(topic)
	p.byBatch, p.adaptive = true, false
	return p.keyedBy(topic)
}

// NewUniformStickyPartitioner returns a Partitioner that has messages without a key stay with one partition for 16 KiB, and
// then chooses another: the more likely, the less waits there to be sent (KIP-794). Unlike with NewStickyPartitioner a slow
// broker does not get more for being slow. Messages with a key go where NewHashPartitioner sends them.
func NewUniformStickyPartitioner(topic string) Partitioner {
	return newStickyPartitioner(topic).keyedBy(topic)
}

// NewRackAwarePartitioner is NewUniformStickyPartitioner among the partitions that are led by brokers in Config.RackID, if
// there are any (KIP-1123).
func NewRackAwarePartitioner(topic string) Partitioner {
	return NewCustomStickyPartitioner(WithRackAwareness())(topic)
}

// NewCustomStickyPartitioner is NewUniformStickyPartitioner with options.
func NewCustomStickyPartitioner(options ...StickyPartitionerOption) PartitionerConstructor {
	return func(topic string) Partitioner {
		p := newStickyPartitioner(topic)
		for _, option := range options {
			option(p)
		}
		return p.keyedBy(topic)
	}
}

// informedPartitioner is a Partitioner of the library that is shown, in each turn of the producer before it is asked, how the
// partitions do that can be written to.
type informedPartitioner interface {
	Partitioner
	inform(view partitionsView)
}

// partitionsView is what an informedPartitioner sees. It belongs to whoever holds the producer's mu.
type partitionsView struct {
	topic *topicProducer
	*choices
}

// sealed returns how many batches a partition has completed, by its place among the choices.
func (v partitionsView) sealed(choice int) uint64 {
	pp := v.producers[choice]
	if pp == nil {
		return 0
	}
	pp.mu.Lock()
	defer pp.mu.Unlock()
	return pp.opened
}

// waiting returns how many bytes a partition has that are not acknowledged.
func (v partitionsView) waiting(choice int) (bytes int) {
	pp := v.producers[choice]
	if pp == nil {
		return 0
	}
	pp.mu.Lock()
	defer pp.mu.Unlock()
	if pp.open != nil {
		bytes = len(pp.open.buf)
	}
	for _, b := range pp.queue {
		bytes += len(b.buf)
	}
	return bytes
}

// isNear tells whether a partition's leader is in the client's rack.
func (v partitionsView) isNear(choice int) bool {
	p := v.topic.parent
	leader, _, err := p.client.leaderOf(v.topic.topic, v.ids[choice])
	return err == nil && p.conf.RackID != "" && leader.Rack() == p.conf.RackID
}

// stickyPartitioner stays with a partition for a while.
type stickyPartitioner struct {
	keyed     Partitioner // for messages with a key
	newKeyed  PartitionerConstructor
	bytes     int  // to stay for
	byBatch   bool // or as long as a batch is not complete
	adaptive  bool
	rackAware bool

	view    partitionsView // the last one shown; without topic: none was
	current int32          // -1: none
	of      int32          // how many partitions there were when it was chosen
	left    int            // bytes to stay for
	sealed  uint64         // batches of current, when it was chosen

	candidates []int32 // memory for choose
	weights    []int
}

func newStickyPartitioner(string) *stickyPartitioner {
	return &stickyPartitioner{newKeyed: NewHashPartitioner, bytes: stickyBytes, adaptive: true, current: -1}
}

func (p *stickyPartitioner) keyedBy(topic string) *stickyPartitioner {
	p.keyed = p.newKeyed(topic)
	return p
}

// RequiresConsistency implements Partitioner.
func (p *stickyPartitioner) RequiresConsistency() bool { return true }

// MessageRequiresConsistency implements DynamicConsistencyPartitioner: messages with a key do, as their partitioner says.
func (p *stickyPartitioner) MessageRequiresConsistency(message *ProducerMessage) bool {
	if message.Key == nil {
		return false
	}
	if dynamic, ok := p.keyed.(DynamicConsistencyPartitioner); ok {
		return dynamic.MessageRequiresConsistency(message)
	}
	return p.keyed.RequiresConsistency()
}

// Partition implements Partitioner.
func (p *stickyPartitioner) Partition(message *ProducerMessage, numPartitions int32) (int32, error) {
	if message.Key != nil {
		return p.keyed.Partition(message, numPartitions)
	}
	if p.current < 0 || p.of != numPartitions || !p.byBatch && p.left <= 0 {
		p.choose(numPartitions)
	}
	size := int(message.size)
	if size == 0 {
		size = message.ByteSize(2)
	}
	p.left -= size
	return p.current, nil
}

// inform implements informedPartitioner.
func (p *stickyPartitioner) inform(view partitionsView) {
	p.view = view
	switch {
	case p.current < 0:
	case int(p.of) != len(view.ids):
		p.current = -1
	case p.byBatch && view.sealed(int(p.current)) != p.sealed:
		p.choose(p.of)
	}
}

// choose chooses a partition to stay with, another than before if there is one.
func (p *stickyPartitioner) choose(n int32) {
	before := p.current
	if p.of != n {
		before = -1
	}
	informed := p.view.topic != nil && len(p.view.ids) == int(n)
	p.collect(n, informed)
	p.current = p.pick(before, informed)
	p.of, p.left, p.sealed = n, p.bytes, 0
	if informed {
		p.sealed = p.view.sealed(int(p.current))
	}
}

// collect lists the partitions to choose from.
func (p *stickyPartitioner) collect(n int32, informed bool) {
	p.candidates = p.candidates[:0]
	for i := range n {
		if p.rackAware && informed && p.view.isNear(int(i)) {
			p.candidates = append(p.candidates, i)
		}
	}
	if len(p.candidates) > 0 {
		return
	}
	for i := range n {
		p.candidates = append(p.candidates, i)
	}
}

// pick picks one of the candidates.
func (p *stickyPartitioner) pick(before int32, informed bool) int32 {
	if p.adaptive && informed {
		return p.pickByLoad()
	}
	if i := slices.Index(p.candidates, before); i >= 0 && len(p.candidates) > 1 {
		p.candidates = slices.Delete(p.candidates, i, i+1)
	}
	return p.candidates[rand.IntN(len(p.candidates))]
}

// pickByLoad picks a candidate with a weight of what it has less than the fullest, as Java's built-in partitioner does.
func (p *stickyPartitioner) pickByLoad() int32 {
	p.weights = p.weights[:0]
	most, sum := 0, 0
	for _, c := range p.candidates {
		waiting := p.view.waiting(int(c))
		most = max(most, waiting)
		p.weights = append(p.weights, waiting)
	}
	for i, waiting := range p.weights {
		p.weights[i] = most - waiting + 1
		sum += p.weights[i]
	}
	at := rand.IntN(sum)
	for i, weight := range p.weights {
		if at -= weight; at < 0 {
			return p.candidates[i]
		}
	}
	return p.candidates[len(p.candidates)-1]
}
