package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

const (
	awaitLimit = time.Minute            // for what a busy cluster may take its time with
	pollEvery  = 100 * time.Millisecond // Kafka has no way to wait for what is awaited here
)

// admin is what a cluster is asked through the protocol alone, so that the tests of the client do not depend on it.
type admin struct {
	addrs func() []string // of the brokers that answer
}

// NewTopic creates a topic with a name of its own.
func (a admin) NewTopic(t testing.TB, partitions int32) string {
	t.Helper()
	name := regexp.MustCompile(`[^a-zA-Z0-9-]+`).ReplaceAllString(t.Name(), "-")
	name = fmt.Sprintf("%s-%08x", name[:min(len(name), 200)], rand.Uint32())
	a.create(t, name, protocol.TopicDetail{NumPartitions: partitions}, true)
	return name
}

// CreateTopic creates a topic; a replication factor of 0 stands for all brokers, but three at most.
func (a admin) CreateTopic(t testing.TB, name string, detail protocol.TopicDetail) {
	t.Helper()
	a.create(t, name, detail, false)
}

// create creates a topic. That one with a fresh name exists already means that it was created just now: brokers pass the
// request on to the controller, and do so once more when its answer is lost.
func (a admin) create(t testing.TB, name string, detail protocol.TopicDetail, fresh bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitLimit)
	defer cancel()
	if detail.ReplicationFactor == 0 && len(detail.ReplicaAssignment) == 0 {
		detail.ReplicationFactor = int16(min(len(a.addrs()), 3))
	}
	if err := a.createTopic(ctx, name, &detail, fresh); err != nil {
		t.Fatalf("creating topic %s: %v", name, err)
	}
	if err := a.awaitTopic(ctx, name, hasLeader); err != nil {
		t.Fatalf("topic %s after its creation: %v", name, err)
	}
}

// createTopic tries again while there is no controller, which is so after one has died. The topic may exist if it was
// tried before.
func (a admin) createTopic(ctx context.Context, name string, detail *protocol.TopicDetail, tried bool) error {
	return await(ctx, func() error {
		meta, err := a.anyMetadata(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(meta.Brokers, func(b *protocol.BrokerAddress) bool { return b.ID == meta.ControllerID })
		if i < 0 {
			return errors.New("the cluster has no controller")
		}
		answer, err := Ask(ctx, addrOf(meta.Brokers[i]), &protocol.CreateTopicsRequest{
			TopicDetails: map[string]*protocol.TopicDetail{name: detail}, Timeout: 10 * time.Second})
		if err != nil {
			tried = true
			return err
		}
		result := answer.(*protocol.CreateTopicsResponse).TopicErrors[name]
		switch {
		case result == nil:
			return final{errors.New("the answer lacks the topic")}
		case result.Err == protocol.ErrNoError, tried && result.Err == protocol.ErrTopicAlreadyExists:
			return nil
		case result.Err == protocol.ErrNotController, result.Err == protocol.ErrRequestTimedOut:
			tried = true
			return result
		default:
			return final{result}
		}
	})
}

// Leader returns the id of a partition's leader, once there is one.
func (a admin) Leader(t testing.TB, topic string, partition int32) int32 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitLimit)
	defer cancel()
	var leader int32
	err := await(ctx, func() error {
		meta, err := a.anyMetadata(ctx, topic)
		if err != nil {
			return err
		}
		for _, p := range meta.Topics[0].Partitions {
			if p.ID == partition && hasLeader(p) {
				leader = p.Leader
				return nil
			}
		}
		return fmt.Errorf("partition %d has no leader: %w", partition, meta.Topics[0].Err)
	})
	if err != nil {
		t.Fatalf("the leader of %s-%d: %v", topic, partition, err)
	}
	return leader
}

// Coordinator returns the id of a group's or a transactional id's coordinator, once there is one.
func (a admin) Coordinator(t testing.TB, kind protocol.CoordinatorType, key string) int32 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitLimit)
	defer cancel()
	var coordinator int32
	err := await(ctx, func() error {
		answer, err := a.askAny(ctx, &protocol.FindCoordinatorRequest{CoordinatorKey: key, CoordinatorType: kind})
		if err != nil {
			return err
		}
		found := answer.(*protocol.FindCoordinatorResponse)
		if found.Err != protocol.ErrNoError {
			return found.Err
		}
		coordinator = found.Coordinator.ID
		return nil
	})
	if err != nil {
		t.Fatalf("the coordinator of %s: %v", key, err)
	}
	return coordinator
}

