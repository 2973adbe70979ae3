package sarama

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// clusterView is what was last heard of a cluster. It never changes: news make another one.
type clusterView struct {
	closed       bool // the client is closed, and nothing is known
	brokers      map[int32]*Broker
	controllerID int32
	topics       map[string]*topicView
}

// topicView is what was last heard of a topic. It never changes.
type topicView struct {
	id         Uuid                 // zero if not known
	partitions []*PartitionMetadata // ascending
	all        []int32              // their ids
	writable   []int32              // the ids of those that have a leader
	hinted     map[int32]bool       // those whose leader a hint has told of; true: an answer has contradicted it since
}

func newTopicView(id Uuid, partitions []*PartitionMetadata) *topicView {
	slices.SortFunc(partitions, func(a, b *PartitionMetadata) int { return cmp.Compare(a.ID, b.ID) })
	t := &topicView{
		id:         id,
		partitions: partitions,
		all:        make([]int32, 0, len(partitions)),
		writable:   make([]int32, 0, len(partitions)),
	}
	for _, p := range partitions {
		t.all = append(t.all, p.ID)
		if p.Err != ErrLeaderNotAvailable {
			t.writable = append(t.writable, p.ID)
		}
	}
	return t
}

// index returns where the partition is, or -1. Partitions are numbered from 0 without gaps, as long as the broker's
// answer is whole, so that the first look mostly is the last.
func (t *topicView) index(partition int32) int {
	if i := int(partition); i >= 0 && i < len(t.all) && t.all[i] == partition {
		return i
	}
	if i, ok := slices.BinarySearch(t.all, partition); ok {
		return i
	}
	return -1
}

// with returns a topic with one partition replaced.
func (t *topicView) with(i int, p *PartitionMetadata) *topicView {
	partitions := slices.Clone(t.partitions)
	partitions[i] = p
	next := newTopicView(t.id, partitions)
	next.hinted = maps.Clone(t.hinted)
	return next
}

// hint notes that a partition's leader is not from an answer about the topic. The view is nobody else's yet.
func (t *topicView) hint(partition int32, contradicted bool) {
	if t.hinted == nil {
		t.hinted = make(map[int32]bool)
	}
	t.hinted[partition] = contradicted
}

// partition returns a partition's metadata, or nil.
func (v *clusterView) partition(topic string, partition int32) *PartitionMetadata {
	t := v.topics[topic]
	if t == nil {
		return nil
	}
	i := t.index(partition)
	if i < 0 {
		return nil
	}
	return t.partitions[i]
}

// leader returns a partition's leader and its epoch.
func (v *clusterView) leader(topic string, partition int32) (*Broker, int32, error) {
	if v.closed {
		return nil, -1, ErrClosedClient
	}
	p := v.partition(topic, partition)
	if p == nil {
		return nil, -1, ErrUnknownTopicOrPartition
	}
	// A partition with another error, such as too few replicas, has a leader nevertheless.
	if broker := v.brokers[p.Leader]; broker != nil && p.Err != ErrLeaderNotAvailable {
		return broker, p.LeaderEpoch, nil
	}
	return nil, -1, ErrLeaderNotAvailable
}

// withLeader returns a view with another leader of a partition (KIP-951), or nil if that is no news: hints come late
// and in any order, but a leader's epoch only rises.
func (v *clusterView) withLeader(topic string, partition, leaderID, epoch int32) *clusterView {
	t := v.topics[topic]
	if t == nil || leaderID < 0 {
		return nil
	}
	i := t.index(partition)
	if i < 0 || epoch <= t.partitions[i].LeaderEpoch {
		return nil
	}
	p := *t.partitions[i]
	p.Leader, p.LeaderEpoch, p.Err = leaderID, epoch, ErrNoError
	next := *v
	next.topics = maps.Clone(v.topics)
	with := t.with(i, &p)
	with.hint(partition, false)
	next.topics[topic] = with
	return &next
}

// metadataNews is what an answer makes of the topics known before.
type metadataNews struct {
	topics map[string]*topicView
	retry  bool         // some of what was asked for may be there soon
	errs   refreshError // by topic; nil if all is well
}

