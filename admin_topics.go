package sarama

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// reassignmentTimeout is how long the controller may take over moves of partitions and elections.
const reassignmentTimeout = time.Minute

// version is the highest version of an API that Config.Version has, but limit at most.
func (a *adminCore) version(key, limit int16) int16 {
	return max(min(protocol.MaxVersionFor(key, a.conf.Version), limit), 0)
}

// latest is the highest version of an API that Config.Version has.
func (a *adminCore) latest(key int16) int16 {
	return max(protocol.MaxVersionFor(key, a.conf.Version), 0)
}

// CreateTopic implements ClusterAdmin.
func (c clusterAdmin) CreateTopic(topic string, detail *TopicDetail, validateOnly bool) error {
	if topic == "" {
		return ErrInvalidTopic
	}
	if detail == nil {
		return errors.New("you must specify topic details")
	}
	_, err := c.createTopics(c.ctx, map[string]*TopicDetail{topic: detail}, validateOnly, func(answer *CreateTopicsResponse) error {
		refused, ok := answer.TopicErrors[topic]
		switch {
		case !ok:
			return ErrIncompleteResponse
		case refused.Err != ErrNoError:
			return &TopicError{Err: refused.Err, ErrMsg: printableOrNil(refused.ErrMsg)}
		}
		return nil
	})
	return err
}

// printableOrNil is printable for what need not be there.
func printableOrNil(text *string) *string {
	if text == nil {
		return nil
	}
	printed := printable(*text)
	return &printed
}

// createTopics does not create topics that were only to be checked: before version 1 there was no such request.
func (a *adminCore) createTopics(
	ctx context.Context, topics map[string]*TopicDetail, validateOnly bool, judge func(*CreateTopicsResponse) error,
) (*CreateTopicsResponse, error) {
	q := question[CreateTopicsResponse]{
		req:   NewCreateTopicsRequest(a.conf.Version, topics, a.conf.Admin.Timeout, validateOnly),
		judge: judge,
	}
	if validateOnly {
		q.least = 1
	}
	return toController(ctx, a, q)
}

// ListTopics implements ClusterAdmin.
func (c clusterAdmin) ListTopics() (map[string]TopicDetail, error) {
	var topics map[string]TopicDetail
	again := func(err error) bool { return staleController(err) || timedOut(err) }
	err := c.withAny(c.ctx, again, func(ctx context.Context, broker *Broker) (err error) {
		topics, err = c.listTopics(ctx, broker)
		if timedOut(err) {
			_ = broker.Close()
		}
		return err
	})
	return topics, err
}

// listTopics asks one broker for all topics and their configurations.
func (a *adminCore) listTopics(ctx context.Context, broker *Broker) (map[string]TopicDetail, error) {
	meta, err := broker.getMetadata(ctx, NewMetadataRequest(a.conf.Version, nil))
	if err != nil {
		return nil, err
	}
	topics := make(map[string]TopicDetail, len(meta.Topics))
	var resources []*ConfigResource
	for _, topic := range meta.Topics {
		topics[topic.Name] = detailOf(topic)
		resources = append(resources, &ConfigResource{Type: TopicResource, Name: topic.Name})
	}
	if len(resources) == 0 {
		return topics, nil
	}
	request := &DescribeConfigsRequest{Version: a.latest(protocol.KeyDescribeConfigs), Resources: resources}
	configs, err := askContext[DescribeConfigsResponse](ctx, broker, request)
	if err != nil {
		return nil, err
	}
	for _, resource := range configs.Resources {
		detail := topics[resource.Name]
		detail.ConfigEntries = entriesSet(resource.Configs)
		topics[resource.Name] = detail
	}
	return topics, nil
}

func detailOf(topic *TopicMetadata) TopicDetail {
	detail := TopicDetail{NumPartitions: int32(len(topic.Partitions))}
	if len(topic.Partitions) == 0 {
		return detail
	}
	detail.ReplicationFactor = int16(len(topic.Partitions[0].Replicas))
	detail.ReplicaAssignment = make(map[int32][]int32, len(topic.Partitions))
	for _, partition := range topic.Partitions {
		detail.ReplicaAssignment[partition.ID] = partition.Replicas
	}
	return detail
}

// entriesSet leaves out defaults, and what is not told.
func entriesSet(entries []*ConfigEntry) map[string]*string {
	set := make(map[string]*string)
	for _, entry := range entries {
		if !entry.Default && !entry.Sensitive {
			set[entry.Name] = &entry.Value
		}
	}
	return set
}

// DescribeTopics implements ClusterAdmin.
func (c clusterAdmin) DescribeTopics(topics []string) ([]*TopicMetadata, error) {
	answer, err := toController(c.ctx, c.adminCore, question[protocol.MetadataResponse]{req: NewMetadataRequest(c.conf.Version, topics)})
	if err != nil {
		return nil, err
	}
	return answer.Topics, nil
}

