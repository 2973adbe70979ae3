package sarama

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/seed20e6684a/sarama/protocol"
)

// OffsetAndMetadata is an offset to commit.
type OffsetAndMetadata struct {
	// Offset is that of the next record to read.
	Offset int64
	// Metadata is any text, up to the brokers' offset.metadata.max.bytes.
	Metadata string
	// LeaderEpoch is that of the last record that was read, or -1 if it is not known (KIP-320).
	LeaderEpoch int32
}

// AlterConsumerGroupOffsetsOptions has no options yet.
type AlterConsumerGroupOffsetsOptions struct{}

// lastDescribeGroups is the last version of DescribeGroups that has a state for a group that does not exist (KIP-1043).
const lastDescribeGroups = 5

// ListConsumerGroups implements ClusterAdmin.
func (c clusterAdmin) ListConsumerGroups() (map[string]string, error) {
	groups := make(map[string]string)
	answers, err := c.listGroups(c.ctx, &ListGroupsRequest{})
	for _, id := range sortedIDs(answers) {
		maps.Copy(groups, answers[id].Groups)
	}
	return groups, err
}

// listGroups asks each broker for the groups that it coordinates. The error is that of the first that failed.
func (a *adminCore) listGroups(ctx context.Context, req *ListGroupsRequest) (map[int32]*ListGroupsResponse, error) {
	brokers, err := a.routes.nodes(ctx)
	if err != nil {
		return nil, err
	}
	answers, failed := toEach(ctx, a, brokers, func(*Broker) question[ListGroupsResponse] {
		q := question[ListGroupsResponse]{
			req: &ListGroupsRequest{
				Version: a.latest(protocol.KeyListGroups), StatesFilter: req.StatesFilter, TypesFilter: req.TypesFilter,
			},
			judge: func(answer *ListGroupsResponse) error { return codeOrNil(answer.Err) },
		}
		switch {
		case len(req.TypesFilter) > 0:
			q.least = 5
		case len(req.StatesFilter) > 0:
			q.least = 4
		}
		return q
	})
	return answers, firstFailure(failed)
}

// firstFailure is that of the broker with the lowest id.
func firstFailure(failed map[int32]error) error {
	for _, id := range sortedIDs(failed) {
		return failed[id]
	}
	return nil
}

// DescribeConsumerGroups implements ClusterAdmin.
func (c clusterAdmin) DescribeConsumerGroups(groups []string) ([]*GroupDescription, error) {
	found, outcomes := c.describeClassicGroups(c.ctx, groups, false, c.version(protocol.KeyDescribeGroups, lastDescribeGroups))
	var result []*GroupDescription
	for _, group := range groups {
		switch o := outcomes[group]; {
		case o.err != nil && o.stage != stageAnswered:
			return nil, o.err
		case found[group] != nil:
			result = append(result, found[group])
		}
	}
	return result, nil
}

// describeClassicGroups keeps the answers, also where they are errors.
func (a *adminCore) describeClassicGroups(
	ctx context.Context, groups []string, operations bool, version int16,
) (map[string]*GroupDescription, coordinated) {
	var found syncMap[*GroupDescription]
	outcomes := a.toCoordinators(ctx, CoordinatorGroup, distinctNames(groups), func(ctx context.Context, coordinator *Broker, own []string) (map[string]error, error) {
		answer, err := put(ctx, coordinator, question[DescribeGroupsResponse]{
			req: &DescribeGroupsRequest{Version: version, Groups: own, IncludeAuthorizedOperations: operations},
		})
		if err != nil {
			return nil, err
		}
		refused := unanswered(own)
		for _, group := range answer.Groups {
			found.put(group.GroupId, group)
			refused[group.GroupId] = withMessage(group.Err, group.ErrorMessage)
		}
		return refused, nil
	})
	return found.all(), outcomes
}

