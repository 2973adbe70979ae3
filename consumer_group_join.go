package sarama

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// generation is what a member is in after it has joined.
type generation struct {
	membership
	claims map[string][]int32
	// planned has the partitions of all topics of the group if the member leads it, else it is nil.
	planned map[string][]int32
	// joined is the state of the member that joined.
	joined classicMember
}

// heldClaims are claims that go on while their member joins again.
type heldClaims struct {
	claims     map[string][]int32
	generation int32
	offsets    *offsetManager // commits what is processed meanwhile
}

// joining is one attempt to become a part of the next generation.
type joining struct {
	*consumerGroup
	sub    *subscription
	held   *heldClaims
	member classicMember
	link   *Broker // what the member joins over
	asked  *Broker // the coordinator that the last word is of
	answer *JoinGroupResponse
	result *generation
}

// join has the member take part in the next generation; held is what it consumes meanwhile, nil: nothing.
func (g *consumerGroup) join(ctx context.Context, sub *subscription, held *heldClaims) (*generation, error) {
	j := &joining{consumerGroup: g, sub: sub, held: held, member: classicMember{id: g.memberID}}
	if held != nil {
		j.member.holds, j.member.heldSince = len(held.claims) > 0, held.generation
	}
	defer j.disconnect()
	begin := g.consumer.told.now()
	event := memberEvent{kind: heardStart, retries: g.conf.Consumer.Group.Rebalance.Retry.Max}
	for {
		before := j.member
		var action memberAction
		j.member, action = j.member.next(event)
		j.log(before, action)
		g.memberID = j.member.id
		if held != nil {
			held.generation = j.member.heldSince
		}
		if err := j.prepare(ctx, action); err != nil {
			return nil, err
		}
		var err error
		switch action.do {
		case doJoin:
			event, err = j.sendJoin(ctx)
		case doSync:
			event, err = j.sendSync(ctx)
		case doConsume:
			j.result.joined = j.member
			g.consumer.told.rebalanced(begin)
			return j.result, nil
		default:
			err = j.failure("joining", j.asked, action.err, nil)
		}
		if err != nil {
			return nil, err
		}
	}
}

// log tells what changes.
func (j *joining) log(before classicMember, action memberAction) {
	if action.err != nil {
		j.conf.log().Printf("consumergroup/%s member %q %v -> %v (%v)\n", logGroup(j.id), logMember(j.member.id), before.phase, j.member.phase, action.err)
	} else if before.phase != j.member.phase {
		j.conf.log().Printf("consumergroup/%s member %q %v -> %v\n", logGroup(j.id), logMember(j.member.id), before.phase, j.member.phase)
	}
	if errors.Is(action.err, ErrFencedInstancedId) && j.instanceID != nil {
		j.consumerGroup.log().Printf("JoinGroup failed: group instance id %s has been fenced\n", logInstance(*j.instanceID))
	}
	if action.do == doFail && j.member.holds {
		j.conf.log().Printf("consumergroup/%s: lost ownership of %v due to %v\n", logGroup(j.id), j.held.claims, action.err)
	}
}

// prepare does what an action has to be preceded by.
func (j *joining) prepare(ctx context.Context, action memberAction) error {
	if err := wait(ctx, action.backoff(j.conf.Consumer.Group.Rebalance.Retry.Backoff)); err != nil {
		return err
	}
	if action.refresh {
		// That it fails is seen when the coordinator is asked for: then the one known before is asked, or there is none.
		_ = seekCoordinator(ctx, j.client, j.id)
	}
	return nil
}

// connect finds the coordinator. JoinGroup waits for all members, and brokers answer a connection's requests one by one:
// over one that others use, commits and metadata would wait along.
func (j *joining) connect(ctx context.Context) error {
	j.asked = nil
	coordinator, err := j.client.coordinator(ctx, CoordinatorGroup, j.id)
	if err != nil {
		return err
	}
	if j.link == nil || j.link.ID() != coordinator.ID() || j.link.Addr() != coordinator.Addr() {
		j.disconnect()
		j.link = coordinator.another()
	}
	j.asked = j.link
	if err := j.link.Open(j.conf); err != nil && !errors.Is(err, ErrAlreadyConnected) {
		return err
	}
	return nil
}

func (j *joining) disconnect() {
	if j.link != nil {
		_ = j.link.Close()
		j.link = nil
	}
}

