package sarama

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/seed20e6684a/sarama/protocol"
)

// fetchSession is what a broker remembers of the fetches of one connection, so that each asks only for what has changed
// (KIP-227). Brokers before Kafka 1.1 remember nothing, and each fetch asks for all.
type fetchSession struct {
	id, epoch int32
	byID      bool                         // it goes by topic ids
	asks      map[topicPartition]*fetchAsk // what the broker knows, or is about to
	topics    map[string]struct{}          // of the fetch
	names     map[Uuid]string
	list      []protocol.FetchPartition // that the fetch asks for
	round     uint64
	wanted    int
}

// fetchAsk is a partition in the session.
type fetchAsk struct {
	pc    *partitionConsumer
	id    Uuid
	want  wanted
	sent  wanted // what the broker knows
	known bool   // it knows anything
	round uint64 // when it was wanted last
}

// reset begins a new session with the next fetch.
func (s *fetchSession) reset() {
	*s = fetchSession{asks: make(map[topicPartition]*fetchAsk), topics: make(map[string]struct{}), names: make(map[Uuid]string)}
}

// begin starts to gather what the next fetch is to ask for.
func (s *fetchSession) begin() {
	s.round++
	s.wanted = 0
	clear(s.topics)
}

// want adds a partition to the next fetch.
func (s *fetchSession) want(pc *partitionConsumer, w wanted, id Uuid) {
	ask := s.asks[pc.topicPartition]
	if ask != nil && ask.id != id {
		s.id, s.epoch = 0, 0 // the topic was made anew: the broker is to forget the one before
		delete(s.names, ask.id)
	}
	if ask == nil || ask.pc != pc || ask.id != id {
		ask = &fetchAsk{pc: pc, id: id}
		s.asks[pc.topicPartition] = ask
		s.names[id] = pc.topic
	}
	ask.want, ask.round = w, s.round
	s.wanted++
	s.topics[pc.topic] = struct{}{}
}

// idle tells that nothing is to be fetched.
func (s *fetchSession) idle() bool { return s.wanted == 0 }

// fill sets what a request asks for, as a change of the session, or as all that there is if there is no session.
func (s *fetchSession) fill(r *FetchRequest) {
	sessions := r.Version >= 7
	if byID := r.Version > lastNamedVersion; byID != s.byID {
		s.byID, s.id, s.epoch = byID, 0, 0
	}
	if sessions {
		r.SessionID, r.SessionEpoch = s.id, s.epoch
	}
	fresh := !sessions || s.epoch == 0
	s.list = s.list[:0]
	for tp, ask := range s.asks {
		if ask.round != s.round {
			if !fresh && ask.known {
				protocol.SetFetchTopicID(r, tp.topic, ask.id)
				protocol.ForgetFetchPartition(r, tp.topic, tp.partition)
			}
			delete(s.asks, tp)
			continue
		}
		if !fresh && ask.known && ask.sent == ask.want {
			continue
		}
		s.list = append(s.list, protocol.FetchPartition{
			Topic: tp.topic, TopicID: ask.id, Partition: tp.partition,
			Offset: ask.want.offset, MaxBytes: ask.want.size, LeaderEpoch: ask.want.leaderEpoch,
		})
		ask.sent, ask.known = ask.want, true
	}
	if len(s.topics) > 1 && len(s.list) > 1 {
		sortByTopic(s.list, s.list[rand.IntN(len(s.list))].Topic)
	}
	protocol.SetFetchPartitions(r, s.list)
}

// sortByTopic has those of a topic side by side, from the topics that are not below a first one on. Which is first should change:
// a broker without a session fills its answer from the first on, as far as that goes.
func sortByTopic(list []protocol.FetchPartition, first string) {
	turn := func(topic string) int {
		if topic < first {
			return 1
		}
		return 0
	}
	slices.SortFunc(list, func(a, b protocol.FetchPartition) int {
		return cmp.Or(turn(a.Topic)-turn(b.Topic), strings.Compare(a.Topic, b.Topic))
	})
}

// answered takes note of the session that an answer gives.
func (s *fetchSession) answered(r *FetchResponse) {
	switch {
	case r.SessionID == 0:
		s.id, s.epoch = 0, 0 // the broker keeps none: the next fetch asks for all, and for a session again
	case s.epoch == 0:
		s.id, s.epoch = r.SessionID, 1
	case s.epoch == 1<<31-1:
		s.epoch = 1 // 0 would be a new session
	default:
		s.epoch++
	}
}

// asked returns the partition that a block is for, and what was asked for it.
func (s *fetchSession) asked(b *protocol.FetchedBlock) (*partitionConsumer, wanted, bool) {
	topic := b.Topic
	if b.TopicID != (Uuid{}) {
		topic = s.names[b.TopicID]
	}
	ask := s.asks[topicPartition{topic, b.Partition}]
	if ask == nil {
		return nil, wanted{}, false
	}
	return ask.pc, ask.sent, true
}