// distinctNames leaves out repetitions.
func distinctNames(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

// ListConsumerGroupOffsets implements ClusterAdmin.
func (c clusterAdmin) ListConsumerGroupOffsets(group string, topicPartitions map[string][]int32) (*OffsetFetchResponse, error) {
	return c.listOffsetsOf(c.ctx, group, topicPartitions)
}

func (a *adminCore) listOffsetsOf(ctx context.Context, group string, partitions map[string][]int32) (*OffsetFetchResponse, error) {
	return toCoordinator(ctx, a, CoordinatorGroup, group, question[OffsetFetchResponse]{
		req:   NewOffsetFetchRequest(a.conf.Version, group, partitions),
		judge: func(answer *OffsetFetchResponse) error { return codeOrNil(answer.GroupError()) },
	})
}

// ListConsumerGroupOffsetsBatch implements ClusterAdmin.
func (c clusterAdmin) ListConsumerGroupOffsetsBatch(groupTopics map[string]map[string][]int32) (map[string]*OffsetFetchResponseGroup, error) {
	found, outcomes := c.fetchOffsets(c.ctx, groupTopics)
	for _, group := range slices.Sorted(maps.Keys(outcomes)) {
		o := outcomes[group]
		switch {
		case o.err == nil:
		case errors.Is(o.err, ErrUnsupportedVersion):
			return nil, ErrUnsupportedVersion
		case o.stage != stageAnswered || staleCoordinator(o.err):
			return nil, o.err
		}
	}
	return found, nil
}

// firstManyGroups is the first version of OffsetFetch for several groups (KIP-709).
const firstManyGroups = 8

// fetchOffsets asks each coordinator for all its groups at once.
func (a *adminCore) fetchOffsets(ctx context.Context, groups map[string]map[string][]int32) (map[string]*OffsetFetchResponseGroup, coordinated) {
	var found syncMap[*OffsetFetchResponseGroup]
	ids := slices.Sorted(maps.Keys(groups))
	outcomes := a.toCoordinators(ctx, CoordinatorGroup, ids, func(ctx context.Context, coordinator *Broker, own []string) (map[string]error, error) {
		request := NewOffsetFetchRequest(a.conf.Version, "", nil)
		request.Groups = nil
		for _, group := range own {
			request.Groups = append(request.Groups, OffsetFetchRequestGroup{GroupId: group, Partitions: groups[group]})
		}
		answer, err := put(ctx, coordinator, question[OffsetFetchResponse]{req: request, least: firstManyGroups})
		if err != nil {
			return nil, err
		}
		refused := unanswered(own)
		for i := range answer.Groups {
			group := &answer.Groups[i]
			found.put(group.GroupId, group)
			refused[group.GroupId] = codeOrNil(group.Err)
		}
		return refused, nil
	})
	return found.all(), outcomes
}

// AlterConsumerGroupOffsets implements ClusterAdmin.
func (c clusterAdmin) AlterConsumerGroupOffsets(
	group string, offsets map[string]map[int32]OffsetAndMetadata, _ *AlterConsumerGroupOffsetsOptions,
) (*OffsetCommitResponse, error) {
	return c.commitOffsets(c.ctx, group, offsets)
}

func (a *adminCore) commitOffsets(
	ctx context.Context, group string, offsets map[string]map[int32]OffsetAndMetadata,
) (*OffsetCommitResponse, error) {
	if len(offsets) == 0 {
		return nil, ConfigurationError("no offsets provided")
	}
	request := NewOffsetCommitRequest(a.conf, group)
	timestamp := int64(0)
	if request.Version == 1 {
		timestamp = ReceiveTime
	}
	for topic, partitions := range offsets {
		for p, o := range partitions {
			request.AddBlockWithLeaderEpoch(topic, p, o.Offset, o.LeaderEpoch, timestamp, o.Metadata)
		}
	}
	return toCoordinator(ctx, a, CoordinatorGroup, group, question[OffsetCommitResponse]{
		req: request,
		judge: func(answer *OffsetCommitResponse) error {
			for _, tp := range partitionKeys(answer.Errors) {
				if code := answer.Errors[tp.topic][tp.partition]; staleCoordinator(code) {
					return code
				}
			}
			return nil
		},
	})
}

// DeleteConsumerGroupOffset implements ClusterAdmin.
func (c clusterAdmin) DeleteConsumerGroupOffset(group string, topic string, partition int32) error {
	answer, err := c.deleteOffsets(c.ctx, group, map[string][]int32{topic: {partition}})
	if err != nil {
		return err
	}
	code, ok := answer.Errors[topic][partition]
	if !ok {
		return ErrIncompleteResponse
	}
	return codeOrNil(code)
}

func (a *adminCore) deleteOffsets(ctx context.Context, group string, partitions map[string][]int32) (*DeleteOffsetsResponse, error) {
	request := &DeleteOffsetsRequest{Version: a.latest(protocol.KeyOffsetDelete), Group: group}
	for topic, list := range partitions {
		for _, p := range list {
			request.AddPartition(topic, p)
		}
	}
	return toCoordinator(ctx, a, CoordinatorGroup, group, question[DeleteOffsetsResponse]{
		req: request,
		judge: func(answer *DeleteOffsetsResponse) error {
			if answer.ErrorCode != ErrNoError {
				return answer.ErrorCode
			}
			for _, tp := range partitionKeys(answer.Errors) {
				if code := answer.Errors[tp.topic][tp.partition]; staleCoordinator(code) {
					return code
				}
			}
			return nil
		},
	})
}

// DeleteConsumerGroup implements ClusterAdmin.
func (c clusterAdmin) DeleteConsumerGroup(group string) error {
	outcome := c.deleteGroups(c.ctx, []string{group})[group]
	var coded *groupError
	if errors.As(outcome.err, &coded) {
		return coded.code
	}
	return outcome.err
}

// groupError is why a group was not deleted.
type groupError struct {
	code    KError
	message *string
}

// Error implements error.
func (e *groupError) Error() string { return withMessage(e.code, e.message).Error() }

// Unwrap returns the code.
func (e *groupError) Unwrap() error { return e.code }

func (a *adminCore) deleteGroups(ctx context.Context, groups []string) coordinated {
	return a.toCoordinators(ctx, CoordinatorGroup, distinctNames(groups), func(ctx context.Context, coordinator *Broker, own []string) (map[string]error, error) {
		answer, err := put(ctx, coordinator, question[DeleteGroupsResponse]{
			req: &DeleteGroupsRequest{Version: a.latest(protocol.KeyDeleteGroups), Groups: own},
		})
		if err != nil {
			return nil, err
		}
		refused := make(map[string]error)
		for _, group := range own {
			code, ok := answer.GroupErrorCodes[group]
			switch {
			case !ok:
				refused[group] = ErrIncompleteResponse
			case code != ErrNoError:
				refused[group] = &groupError{code, answer.GroupErrorMessages[group]}
			}
		}
		return refused, nil
	})
}

// firstManyMembers is the first version of LeaveGroup that names static members.
const firstManyMembers = 3

// RemoveMemberFromConsumerGroup implements ClusterAdmin.
func (c clusterAdmin) RemoveMemberFromConsumerGroup(group string, groupInstanceIds []string) (*LeaveGroupResponse, error) {
	if !c.conf.Version.IsAtLeast(V2_4_0_0) {
		return nil, ConfigurationError("Removing members from a consumer group headers requires Kafka version of at least v2.4.0")
	}
	var members []MemberIdentity
	for _, id := range groupInstanceIds {
		members = append(members, MemberIdentity{GroupInstanceId: &id})
	}
	return c.removeMembers(c.ctx, group, members)
}

func (a *adminCore) removeMembers(ctx context.Context, group string, members []MemberIdentity) (*LeaveGroupResponse, error) {
	return toCoordinator(ctx, a, CoordinatorGroup, group, question[LeaveGroupResponse]{
		req:   &LeaveGroupRequest{Version: a.latest(protocol.KeyLeaveGroup), GroupId: group, Members: members},
		least: firstManyMembers,
		judge: func(answer *LeaveGroupResponse) error { return codeOrNil(answer.Err) },
	})
}
