package sarama

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// withErr returns a topic with an error.
func withErr(name string, err KError, partitions ...*PartitionMetadata) *TopicMetadata {
	return &TopicMetadata{Name: name, Uuid: Uuid{1}, Err: err, Partitions: partitions}
}

func TestMergeTopics(t *testing.T) {
	known := map[string]*topicView{
		"a": newTopicView(Uuid{1}, []*PartitionMetadata{ledBy(0, 1, 5), ledBy(1, 1, 5)}),
		"z": newTopicView(Uuid{9}, []*PartitionMetadata{ledBy(0, 1, 1)}),
	}
	leaders := func(topics map[string]*topicView) map[string]string {
		all := make(map[string]string)
		for name, topic := range topics {
			for _, p := range topic.partitions {
				all[name] += fmt.Sprintf("%d:%d@%d ", p.ID, p.Leader, p.LeaderEpoch)
			}
		}
		return all
	}
	for name, tt := range map[string]struct {
		answer []*TopicMetadata
		asked  []string // none: all
		want   map[string]string
		retry  bool
		err    error // of topic a; nil: none
	}{
		"all topics replace what was known": {
			[]*TopicMetadata{withErr("a", ErrNoError, ledBy(0, 2, 6))}, nil,
			map[string]string{"a": "0:2@6 "}, false, nil,
		},
		"others stay": {
			[]*TopicMetadata{withErr("a", ErrNoError, ledBy(1, 2, 6), ledBy(0, 3, 5))}, []string{"a"},
			map[string]string{"a": "0:3@5 1:2@6 ", "z": "0:1@1 "}, false, nil,
		},
		"an older epoch is not believed": {
			[]*TopicMetadata{withErr("a", ErrNoError, ledBy(0, 2, 4), ledBy(1, 2, 6))}, []string{"a"},
			map[string]string{"a": "0:1@5 1:2@6 ", "z": "0:1@1 "}, false, nil,
		},
		"nor is it among all topics": {
			[]*TopicMetadata{withErr("a", ErrNoError, ledBy(0, 2, 4))}, nil,
			map[string]string{"a": "0:1@5 "}, false, nil,
		},
		"a broker that tells no epochs is": {
			[]*TopicMetadata{withErr("a", ErrNoError, ledBy(0, 2, -1))}, nil,
			map[string]string{"a": "0:2@-1 "}, false, nil,
		},
		"epochs begin anew with another id": {
			[]*TopicMetadata{{Name: "a", Uuid: Uuid{2}, Partitions: []*PartitionMetadata{ledBy(0, 2, 0)}}}, []string{"a"},
			map[string]string{"a": "0:2@0 ", "z": "0:1@1 "}, false, nil,
		},
		"without an id the last answer counts": {
			[]*TopicMetadata{{Name: "a", Partitions: []*PartitionMetadata{ledBy(0, 2, 0)}}}, []string{"a"},
			map[string]string{"a": "0:2@0 ", "z": "0:1@1 "}, false, nil,
		},
		"an unknown topic is forgotten, and asked for again": {
			[]*TopicMetadata{withErr("a", ErrUnknownTopicOrPartition, ledBy(0, 1, 5))}, []string{"a"},
			map[string]string{"z": "0:1@1 "}, true, ErrUnknownTopicOrPartition,
		},
		"so is one that the answer lacks": {
			nil, []string{"a"},
			map[string]string{"a": "0:1@5 1:1@5 ", "z": "0:1@1 "}, true, ErrIncompleteResponse,
		},
		"without a leader partitions are kept": {
			[]*TopicMetadata{withErr("a", ErrLeaderNotAvailable, ledBy(0, 1, 6))}, []string{"a"},
			map[string]string{"a": "0:1@6 ", "z": "0:1@1 "}, true, ErrLeaderNotAvailable,
		},
		"a partition without a leader": {
			[]*TopicMetadata{withErr("a", ErrNoError, ledBy(0, -1, 6), ledBy(1, 1, 5))}, []string{"a"},
			map[string]string{"a": "0:-1@6 1:1@5 ", "z": "0:1@1 "}, true, ErrLeaderNotAvailable,
		},
		"a forbidden topic": {
			[]*TopicMetadata{withErr("a", ErrTopicAuthorizationFailed)}, []string{"a"},
			map[string]string{"z": "0:1@1 "}, false, ErrTopicAuthorizationFailed,
		},
		"an invalid name": {
			[]*TopicMetadata{withErr("a", ErrInvalidTopic)}, []string{"a"},
			map[string]string{"z": "0:1@1 "}, false, ErrInvalidTopic,
		},
		"any other error": {
			[]*TopicMetadata{withErr("a", ErrUnknown)}, []string{"a"},
			map[string]string{"z": "0:1@1 "}, false, ErrUnknown,
		},
		"replicas that are down are no error of the topic": {
			[]*TopicMetadata{withErr("a", ErrNoError, &PartitionMetadata{ID: 0, Leader: 1, LeaderEpoch: 5, Err: ErrReplicaNotAvailable})}, []string{"a"},
			map[string]string{"a": "0:1@5 ", "z": "0:1@1 "}, false, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			news := mergeTopics(known, tt.answer, len(tt.asked) == 0, tt.asked)
			require.Equal(t, tt.want, leaders(news.topics))
			require.Equal(t, tt.retry, news.retry)
			if tt.err == nil {
				require.NoError(t, news.err())
				return
			}
			require.ErrorIs(t, news.err(), tt.err)
			require.ErrorContains(t, news.err(), "a: ")
			require.Len(t, known, 2, "what was known is not changed")
		})
	}
}