// AwaitInSync returns when every replica of a topic is in sync and every running broker knows it.
func (a admin) AwaitInSync(t testing.TB, topic string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitLimit)
	defer cancel()
	whole := func(p *protocol.PartitionMetadata) bool { return hasLeader(p) && len(p.Isr) == len(p.Replicas) }
	if err := a.awaitTopic(ctx, topic, whole); err != nil {
		t.Fatalf("replicas of %s: %v", topic, err)
	}
}

func hasLeader(p *protocol.PartitionMetadata) bool {
	return p.Leader >= 0 && p.Err != protocol.ErrLeaderNotAvailable
}

// awaitTopic waits until on all brokers all partitions of a topic are as they should be.
func (a admin) awaitTopic(ctx context.Context, topic string, good func(*protocol.PartitionMetadata) bool) error {
	return await(ctx, func() error {
		for _, addr := range a.addrs() {
			meta, err := metadata(ctx, addr, topic)
			if err != nil {
				return err
			}
			found := meta.Topics[0]
			if found.Err != protocol.ErrNoError || len(found.Partitions) == 0 {
				return fmt.Errorf("broker %s: %d partitions, %w", addr, len(found.Partitions), found.Err)
			}
			for _, p := range found.Partitions {
				if !good(p) {
					return fmt.Errorf("broker %s: partition %d has leader %d, replicas %v, in sync %v, %w",
						addr, p.ID, p.Leader, p.Replicas, p.Isr, p.Err)
				}
			}
		}
		return nil
	})
}

// awaitBrokers waits until all brokers at some addresses know of each other.
func (a admin) awaitBrokers(ctx context.Context, addrs []string) error {
	return await(ctx, func() error {
		for _, addr := range addrs {
			meta, err := metadata(ctx, addr)
			if err != nil {
				return err
			}
			var known []string
			for _, b := range meta.Brokers {
				known = append(known, addrOf(b))
			}
			for _, other := range addrs {
				if !slices.Contains(known, other) {
					return fmt.Errorf("broker %s knows of %v, not of %s", addr, known, other)
				}
			}
		}
		return nil
	})
}

// anyMetadata returns what one broker knows of some topics, of all brokers in any case.
func (a admin) anyMetadata(ctx context.Context, topics ...string) (*protocol.MetadataResponse, error) {
	answer, err := a.askAny(ctx, &protocol.MetadataRequest{Topics: topics, NoTopics: len(topics) == 0})
	if err != nil {
		return nil, err
	}
	return checkMetadata(answer, topics)
}

func metadata(ctx context.Context, addr string, topics ...string) (*protocol.MetadataResponse, error) {
	answer, err := Ask(ctx, addr, &protocol.MetadataRequest{Topics: topics, NoTopics: len(topics) == 0})
	if err != nil {
		return nil, err
	}
	return checkMetadata(answer, topics)
}

func checkMetadata(answer protocol.Message, topics []string) (*protocol.MetadataResponse, error) {
	meta := answer.(*protocol.MetadataResponse)
	if len(meta.Topics) != len(topics) {
		return nil, fmt.Errorf("metadata of %d topics in place of %d", len(meta.Topics), len(topics))
	}
	return meta, nil
}

// askAny asks one broker after the other until one answers.
func (a admin) askAny(ctx context.Context, req protocol.Message) (protocol.Message, error) {
	err := errors.New("no broker is running")
	for _, addr := range a.addrs() {
		answer, failed := Ask(ctx, addr, req)
		if failed == nil {
			return answer, nil
		}
		err = failed
	}
	return nil, err
}

// final is an error that trying again does not mend.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// await tries until it works; when ctx ends the error is that of the last attempt.
func await(ctx context.Context, attempt func() error) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		err := attempt()
		if err == nil || errors.As(err, new(final)) {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", err, context.Cause(ctx))
		}
	}
}