// sendJoin asks to be a member of the next generation. An error is none that trying again helps with.
func (j *joining) sendJoin(ctx context.Context) (memberEvent, error) {
	request, err := j.joinRequest()
	if err != nil {
		return memberEvent{}, err
	}
	if err := j.connect(ctx); err != nil {
		return memberEvent{kind: heardCoordinator, err: err}, j.fatal(ctx, err)
	}
	j.count.joins.Inc(1)
	j.answer, err = j.ask(ctx, request)
	if err != nil {
		j.count.failedJoins.Inc(1)
		j.disconnect()
		return memberEvent{kind: heardJoin, err: err}, j.fatal(ctx, err)
	}
	if j.answer.Err != ErrNoError {
		j.count.failedJoins.Inc(1)
	} else {
		j.reason = nil // a join that is refused, for the member id of KIP-394 too, is repeated with it
		if j.held != nil {
			j.held.offsets.member.joined(j.answer.MemberId, j.answer.GenerationId)
		}
	}
	return memberEvent{kind: heardJoin, code: j.answer.Err, id: j.answer.MemberId, generation: j.answer.GenerationId}, nil
}

// fatal returns err if there is no sense in trying again.
func (j *joining) fatal(ctx context.Context, err error) error {
	var unwritten PacketEncodingError
	if ctx.Err() != nil || errors.Is(err, ErrClosedClient) || errors.As(err, &unwritten) || errors.Is(err, ErrUnsupportedVersion) {
		return err
	}
	return nil
}

func (j *joining) joinRequest() (*JoinGroupRequest, error) {
	group := &j.conf.Consumer.Group
	request := &JoinGroupRequest{
		Version:          protocol.MaxVersionFor(protocol.KeyJoinGroup, j.conf.Version),
		GroupId:          j.id,
		MemberId:         j.member.id,
		SessionTimeout:   int32(group.Session.Timeout / time.Millisecond),
		RebalanceTimeout: int32(group.Rebalance.Timeout / time.Millisecond),
		ProtocolType:     "consumer",
	}
	if request.Version >= 5 {
		request.GroupInstanceId = j.instanceID
	}
	if request.Version >= 8 && j.reason != nil {
		reason := reasonOf(j.reason)
		request.Reason = &reason
	}
	for _, strategy := range j.conf.groupStrategies() {
		if err := request.AddGroupProtocolMetadata(strategy.Name(), j.metadata(strategy)); err != nil {
			return nil, fmt.Errorf("joining group %s with strategy %s: %w", j.id, strategy.Name(), err)
		}
	}
	return request, nil
}

// metadata is what the member tells the leader by one of its strategies.
func (j *joining) metadata(strategy BalanceStrategy) *ConsumerGroupMemberMetadata {
	meta := &ConsumerGroupMemberMetadata{
		Version:      subscriptionVersion(j.conf.Version),
		Topics:       j.sub.topics,
		UserData:     j.userData,
		GenerationID: GroupGenerationUndefined,
	}
	if j.held != nil {
		meta.GenerationID = j.held.generation
		for _, topic := range slices.Sorted(maps.Keys(j.held.claims)) {
			meta.OwnedPartitions = append(meta.OwnedPartitions, &OwnedPartition{Topic: topic, Partitions: j.held.claims[topic]})
		}
	}
	if j.conf.RackID != "" && meta.Version >= 3 {
		meta.RackID = &j.conf.RackID
	}
	if own, ok := strategy.(SubscriptionUserDataBalanceStrategy); ok {
		data, err := own.SubscriptionUserData(slices.Clone(j.sub.topics))
		if err != nil {
			j.conf.log().Printf("consumergroup/%s: falling back to static user data for strategy %q due to %v\n", logGroup(j.id), strategy.Name(), err)
			return meta
		}
		meta.UserData = data
	}
	return meta
}

// subscriptionVersion goes by the brokers' version rather than by the strategies, so that what a member owns is told before
// the last one of a group uses the cooperative protocol.
func subscriptionVersion(v KafkaVersion) int16 {
	switch {
	case v.IsAtLeast(V3_5_0_0):
		return 3 // KIP-881: rack
	case v.IsAtLeast(V3_2_0_0):
		return 2 // KIP-792: generation
	case v.IsAtLeast(V2_4_0_0):
		return 1 // KIP-429: owned partitions
	default:
		return 0
	}
}