// DeleteTopic implements ClusterAdmin.
func (c clusterAdmin) DeleteTopic(topic string) error {
	if topic == "" {
		return ErrInvalidTopic
	}
	_, err := toController(c.ctx, c.adminCore, question[DeleteTopicsResponse]{
		req: NewDeleteTopicsRequest(c.conf.Version, []string{topic}, c.conf.Admin.Timeout),
		judge: func(answer *DeleteTopicsResponse) error {
			code, ok := answer.TopicErrorCodes[topic]
			if !ok {
				return ErrIncompleteResponse
			}
			return codeOrNil(code)
		},
	})
	return err
}

// CreatePartitions implements ClusterAdmin.
func (c clusterAdmin) CreatePartitions(topic string, count int32, assignment [][]int32, validateOnly bool) error {
	if topic == "" {
		return ErrInvalidTopic
	}
	grown := map[string]*TopicPartition{topic: {Count: count, Assignment: assignment}}
	_, err := c.createPartitions(c.ctx, grown, validateOnly, func(answer *CreatePartitionsResponse) error {
		refused, ok := answer.TopicPartitionErrors[topic]
		switch {
		case !ok:
			return ErrIncompleteResponse
		case refused.Err != ErrNoError:
			return &TopicPartitionError{Err: refused.Err, ErrMsg: printableOrNil(refused.ErrMsg), UnknownTags: refused.UnknownTags}
		}
		return nil
	})
	return err
}

func (a *adminCore) createPartitions(
	ctx context.Context, topics map[string]*TopicPartition, validateOnly bool, judge func(*CreatePartitionsResponse) error,
) (*CreatePartitionsResponse, error) {
	return toController(ctx, a, question[CreatePartitionsResponse]{
		req: &CreatePartitionsRequest{
			Version: a.latest(protocol.KeyCreatePartitions), TopicPartitions: topics, Timeout: a.conf.Admin.Timeout, ValidateOnly: validateOnly,
		},
		judge: judge,
	})
}

// AlterPartitionReassignments implements ClusterAdmin.
func (c clusterAdmin) AlterPartitionReassignments(topic string, assignment [][]int32) error {
	if topic == "" {
		return ErrInvalidTopic
	}
	request := &AlterPartitionReassignmentsRequest{
		TimeoutMs:                    int32(reassignmentTimeout.Milliseconds()),
		Version:                      c.latest(protocol.KeyAlterPartitionReassignments),
		AllowReplicationFactorChange: true, // as before version 1
	}
	for partition, replicas := range assignment {
		request.AddBlock(topic, int32(partition), replicas)
	}
	_, err := toController(c.ctx, c.adminCore, question[AlterPartitionReassignmentsResponse]{req: request, judge: judgeReassignments})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrReassignPartitions) || errors.Is(err, ErrClosedClient):
		return err
	}
	return Wrap(ErrReassignPartitions, err)
}

