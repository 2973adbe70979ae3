package sarama

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/seed20e6684a/sarama/protocol"
)

// ListGroups implements GroupAdmin.
func (c contextAdmin) ListGroups(ctx context.Context, options ListGroupsOptions) ([]GroupListing, error) {
	answers, err := c.listGroups(ctx, &ListGroupsRequest{StatesFilter: options.States, TypesFilter: options.Types})
	var all []GroupListing
	for id, answer := range answers {
		for group, kind := range answer.Groups {
			data := answer.GroupsData[group]
			all = append(all, GroupListing{ID: group, Protocol: kind, State: data.GroupState, Type: data.GroupType, Coordinator: id})
		}
	}
	slices.SortFunc(all, func(a, b GroupListing) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), cmp.Compare(a.Coordinator, b.Coordinator))
	})
	return all, failed("ListGroups", "groups", err)
}

// describer asks coordinators for groups of one type, and keeps what they are.
type describer struct {
	key  int16
	find func(ctx context.Context, groups []string) (map[string]*GroupDetails, coordinated)
}

// DescribeGroups implements GroupAdmin. Coordinators do not tell the type of one group, so that it asks for each type in
// turn, those that are left.
func (c contextAdmin) DescribeGroups(ctx context.Context, groups ...string) (map[string]*GroupDetails, error) {
	found, reasons := make(map[string]*GroupDetails), make(coordinated)
	left := distinctNames(groups)
	for _, d := range []describer{
		{protocol.KeyConsumerGroupDescribe, c.describeConsumer},
		{protocol.KeyDescribeGroups, c.describeClassic},
		{protocol.KeyShareGroupDescribe, c.describeShare},
		{protocol.KeyStreamsGroupDescribe, c.describeStreams},
	} {
		if len(left) == 0 || protocol.MaxVersionFor(d.key, c.conf.Version) < 0 {
			continue
		}
		details, outcomes := d.find(ctx, left)
		left = slices.DeleteFunc(left, func(group string) bool {
			o := outcomes[group]
			if o.err == nil && details[group] != nil {
				found[group] = details[group]
				delete(reasons, group)
				return true
			}
			wrongType := errors.Is(o.err, ErrGroupIDNotFound) || errors.Is(o.err, ErrUnsupportedVersion)
			before, known := reasons[group]
			if !known || !wrongType || errors.Is(before.err, ErrUnsupportedVersion) {
				reasons[group] = o
			}
			return !wrongType
		})
	}
	r := refusals{operation: "DescribeGroups"}
	r.keys("group", reasons)
	return found, r.err()
}

// describeClassic takes what is dead for a group that there is not: before version 6 brokers say no more.
func (c contextAdmin) describeClassic(ctx context.Context, groups []string) (map[string]*GroupDetails, coordinated) {
	found, outcomes := c.describeClassicGroups(ctx, groups, true, c.latest(protocol.KeyDescribeGroups))
	details := make(map[string]*GroupDetails)
	for id, group := range found {
		if outcomes[id].err == nil && group.State == "Dead" {
			outcomes[id] = partitionOutcome{ErrGroupIDNotFound, stageAnswered}
			continue
		}
		details[id] = &GroupDetails{ID: id, State: group.State, Classic: group}
	}
	return details, outcomes
}

// describeTyped asks coordinators with one of the newer requests.
func describeTyped[R any, P message[R]](
	ctx context.Context, a *adminCore, groups []string,
	request func(own []string) protocol.Message, each func(answer *R, put func(*GroupDetails, KError, *string)),
) (map[string]*GroupDetails, coordinated) {
	var found syncMap[*GroupDetails]
	outcomes := a.toCoordinators(ctx, CoordinatorGroup, groups, func(ctx context.Context, coordinator *Broker, own []string) (map[string]error, error) {
		answer, err := put[R, P](ctx, coordinator, question[R]{req: request(own)})
		if err != nil {
			return nil, err
		}
		refused := unanswered(own)
		each(answer, func(details *GroupDetails, code KError, message *string) {
			found.put(details.ID, details)
			refused[details.ID] = withMessage(code, message)
		})
		return refused, nil
	})
	return found.all(), outcomes
}

func (c contextAdmin) describeConsumer(ctx context.Context, groups []string) (map[string]*GroupDetails, coordinated) {
	return describeTyped(ctx, c.adminCore, groups, func(own []string) protocol.Message {
		return &ConsumerGroupDescribeRequest{Version: c.latest(protocol.KeyConsumerGroupDescribe), GroupIDs: own, IncludeAuthorizedOperations: true}
	}, func(answer *ConsumerGroupDescribeResponse, put func(*GroupDetails, KError, *string)) {
		for i := range answer.Groups {
			g := &answer.Groups[i]
			put(&GroupDetails{ID: g.GroupID, State: g.GroupState, Consumer: g}, g.ErrorCode, g.ErrorMessage)
		}
	})
}

