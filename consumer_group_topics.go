package sarama

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// subscription is what a member subscribes to.
type subscription struct {
	names    []string
	patterns []string // without the "^" that they are known by
	match    *regexp.Regexp
	// topics are names and what matches, as of the last resolve.
	topics []string
}

// parseSubscription tells names from patterns.
func parseSubscription(topics []string) (*subscription, error) {
	if len(topics) == 0 {
		return nil, fmt.Errorf("no topics provided")
	}
	s := &subscription{}
	for _, topic := range topics {
		if pattern, ok := strings.CutPrefix(topic, "^"); ok { // no topic has that in its name
			if _, err := regexp.Compile(pattern); err != nil {
				return nil, ConfigurationError(fmt.Sprintf("topic pattern %q: %v", topic, err))
			}
			s.patterns = append(s.patterns, pattern)
			continue
		}
		s.names = append(s.names, topic)
	}
	if len(s.patterns) > 0 {
		match, err := regexp.Compile("^(?:" + s.pattern() + ")$")
		if err != nil {
			return nil, ConfigurationError(fmt.Sprintf("topic patterns %q: %v", s.patterns, err))
		}
		s.match = match
	}
	s.topics = slices.Clone(topics)
	return s, nil
}

// pattern is one for all.
func (s *subscription) pattern() string {
	if len(s.patterns) == 1 {
		return strings.TrimSuffix(s.patterns[0], "$")
	}
	parts := make([]string, len(s.patterns))
	for i, pattern := range s.patterns {
		parts[i] = "(?:" + pattern + ")"
	}
	return strings.Join(parts, "|")
}

// resolve refreshes the metadata of the topics, and finds those that match.
func (s *subscription) resolve(ctx context.Context, client clusterClient) error {
	if len(s.names) > 0 {
		if err := refreshTopics(ctx, client, s.names); err != nil {
			return err
		}
	}
	if s.match == nil {
		return nil
	}
	matching, err := s.matching(ctx, client)
	if err != nil {
		return err
	}
	if len(matching) > 0 {
		// One may be gone already, and another not be known to all brokers.
		if err := refreshTopics(ctx, client, matching); err != nil && !errors.Is(err, ErrUnknownTopicOrPartition) {
			return err
		}
	}
	s.topics = append(slices.Clone(s.names), matching...)
	return nil
}

// refreshTopics refreshes the metadata of topics. Partitions without a leader are no failure: they are shared like others, and
// read as soon as they have one.
func refreshTopics(ctx context.Context, client clusterClient, topics []string) error {
	err := client.refreshMetadata(ctx, topics...)
	if err == nil || !errors.Is(err, ErrLeaderNotAvailable) || ctx.Err() != nil {
		return err
	}
	for _, topic := range topics {
		if len(client.knownPartitions(topic, false)) == 0 {
			return err
		}
	}
	return nil
}

// matching asks for all topics of the cluster, whatever Config.Metadata.Full says, and returns those that match, sorted.
func (s *subscription) matching(ctx context.Context, client clusterClient) ([]string, error) {
	broker, err := anyBroker(client)
	if err != nil {
		return nil, err
	}
	request := &MetadataRequest{Version: protocol.MaxVersionFor(protocol.KeyMetadata, client.Config().Version)}
	answer, err := broker.getMetadata(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("looking for topics that match %q: %w", s.patterns, err)
	}
	var found []string
	for _, topic := range answer.Topics {
		if topic.Err != ErrUnknownTopicOrPartition && !topic.IsInternal && s.match.MatchString(topic.Name) && !slices.Contains(s.names, topic.Name) {
			found = append(found, topic.Name)
		}
	}
	slices.Sort(found)
	return found, nil
}

// anyBroker returns a broker to ask, connected.
func anyBroker(client clusterClient) (*Broker, error) {
	broker := client.LeastLoadedBroker()
	if broker == nil {
		return nil, ErrOutOfBrokers
	}
	client.connect(broker)
	return broker, nil
}

// same tells whether the subscription is still to the same topics.
func (s *subscription) same(matching []string) bool {
	return slices.Equal(s.topics, append(slices.Clone(s.names), matching...))
}

// topicWatch looks for changes of topics that call for a rebalance.
type topicWatch struct {
	group *consumerGroup
	sub   *subscription
	// counts are of how many partitions the assignment is, if the member leads the group.
	counts map[string]int
	tell   func(cause error)
}

// watchTopics looks after the topics of a generation until ctx ends; tell is called once, with what changed.
func (g *consumerGroup) watchTopics(ctx context.Context, sub *subscription, planned map[string][]int32, tell func(cause error)) {
	if g.conf.Metadata.RefreshFrequency <= 0 || planned == nil && sub.match == nil {
		return
	}
	w := &topicWatch{group: g, sub: sub, counts: make(map[string]int, len(planned)), tell: tell}
	for topic, partitions := range planned {
		w.counts[topic] = len(partitions)
	}
	go withRecover(func() { w.run(ctx) })
}

// run is one per generation of a group's leader, and of a member with patterns; it ends with the generation, or when it has
// told of a change.
func (w *topicWatch) run(ctx context.Context) {
	ticker := time.NewTicker(w.group.conf.Metadata.RefreshFrequency)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		cause, err := w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			w.group.conf.log().Printf("consumergroup/%s looking for new partitions failed: %v\n", logGroup(w.group.id), err)
		case cause != nil:
			w.tell(cause)
			return
		}
	}
}

// look returns what has changed; nil: nothing.
func (w *topicWatch) look(ctx context.Context) (cause, err error) {
	if w.sub.match != nil {
		matching, err := w.sub.matching(ctx, w.group.client)
		if err != nil {
			return nil, err
		}
		if !w.sub.same(matching) {
			w.group.conf.log().Printf("consumergroup/%s topics that match changed from %q to %q\n", logGroup(w.group.id), w.sub.topics, matching)
			return ErrSessionTopicsChanged, nil
		}
	}
	if len(w.counts) == 0 {
		return nil, nil
	}
	err = refreshTopics(ctx, w.group.client, slices.Sorted(maps.Keys(w.counts)))
	if err != nil && !errors.Is(err, ErrUnknownTopicOrPartition) {
		return nil, err
	}
	for topic, before := range w.counts {
		partitions, err := partitionsNow(w.group.client, topic)
		if err != nil {
			return nil, err
		}
		if len(partitions) != before {
			w.group.conf.log().Printf("consumergroup/%s partitions of topic %s changed from %d to %d\n", logGroup(w.group.id), logTopic(topic), before, len(partitions))
			return ErrSessionPartitionCountChanged, nil
		}
	}
	return nil, nil
}

// noteTopics notes how many partitions topics have when they are subscribed to first. Those that come later are new, and read
// from their start: nobody could have missed what is in them on purpose. So are topics that match the same patterns later.
func (g *consumerGroup) noteTopics(sub *subscription) {
	patterns := strings.Join(sub.patterns, "|")
	again := patterns != "" && g.patterns == patterns
	g.patterns = patterns
	for _, topic := range sub.topics {
		if _, ok := g.known[topic]; ok {
			continue
		}
		partitions, err := partitionsNow(g.client, topic)
		switch {
		case again && !slices.Contains(sub.names, topic):
			g.known[topic] = 0
		case err == nil:
			g.known[topic] = int32(len(partitions))
		}
	}
}

// startOf is where to begin with a partition that nothing is committed of.
func (g *consumerGroup) startOf(tp topicPartition) int64 {
	if known, ok := g.known[tp.topic]; ok && tp.partition >= known {
		return OffsetOldest
	}
	return g.conf.Consumer.Offsets.Initial
}