func judgeReassignments(answer *AlterPartitionReassignmentsResponse) error {
	var refused []error
	if answer.ErrorCode != ErrNoError {
		refused = append(refused, withMessage(answer.ErrorCode, answer.ErrorMessage))
	}
	for _, tp := range partitionKeys(answer.Errors) {
		if result := answer.Errors[tp.topic][tp.partition]; result.ErrorCode != ErrNoError {
			refused = append(refused, fmt.Errorf("[%s-%d]: %w", printable(tp.topic), tp.partition, withMessage(result.ErrorCode, result.ErrorMessage)))
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return Wrap(ErrReassignPartitions, refused...)
}

// ListPartitionReassignments implements ClusterAdmin.
func (c clusterAdmin) ListPartitionReassignments(topic string, partitions []int32) (map[string]map[int32]*PartitionReplicaReassignmentsStatus, error) {
	if topic == "" {
		return nil, ErrInvalidTopic
	}
	return c.listReassignments(c.ctx, map[string][]int32{topic: partitions})
}

// listReassignments asks for the moves of some partitions, of all if partitions is nil.
func (a *adminCore) listReassignments(
	ctx context.Context, partitions map[string][]int32,
) (map[string]map[int32]*PartitionReplicaReassignmentsStatus, error) {
	request := &ListPartitionReassignmentsRequest{
		TimeoutMs:     int32(reassignmentTimeout.Milliseconds()),
		Version:       a.latest(protocol.KeyListPartitionReassignments),
		AllPartitions: partitions == nil,
	}
	for topic, list := range partitions {
		request.AddBlock(topic, list)
	}
	answer, err := toController(ctx, a, question[ListPartitionReassignmentsResponse]{
		req: request,
		judge: func(answer *ListPartitionReassignmentsResponse) error {
			return withMessage(answer.ErrorCode, answer.ErrorMessage)
		},
	})
	if err != nil {
		return nil, err
	}
	return answer.TopicStatus, nil
}

// DeleteRecords implements ClusterAdmin.
func (c clusterAdmin) DeleteRecords(topic string, partitionOffsets map[int32]int64) error {
	if topic == "" {
		return ErrInvalidTopic
	}
	offsets := map[string]map[int32]int64{topic: partitionOffsets}
	_, outcomes := c.deleteRecords(c.ctx, offsets)
	var causes []error
	for _, tp := range partitionKeys(offsets) {
		switch o := outcomes[tp]; {
		case o.err == nil:
		case o.stage == stageRequest:
			causes = append(causes, o.err)
		default:
			causes = append(causes, fmt.Errorf("%s: %w", tp, o.err))
		}
	}
	if causes = distinct(causes); len(causes) > 0 {
		return Wrap(ErrDeleteRecords, causes...)
	}
	return nil
}

// deleteRecords returns the first offsets that are left, and what partitions failed with.
func (a *adminCore) deleteRecords(
	ctx context.Context, offsets map[string]map[int32]int64,
) (left map[string]map[int32]int64, outcomes map[topicPartition]partitionOutcome) {
	var answers syncPartitions[int64]
	outcomes = a.toLeaders(ctx, partitionKeys(offsets), func(ctx context.Context, leader *Broker, own []topicPartition) (map[topicPartition]error, error) {
		request := &DeleteRecordsRequest{
			Version: a.latest(protocol.KeyDeleteRecords), Timeout: a.conf.Admin.Timeout, Topics: make(map[string]*DeleteRecordsRequestTopic),
		}
		for topic, list := range byTopic(own) {
			request.Topics[topic] = &DeleteRecordsRequestTopic{PartitionOffsets: make(map[int32]int64)}
			for _, p := range list {
				request.Topics[topic].PartitionOffsets[p] = offsets[topic][p]
			}
		}
		answer, err := put(ctx, leader, question[DeleteRecordsResponse]{req: request})
		if err != nil {
			return nil, err
		}
		refused := make(map[topicPartition]error)
		for _, tp := range own {
			low, err := lowWatermarkOf(answer, tp)
			if err != nil {
				refused[tp] = err
				continue
			}
			answers.put(tp, low)
		}
		return refused, nil
	})
	return answers.byTopic(), outcomes
}

func lowWatermarkOf(answer *DeleteRecordsResponse, tp topicPartition) (int64, error) {
	if topic := answer.Topics[tp.topic]; topic != nil {
		if result := topic.Partitions[tp.partition]; result != nil {
			return result.LowWatermark, codeOrNil(result.Err)
		}
	}
	return 0, ErrIncompleteResponse
}

// ElectLeaders implements ClusterAdmin.
func (c clusterAdmin) ElectLeaders(electionType ElectionType, partitions map[string][]int32) (map[string]map[int32]*PartitionResult, error) {
	return c.electLeaders(c.ctx, electionType, partitions, false)
}

// electLeaders does not ask brokers for unclean elections that would hold preferred ones.
func (a *adminCore) electLeaders(
	ctx context.Context, electionType ElectionType, partitions map[string][]int32, all bool,
) (map[string]map[int32]*PartitionResult, error) {
	q := question[ElectLeadersResponse]{
		req: &ElectLeadersRequest{
			Version: a.latest(protocol.KeyElectLeaders), Type: electionType, TopicPartitions: partitions, AllPartitions: all,
			TimeoutMs: int32(reassignmentTimeout.Milliseconds()),
		},
		judge: func(answer *ElectLeadersResponse) error { return codeOrNil(answer.ErrorCode) },
	}
	if electionType != PreferredElection {
		q.least = 1
	}
	answer, err := toController(ctx, a, q)
	if err != nil {
		return nil, err
	}
	return answer.ReplicaElectionResults, nil
}

// DescribeCluster implements ClusterAdmin.
func (c clusterAdmin) DescribeCluster() (brokers []*Broker, controllerID int32, err error) {
	if c.conf.Version.IsAtLeast(V2_8_0_0) {
		answer, err := c.describeCluster(c.ctx, NewDescribeClusterRequest(c.conf.Version), 0)
		if err == nil {
			return describedBrokers(answer.Brokers), answer.ControllerID, nil
		}
		if !errors.Is(err, ErrUnsupportedVersion) {
			return nil, 0, err
		}
	}
	request := NewMetadataRequest(c.conf.Version, nil)
	request.NoTopics = true
	wire, err := toController(c.ctx, c.adminCore, question[protocol.MetadataResponse]{req: request})
	if err != nil {
		return nil, 0, err
	}
	answer := new(MetadataResponse)
	answer.fromWire(wire)
	return answer.Brokers, answer.ControllerID, nil
}

func (a *adminCore) describeCluster(ctx context.Context, req *DescribeClusterRequest, least int16) (*DescribeClusterResponse, error) {
	return toController(ctx, a, question[DescribeClusterResponse]{
		req: req, least: least,
		judge: func(answer *DescribeClusterResponse) error { return withMessage(answer.Err, answer.ErrorMessage) },
	})
}

func describedBrokers(described []*DescribeClusterBroker) []*Broker {
	var brokers []*Broker
	for _, d := range described {
		brokers = append(brokers, newBrokerAt(&protocol.BrokerAddress{ID: d.BrokerID, Host: d.Host, Port: d.Port, Rack: d.Rack}))
	}
	return brokers
}