func TestTopicsThatAreMissingAreUnknown(t *testing.T) {
	news := mergeTopics(nil, nil, false, []string{"a"})
	require.ErrorIs(t, news.err(), ErrUnknownTopicOrPartition)
}

func TestTopicViewFindsPartitions(t *testing.T) {
	for name, ids := range map[string][]int32{"whole": {0, 1, 2}, "with gaps": {1, 4, 7}, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			var partitions []*PartitionMetadata
			for _, id := range ids {
				partitions = append([]*PartitionMetadata{ledBy(id, 1, 0)}, partitions...)
			}
			topic := newTopicView(Uuid{}, partitions)
			found := []int32{}
			for id := int32(-2); id < 10; id++ {
				if i := topic.index(id); i >= 0 {
					require.Equal(t, id, topic.partitions[i].ID)
					found = append(found, id)
				}
			}
			require.Equal(t, ids, found)
			require.Equal(t, ids, topic.all)
		})
	}
}

func TestViewFindsLeaders(t *testing.T) {
	view := &clusterView{
		brokers: map[int32]*Broker{1: {id: 1}},
		topics: map[string]*topicView{"a": newTopicView(Uuid{}, []*PartitionMetadata{
			ledBy(0, 1, 3), ledBy(1, -1, 3), ledBy(2, 2, 3),
			{ID: 3, Leader: 1, LeaderEpoch: 4, Err: ErrReplicaNotAvailable},
		})},
	}
	for _, tt := range []struct {
		topic     string
		partition int32
		epoch     int32
		err       error
	}{
		{"a", 0, 3, nil},
		{"a", 1, -1, ErrLeaderNotAvailable},
		{"a", 2, -1, ErrLeaderNotAvailable}, // by a broker that is not known
		{"a", 3, 4, nil},
		{"a", 4, -1, ErrUnknownTopicOrPartition},
		{"b", 0, -1, ErrUnknownTopicOrPartition},
	} {
		leader, epoch, err := view.leader(tt.topic, tt.partition)
		require.Equal(t, tt.err, err, "%s-%d", tt.topic, tt.partition)
		require.Equal(t, tt.epoch, epoch)
		require.Equal(t, err == nil, leader != nil)
	}
}

func TestLeaderHints(t *testing.T) {
	view := &clusterView{
		brokers: map[int32]*Broker{1: {id: 1}, 2: {id: 2}},
		topics:  map[string]*topicView{"a": newTopicView(Uuid{7}, []*PartitionMetadata{ledBy(0, 1, 3), ledBy(1, -1, 3)})},
	}
	for name, tt := range map[string]struct {
		topic             string
		partition, leader int32
		epoch             int32
		news              bool
	}{
		"a later epoch":        {"a", 0, 2, 4, true},
		"the same epoch":       {"a", 0, 2, 3, false},
		"an older epoch":       {"a", 0, 2, 2, false},
		"a partition without":  {"a", 1, 2, 4, true},
		"no leader":            {"a", 0, -1, 4, false},
		"an unknown partition": {"a", 2, 2, 4, false},
		"an unknown topic":     {"b", 0, 2, 4, false},
	} {
		t.Run(name, func(t *testing.T) {
			next := view.withLeader(tt.topic, tt.partition, tt.leader, tt.epoch)
			require.Equal(t, tt.news, next != nil)
			if next == nil {
				return
			}
			leader, epoch, err := next.leader(tt.topic, tt.partition)
			require.NoError(t, err)
			require.Equal(t, tt.leader, leader.ID())
			require.Equal(t, tt.epoch, epoch)
			require.Contains(t, next.topics["a"].writable, tt.partition)
			require.Equal(t, Uuid{7}, next.topics["a"].id)
			require.EqualValues(t, 3, view.topics["a"].partitions[tt.partition].LeaderEpoch, "the view before is not changed")
		})
	}
}