func (c contextAdmin) describeShare(ctx context.Context, groups []string) (map[string]*GroupDetails, coordinated) {
	return describeTyped(ctx, c.adminCore, groups, func(own []string) protocol.Message {
		return &ShareGroupDescribeRequest{Version: c.latest(protocol.KeyShareGroupDescribe), GroupIDs: own, IncludeAuthorizedOperations: true}
	}, func(answer *ShareGroupDescribeResponse, put func(*GroupDetails, KError, *string)) {
		for i := range answer.Groups {
			g := &answer.Groups[i]
			put(&GroupDetails{ID: g.GroupID, State: g.GroupState, Share: g}, g.ErrorCode, g.ErrorMessage)
		}
	})
}

func (c contextAdmin) describeStreams(ctx context.Context, groups []string) (map[string]*GroupDetails, coordinated) {
	return describeTyped(ctx, c.adminCore, groups, func(own []string) protocol.Message {
		return &StreamsGroupDescribeRequest{Version: c.latest(protocol.KeyStreamsGroupDescribe), GroupIDs: own, IncludeAuthorizedOperations: true}
	}, func(answer *StreamsGroupDescribeResponse, put func(*GroupDetails, KError, *string)) {
		for i := range answer.Groups {
			g := &answer.Groups[i]
			put(&GroupDetails{ID: g.GroupID, State: g.GroupState, Streams: g}, g.ErrorCode, g.ErrorMessage)
		}
	})
}

// DeleteGroups implements GroupAdmin.
func (c contextAdmin) DeleteGroups(ctx context.Context, groups ...string) error {
	r := refusals{operation: "DeleteGroups"}
	r.keys("group", c.deleteGroups(ctx, groups))
	return r.err()
}

// RemoveGroupMembers implements GroupAdmin.
func (c contextAdmin) RemoveGroupMembers(ctx context.Context, group string, members ...MemberIdentity) error {
	answer, err := c.removeMembers(ctx, group, members)
	if err != nil {
		return failed("LeaveGroup", "group "+group, err)
	}
	r := refusals{operation: "LeaveGroup"}
	for _, m := range answer.Members {
		name := m.MemberId
		if m.GroupInstanceId != nil {
			name = cmp.Or(name, *m.GroupInstanceId)
		}
		r.add(codeOrNil(m.Err), "member %s of group %s", name, group)
	}
	return r.err()
}

// ListGroupOffsets implements GroupAdmin.
func (c contextAdmin) ListGroupOffsets(
	ctx context.Context, groups map[string]map[string][]int32,
) (map[string]map[string]map[int32]*OffsetFetchResponseBlock, error) {
	found, outcomes := c.fetchOffsets(ctx, groups)
	blocks := make(map[string]map[string]map[int32]*OffsetFetchResponseBlock)
	r := refusals{operation: "OffsetFetch"}
	for group, o := range outcomes {
		if errors.Is(o.err, ErrUnsupportedVersion) { // one by one, then
			answer, err := c.listOffsetsOf(ctx, group, groups[group])
			if o.err = err; err == nil {
				blocks[group] = answer.Blocks
			}
		} else if o.err == nil && found[group] != nil {
			blocks[group] = found[group].Blocks
		}
		r.add(o.err, "group %s", group)
	}
	for group, topics := range blocks {
		for _, tp := range partitionKeys(topics) {
			if block := topics[tp.topic][tp.partition]; block.Err != ErrNoError {
				r.add(block.Err, "partition %s of group %s", tp, group)
				delete(topics[tp.topic], tp.partition)
			}
		}
	}
	return blocks, r.err()
}

// AlterGroupOffsets implements GroupAdmin.
func (c contextAdmin) AlterGroupOffsets(ctx context.Context, group string, offsets map[string]map[int32]OffsetAndMetadata) error {
	answer, err := c.commitOffsets(ctx, group, offsets)
	if err != nil {
		return failed("OffsetCommit", "group "+group, err)
	}
	r := refusals{operation: "OffsetCommit"}
	for _, tp := range partitionKeys(answer.Errors) {
		r.add(codeOrNil(answer.Errors[tp.topic][tp.partition]), "partition %s of group %s", tp, group)
	}
	return r.err()
}

// DeleteGroupOffsets implements GroupAdmin.
func (c contextAdmin) DeleteGroupOffsets(ctx context.Context, group string, partitions map[string][]int32) error {
	answer, err := c.deleteOffsets(ctx, group, partitions)
	if err != nil {
		return failed("OffsetDelete", "group "+group, err)
	}
	r := refusals{operation: "OffsetDelete"}
	for _, tp := range partitionList(partitions) {
		code, ok := answer.Errors[tp.topic][tp.partition]
		if !ok {
			r.add(ErrIncompleteResponse, "partition %s of group %s", tp, group)
		}
		r.add(codeOrNil(code), "partition %s of group %s", tp, group)
	}
	return r.err()
}