// sendSync asks for the member's claims; a leader has planned those of all before.
func (j *joining) sendSync(ctx context.Context) (memberEvent, error) {
	strategy, err := j.strategy()
	if err != nil {
		return memberEvent{}, err
	}
	j.result = &generation{membership: membership{memberID: j.answer.MemberId, generation: j.answer.GenerationId}}
	request := j.syncRequest(strategy)
	if j.answer.LeaderId == j.answer.MemberId {
		if err := j.plan(ctx, strategy, request); err != nil {
			return memberEvent{}, fmt.Errorf("assigning the partitions of group %s: %w", j.id, err)
		}
	}
	j.count.syncs.Inc(1)
	answer, err := askContext[SyncGroupResponse](ctx, j.link, request)
	if j.held != nil {
		j.held.offsets.member.assigned()
	}
	if err != nil {
		j.count.failedSyncs.Inc(1)
		j.disconnect()
		return memberEvent{kind: heardSync, err: err}, j.fatal(ctx, err)
	}
	if answer.Err != ErrNoError {
		j.count.failedSyncs.Inc(1)
	} else if err := j.take(answer, strategy); err != nil {
		return memberEvent{}, fmt.Errorf("the assignment of group %s: %w", j.id, err)
	}
	return memberEvent{kind: heardSync, code: answer.Err, retries: j.conf.Metadata.Retry.Max}, nil
}

// strategy is the one that the coordinator chose, of those that all members have.
func (j *joining) strategy() (BalanceStrategy, error) {
	if strategy := j.conf.Consumer.Group.Rebalance.Strategy; strategy != nil {
		return strategy, nil
	}
	for _, strategy := range j.conf.groupStrategies() {
		if strategy.Name() == j.answer.GroupProtocol {
			return strategy, nil
		}
	}
	return nil, fmt.Errorf("unable to find selected strategy: %s", j.answer.GroupProtocol)
}

func (j *joining) syncRequest(strategy BalanceStrategy) *SyncGroupRequest {
	request := &SyncGroupRequest{
		Version:      protocol.MaxVersionFor(protocol.KeySyncGroup, j.conf.Version),
		GroupId:      j.id,
		MemberId:     j.answer.MemberId,
		GenerationId: j.answer.GenerationId,
	}
	if request.Version >= 3 {
		request.GroupInstanceId = j.instanceID
	}
	if request.Version >= 5 {
		kind, name := "consumer", strategy.Name()
		request.ProtocolType, request.ProtocolName = &kind, &name
	}
	return request
}

// plan assigns partitions to all members. A static leader that comes again is told to leave the assignment as it is
// (KIP-814), and looks after the topics nevertheless.
func (j *joining) plan(ctx context.Context, strategy BalanceStrategy, request *SyncGroupRequest) error {
	members, err := j.answer.GetMembers()
	if err != nil {
		return err
	}
	if j.result.planned, err = j.partitionsOf(ctx, members); err != nil || j.answer.SkipAssignment {
		return err
	}
	plan, err := j.planFor(strategy, members, j.result.planned)
	if err != nil {
		return err
	}
	for id := range members {
		if _, ok := plan[id]; !ok {
			if plan == nil {
				plan = make(BalanceStrategyPlan)
			}
			plan[id] = nil
		}
	}
	for _, id := range slices.Sorted(maps.Keys(plan)) {
		assignment := &ConsumerGroupMemberAssignment{Topics: plan[id]}
		if len(plan[id]) > 0 {
			if assignment.UserData, err = strategy.AssignmentData(id, plan[id], j.answer.GenerationId); err != nil {
				return err
			}
		}
		if err := request.AddGroupAssignmentMember(id, assignment); err != nil {
			return err
		}
	}
	return nil
}

func (j *joining) planFor(strategy BalanceStrategy, members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32) (BalanceStrategyPlan, error) {
	if aware, ok := strategy.(RackAwareBalanceStrategy); ok && hasRacks(members) {
		return aware.PlanWithRacks(members, topics, racksOf(j.client))
	}
	return strategy.Plan(members, topics)
}

// racksOf tells the racks of a partition's replicas, as last heard.
func racksOf(client Client) func(topic string, partition int32) []string {
	racks := make(map[int32]string)
	for _, broker := range client.Brokers() {
		racks[broker.ID()] = broker.Rack()
	}
	return func(topic string, partition int32) []string {
		replicas, _ := client.Replicas(topic, partition) // with an error, too, which is that not all of them are there
		of := make([]string, 0, len(replicas))
		for _, id := range replicas {
			of = append(of, racks[id])
		}
		return of
	}
}