// mergeTopics adds what a broker answered to what is known. With all, the answer is about all topics there are;
// otherwise it is about those asked for.
func mergeTopics(known map[string]*topicView, answer []*TopicMetadata, all bool, asked []string) metadataNews {
	news := metadataNews{topics: make(map[string]*topicView, len(answer))}
	if !all {
		news.topics = maps.Clone(known)
		if news.topics == nil {
			news.topics = make(map[string]*topicView, len(answer))
		}
	}
	for _, topic := range answer {
		news.add(known[topic.Name], topic)
	}
	for _, topic := range missingTopics(asked, answer) {
		// Brokers that start up leave out what they have not heard of yet (KAFKA-7924).
		news.failed(topic, fmt.Errorf("%w: %w", ErrUnknownTopicOrPartition, ErrIncompleteResponse))
		news.retry = true
	}
	return news
}

// add takes in one topic of an answer, known being what was known of it before, or nil.
func (n *metadataNews) add(known *topicView, topic *TopicMetadata) {
	delete(n.topics, topic.Name)
	keep, retry := topicVerdict(topic.Err)
	n.retry = n.retry || retry
	if topic.Err != ErrNoError {
		n.failed(topic.Name, topic.Err)
	}
	if !keep {
		return
	}
	// Leader epochs begin anew when a topic is deleted and created again, which only its id shows. Without ids the last
	// answer is believed, or a topic created again would never be.
	same := known != nil && known.id == topic.Uuid && topic.Uuid != (Uuid{})
	partitions := slices.Clone(topic.Partitions)
	var contradicted []int32
	for i, p := range partitions {
		if same {
			partitions[i] = newerPartition(known, p)
			if _, hinted := known.hinted[p.ID]; hinted && partitions[i] != p {
				contradicted = append(contradicted, p.ID)
			}
		}
		if partitions[i].Err == ErrLeaderNotAvailable {
			n.failed(topic.Name, partitions[i].Err)
			n.retry = true
		}
	}
	view := newTopicView(topic.Uuid, partitions)
	for _, partition := range contradicted {
		view.hint(partition, true)
	}
	n.topics[topic.Name] = view
}

func (n *metadataNews) failed(topic string, err error) {
	if n.errs == nil {
		n.errs = make(refreshError)
	}
	n.errs[topic] = err
}

// err is the errors of all topics, nil if there are none.
func (n *metadataNews) err() error {
	if len(n.errs) == 0 {
		return nil
	}
	return n.errs
}

// topicVerdict tells whether the partitions of a topic with an error are of use, and whether to ask again soon.
func topicVerdict(err KError) (keep, retry bool) {
	switch err {
	case ErrNoError:
		return true, false
	case ErrLeaderNotAvailable:
		return true, true
	case ErrUnknownTopicOrPartition:
		return false, true
	default:
		return false, false
	}
}

// newerPartition returns p, or what was known before if p has an older epoch: the broker that answered lags (KIP-320). A hint holds
// against one answer alone: it does not say which topic of that name it is about, and one created anew begins with older epochs.
func newerPartition(known *topicView, p *PartitionMetadata) *PartitionMetadata {
	i := known.index(p.ID)
	if i < 0 || p.LeaderEpoch < 0 || p.LeaderEpoch >= known.partitions[i].LeaderEpoch || known.hinted[p.ID] {
		return p
	}
	return known.partitions[i]
}

// missingTopics returns the topics asked for that the answer does not have.
func missingTopics(asked []string, answer []*TopicMetadata) []string {
	if len(asked) == 0 {
		return nil
	}
	answered := make(map[string]struct{}, len(answer))
	for _, topic := range answer {
		answered[topic.Name] = struct{}{}
	}
	return slices.DeleteFunc(slices.Clone(asked), func(topic string) bool {
		_, ok := answered[topic]
		return ok
	})
}

// refreshError is why topics have no valid metadata, by topic.
type refreshError map[string]error

// Error implements error.
func (e refreshError) Error() string {
	lines := make([]string, 0, len(e))
	for _, topic := range slices.Sorted(maps.Keys(e)) {
		lines = append(lines, printable(topic)+": "+e[topic].Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors by ascending topic.
func (e refreshError) Unwrap() []error {
	errs := make([]error, 0, len(e))
	for _, topic := range slices.Sorted(maps.Keys(e)) {
		errs = append(errs, e[topic])
	}
	return errs
}

// errorFor is what an error of a shared refresh means to who asked for some topics, all if none is given.
func errorFor(topics []string, err error) error {
	var byTopic refreshError
	if len(topics) == 0 || !errors.As(err, &byTopic) {
		return err
	}
	errs := make(refreshError)
	for _, topic := range topics {
		if err, ok := byTopic[topic]; ok {
			errs[topic] = err
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}