// A hint may be about a topic that was deleted, and created anew with epochs that begin again: it must not hold for ever.
func TestHintsThatAnswersContradict(t *testing.T) {
	view := &clusterView{
		brokers: map[int32]*Broker{1: {id: 1}, 2: {id: 2}},
		topics:  map[string]*topicView{"a": newTopicView(Uuid{7}, []*PartitionMetadata{ledBy(0, 1, 0), ledBy(1, 1, 3)})},
	}
	view = view.withLeader("a", 0, 2, 9)
	learn := func(epoch, other int32) string {
		news := mergeTopics(view.topics, []*TopicMetadata{{Name: "a", Uuid: Uuid{7}, Partitions: []*PartitionMetadata{
			ledBy(0, 1, epoch), ledBy(1, 1, other),
		}}}, false, []string{"a"})
		view = &clusterView{brokers: view.brokers, topics: news.topics}
		p, q := view.partition("a", 0), view.partition("a", 1)
		return fmt.Sprintf("%d@%d %d@%d", p.Leader, p.LeaderEpoch, q.Leader, q.LeaderEpoch)
	}
	require.Equal(t, "2@9 1@3", learn(0, 3), "the broker may lag")
	require.Equal(t, "1@0 1@3", learn(0, 2), "another does not, and an answer's word is kept")
	require.Equal(t, "1@1 1@3", learn(1, 2))

	view = view.withLeader("a", 0, 2, 9)
	require.Equal(t, "2@9 1@3", learn(1, 2))
	require.Equal(t, "1@10 1@3", learn(10, 2), "and that was the end of the hint")
	require.Equal(t, "1@10 1@3", learn(9, 2))
	require.Equal(t, "1@10 1@3", learn(9, 2))
}

func TestJudgeMetadata(t *testing.T) {
	whole := []*Broker{{id: 1}}
	for name, tt := range map[string]struct {
		response *MetadataResponse
		err      error
		verdict  metadataVerdict
		cause    error
	}{
		"an answer":         {&MetadataResponse{Brokers: whole}, nil, metadataOfUse, nil},
		"no brokers":        {&MetadataResponse{}, nil, metadataElsewhere, errNoBrokersInMetadata},
		"another cluster":   {&MetadataResponse{Err: ErrRebootstrapRequired}, nil, metadataRebootstrap, ErrRebootstrapRequired},
		"an error":          {&MetadataResponse{Brokers: whole, Err: ErrUnknown}, nil, metadataElsewhere, ErrUnknown},
		"no answer":         {nil, ErrNotConnected, metadataElsewhere, ErrNotConnected},
		"an error code":     {nil, ErrIllegalSASLState, metadataElsewhere, ErrIllegalSASLState},
		"not authenticated": {nil, fmt.Errorf("x: %w", ErrSASLAuthenticationFailed), metadataHopeless, ErrSASLAuthenticationFailed},
		"not authorized":    {nil, ErrTopicAuthorizationFailed, metadataHopeless, ErrTopicAuthorizationFailed},
		"not sent":          {nil, fmt.Errorf("x: %w", PacketEncodingError{Info: "long"}), metadataHopeless, PacketEncodingError{Info: "long"}},
	} {
		t.Run(name, func(t *testing.T) {
			verdict, err := judgeMetadata(tt.response, tt.err)
			require.Equal(t, tt.verdict, verdict)
			require.ErrorIs(t, err, tt.cause)
		})
	}
}

func TestErrorsOfSharedRefreshes(t *testing.T) {
	shared := error(refreshError{"a": errors.New("first"), "b": errors.New("second")})
	require.Equal(t, "a: first\nb: second", shared.Error())
	require.EqualError(t, errorFor([]string{"b", "c"}, shared), "b: second")
	require.NoError(t, errorFor([]string{"c"}, shared))
	require.Equal(t, shared, errorFor(nil, shared))
	require.NoError(t, errorFor([]string{"a"}, nil))
	require.Equal(t, ErrOutOfBrokers, errorFor([]string{"a"}, ErrOutOfBrokers))
}

// Look-ups are made per batch by producers: they must allocate nothing.
func BenchmarkClientLookups(b *testing.B) {
	network := newScriptedNetwork(b)
	broker := network.broker(1)
	cluster := newScriptedCluster(broker)
	for i := range 100 {
		var partitions []*PartitionMetadata
		for p := range int32(50) {
			partitions = append(partitions, ledBy(p, 1, 0))
		}
		cluster.setTopic(fmt.Sprintf("topic-%d", i), byte(i+1), partitions...)
	}
	c := testClient(b, network.config(), broker)
	connect, _, err := c.leaderOf("topic-7", 0)
	require.NoError(b, err)
	_, err = connect.Connected()
	require.NoError(b, err)
	b.Run("leader", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			_, _, _ = c.leaderOf("topic-7", int32(i%50))
		}
	})
	b.Run("leader-parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_, _, _ = c.leaderOf("topic-7", 3)
			}
		})
	})
	b.Run("partitions", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			_, _ = c.Partitions("topic-7")
		}
	})
	b.Run("writable", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			_, _ = c.WritablePartitions("topic-7")
		}
	})
	b.Run("topicID", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			_, _ = c.topicID("topic-7")
		}
	})
}

func TestLookupsAllocateNothing(t *testing.T) {
	network := newScriptedNetwork(t)
	broker := network.broker(1)
	newScriptedCluster(broker).setTopic("orders", 1, ledBy(0, 1, 0))
	c := testClient(t, network.config(), broker)
	leader, _, err := c.leaderOf("orders", 0)
	require.NoError(t, err)
	connected, err := leader.Connected()
	require.NoError(t, err)
	require.True(t, connected)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_, _, _ = c.leaderOf("orders", 0)
		_, _ = c.Partitions("orders")
		_, _ = c.WritablePartitions("orders")
		_, _ = c.topicID("orders")
	}))
}