// partitionsOf returns the partitions of all topics that members subscribe to, as of now. Topics that are not there have none.
func (j *joining) partitionsOf(ctx context.Context, members map[string]ConsumerGroupMemberMetadata) (map[string][]int32, error) {
	topics := make(map[string][]int32)
	for _, meta := range members {
		for _, topic := range meta.Topics {
			topics[topic] = nil
		}
	}
	if len(topics) == 0 {
		return topics, nil
	}
	if err := j.refreshBriefly(ctx, slices.Sorted(maps.Keys(topics))); err != nil && !errors.Is(err, ErrUnknownTopicOrPartition) {
		return nil, err
	}
	for topic := range topics {
		partitions, err := partitionsNow(j.client, topic)
		if err != nil {
			return nil, err
		}
		topics[topic] = partitions
	}
	return topics, nil
}

// refreshBriefly is refreshTopics for a leader, for whose plan all members wait: where there is no answer in time, what was heard last
// has to do. The topics' watch sees what that lacks.
func (j *joining) refreshBriefly(ctx context.Context, topics []string) error {
	brief, cancel := briefly(ctx, j.conf)
	defer cancel()
	err := refreshTopics(brief, j.client, topics)
	unknown := func(topic string) bool { return len(j.client.knownPartitions(topic, false)) == 0 }
	if err == nil || ctx.Err() != nil || brief.Err() == nil || slices.ContainsFunc(topics, unknown) {
		return err
	}
	j.conf.log().Printf("consumergroup/%s planning with the topics as last heard of: %v\n", logGroup(j.id), err)
	return nil
}

// partitionsNow returns the partitions of a topic whose metadata is fresh, none if it does not exist.
func partitionsNow(client clusterClient, topic string) ([]int32, error) {
	if known := client.knownPartitions(topic, false); known != nil {
		return slices.Clone(known), nil
	}
	if _, foreign := client.(foreignClient); !foreign {
		return nil, nil
	}
	partitions, err := client.Partitions(topic)
	if errors.Is(err, ErrUnknownTopicOrPartition) {
		return nil, nil
	}
	return slices.Clone(partitions), err
}

// take reads the member's claims.
func (j *joining) take(answer *SyncGroupResponse, strategy BalanceStrategy) error {
	if len(answer.MemberAssignment) == 0 {
		return nil
	}
	assignment, err := answer.GetMemberAssignment()
	if err != nil {
		return err
	}
	// Stateful strategies send a member what it is to send with its next subscription.
	if j.userData = assignment.UserData; j.userData == nil {
		j.userData = j.conf.Consumer.Group.Member.UserData
	}
	if s, ok := strategy.(OnAssignmentBalanceStrategy); ok {
		s.OnAssignment(assignment, j.result.generation)
	}
	j.result.claims = assignment.Topics
	for _, partitions := range j.result.claims {
		slices.Sort(partitions)
	}
	return nil
}

// leave takes the member out of the group, or forgets it: a static member stays.
func (g *consumerGroup) leave() error {
	if g.conf.Consumer.Group.Protocol == ConsumerGroupProtocolConsumer {
		return g.leaveEpochs()
	}
	id := g.memberID
	if g.memberID = ""; id == "" || g.instanceID != nil {
		return nil
	}
	// After a session's timeout the coordinator takes it out by itself.
	ctx, cancel := context.WithTimeout(context.Background(), g.conf.Consumer.Group.Session.Timeout)
	defer cancel()
	return leaveGroup(ctx, g.client, g.id, func(ctx context.Context) error {
		coordinator, answer, err := askCoordinator[LeaveGroupResponse](ctx, g.client, g.id, g.leaveRequest(id))
		if err != nil {
			return err
		}
		switch answer.Err {
		case ErrRebalanceInProgress, ErrUnknownMemberId, ErrNoError:
			return nil
		default:
			return brokerError(coordinator, answer.Err)
		}
	})
}

// longestReason is how many bytes of a reason are told, as by Kafka's own clients: it may be a user's, of any length.
const longestReason = 255

// reasonOf is what JoinGroup tells of why the last session ended (KIP-800).
func reasonOf(cause error) string {
	for _, known := range []struct {
		cause  error
		reason string
	}{
		{ErrRebalanceInProgress, "group is rebalancing"},
		{ErrUnknownMemberId, "member id is not known by the group coordinator"},
		{ErrIllegalGeneration, "generation id is not current"},
		{ErrFencedInstancedId, "group instance id has been fenced"},
		{ErrSessionPartitionCountChanged, "partitions were added to a subscribed topic"},
		{ErrSessionTopicsChanged, "other topics match the subscription"},
		{ErrSessionConsumeClaimExited, "a ConsumeClaim handler has exited"},
		{ErrSessionHeartbeatFailed, "the heartbeat goroutine has stopped"},
	} {
		if errors.Is(cause, known.cause) {
			return known.reason
		}
	}
	return shortened(cause.Error(), longestReason)
}