// ListShareGroupOffsets implements GroupAdmin.
func (c contextAdmin) ListShareGroupOffsets(
	ctx context.Context, groups map[string]map[string][]int32,
) (map[string]map[string]map[int32]DescribeShareGroupOffsetsResponsePartition, error) {
	var found syncMap[DescribeShareGroupOffsetsResponseGroup]
	ids := slices.Sorted(maps.Keys(groups))
	outcomes := c.toCoordinators(ctx, CoordinatorGroup, ids, func(ctx context.Context, coordinator *Broker, own []string) (map[string]error, error) {
		request := &DescribeShareGroupOffsetsRequest{Version: c.latest(protocol.KeyDescribeShareGroupOffsets)}
		for _, id := range own {
			group := DescribeShareGroupOffsetsRequestGroup{GroupID: id}
			for topic, list := range groups[id] {
				group.Topics = append(group.Topics, DescribeShareGroupOffsetsRequestTopic{TopicName: topic, Partitions: list})
			}
			request.Groups = append(request.Groups, group)
		}
		answer, err := put(ctx, coordinator, question[DescribeShareGroupOffsetsResponse]{req: request})
		if err != nil {
			return nil, err
		}
		refused := unanswered(own)
		for _, group := range answer.Groups {
			found.put(group.GroupID, group)
			refused[group.GroupID] = withMessage(group.ErrorCode, group.ErrorMessage)
		}
		return refused, nil
	})
	r := refusals{operation: "DescribeShareGroupOffsets"}
	r.keys("group", outcomes)
	offsets := make(map[string]map[string]map[int32]DescribeShareGroupOffsetsResponsePartition)
	for id, group := range found.all() {
		offsets[id] = make(map[string]map[int32]DescribeShareGroupOffsetsResponsePartition)
		for _, topic := range group.Topics {
			for _, p := range topic.Partitions {
				tp := topicPartition{topic.TopicName, p.PartitionIndex}
				r.add(withMessage(p.ErrorCode, p.ErrorMessage), "partition %s of group %s", tp, id)
				if p.ErrorCode == ErrNoError {
					putPartition(offsets[id], tp, p)
				}
			}
		}
	}
	return offsets, r.err()
}

// AlterShareGroupOffsets implements GroupAdmin.
func (c contextAdmin) AlterShareGroupOffsets(ctx context.Context, group string, offsets map[string]map[int32]int64) error {
	request := &AlterShareGroupOffsetsRequest{Version: c.latest(protocol.KeyAlterShareGroupOffsets), GroupID: group}
	for topic, partitions := range offsets {
		t := AlterShareGroupOffsetsRequestTopic{TopicName: topic}
		for p, offset := range partitions {
			t.Partitions = append(t.Partitions, AlterShareGroupOffsetsRequestPartition{PartitionIndex: p, StartOffset: offset})
		}
		request.Topics = append(request.Topics, t)
	}
	answer, err := toCoordinator(ctx, c.adminCore, CoordinatorGroup, group, question[AlterShareGroupOffsetsResponse]{
		req: request,
		judge: func(answer *AlterShareGroupOffsetsResponse) error {
			return withMessage(answer.ErrorCode, answer.ErrorMessage)
		},
	})
	if err != nil {
		return failed("AlterShareGroupOffsets", "group "+group, err)
	}
	r := refusals{operation: "AlterShareGroupOffsets"}
	for _, topic := range answer.Responses {
		for _, p := range topic.Partitions {
			r.add(withMessage(p.ErrorCode, p.ErrorMessage), "partition %s-%d of group %s", topic.TopicName, p.PartitionIndex, group)
		}
	}
	return r.err()
}

// DeleteShareGroupOffsets implements GroupAdmin.
func (c contextAdmin) DeleteShareGroupOffsets(ctx context.Context, group string, topics ...string) error {
	request := &DeleteShareGroupOffsetsRequest{Version: c.latest(protocol.KeyDeleteShareGroupOffsets), GroupID: group}
	for _, topic := range topics {
		request.Topics = append(request.Topics, DeleteShareGroupOffsetsRequestTopic{TopicName: topic})
	}
	answer, err := toCoordinator(ctx, c.adminCore, CoordinatorGroup, group, question[DeleteShareGroupOffsetsResponse]{
		req: request,
		judge: func(answer *DeleteShareGroupOffsetsResponse) error {
			return withMessage(answer.ErrorCode, answer.ErrorMessage)
		},
	})
	if err != nil {
		return failed("DeleteShareGroupOffsets", "group "+group, err)
	}
	r := refusals{operation: "DeleteShareGroupOffsets"}
	for _, topic := range answer.Responses {
		r.add(withMessage(topic.ErrorCode, topic.ErrorMessage), "topic %s of group %s", topic.TopicName, group)
	}
	return r.err()
}
