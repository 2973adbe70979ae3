package sarama

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"github.com/seed20e6684a/sarama/internal/sticky"
	"github.com/seed20e6684a/sarama/protocol"
)

// BalanceStrategySticky is one strategy for all who use it.
//
// Deprecated: use NewBalanceStrategySticky, which shares nothing.
var BalanceStrategySticky = NewBalanceStrategySticky()

// stickyStrategy has no state: what members had is in their user data.
type stickyStrategy struct{}

// NewBalanceStrategySticky returns a strategy that has all members take as many partitions as the others, as far as their
// subscriptions allow, and has them keep those that they had (KIP-54, KIP-341). Members give up all partitions in a
// rebalance nevertheless; NewBalanceStrategyCooperativeSticky spares them that.
//
// A topic with partitions 0 to 5 and members a and b, and then c too, gives
//
//	a: 0 2 4        a: 0 2
//	b: 1 3 5        b: 1 3
//	                c: 4 5
func NewBalanceStrategySticky() BalanceStrategy { return stickyStrategy{} }

// Name implements BalanceStrategy.
func (stickyStrategy) Name() string { return StickyBalanceStrategyName }

// Plan implements BalanceStrategy. It fails if a member's user data cannot be read.
func (s stickyStrategy) Plan(
	members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32,
) (BalanceStrategyPlan, error) {
	claims, err := s.claims(members)
	if err != nil {
		return nil, err
	}
	return BalanceStrategyPlan(assignSticky(claims, topics, nil)), nil
}

// claims reads what members had.
func (stickyStrategy) claims(members map[string]ConsumerGroupMemberMetadata) (map[string]sticky.Member, error) {
	claims := make(map[string]sticky.Member, len(members))
	for id, metadata := range members {
		data, err := protocol.DecodeStickyUserData(metadata.UserData)
		if err != nil {
			return nil, fmt.Errorf("sticky balance strategy: member %s: %w", id, err)
		}
		owned, generation := protocol.StickyClaim(data)
		claims[id] = sticky.Member{Topics: metadata.Topics, Owned: owned, Generation: generation, Rack: rackOf(metadata)}
	}
	return claims, nil
}

// AssignmentData implements BalanceStrategy: the member's partitions, for it to send them with its next join.
func (stickyStrategy) AssignmentData(_ string, topics map[string][]int32, generationID int32) ([]byte, error) {
	return protocol.EncodeStickyUserData(&StickyAssignorUserDataV1{Topics: topics, Generation: generationID})
}

// assignSticky shares out; racks, if set, tells where partitions are.
func assignSticky(
	claims map[string]sticky.Member, topics map[string][]int32, racks func(topic string, partition int32) []string,
) sticky.Plan {
	plan, conflicts := sticky.AssignNear(claims, topics, racks)
	for _, c := range conflicts {
		Logger.Printf("Topic %s Partition %d is assigned to multiple consumers following sticky assignment generation %d",
			c.Topic, c.Partition, c.Generation)
	}
	return plan
}

// cooperativeStickyStrategy remembers the generation of its member's partitions.
type cooperativeStickyStrategy struct {
	generation atomic.Int32
}

// NewBalanceStrategyCooperativeSticky returns a strategy that shares as NewBalanceStrategySticky does and has members keep
// consuming what does not move (KIP-429). It needs Config.Version 2.4. Each group needs one of its own.
//
// A group that runs changes to it in two rounds of restarts: first with the old strategy behind it in
// Config.Consumer.Group.Rebalance.GroupStrategies, then alone.
func NewBalanceStrategyCooperativeSticky() BalanceStrategy {
	s := &cooperativeStickyStrategy{}
	s.generation.Store(sticky.NoGeneration)
	return s
}

// Name implements BalanceStrategy.
func (s *cooperativeStickyStrategy) Name() string { return CooperativeStickyBalanceStrategyName }

// SupportedProtocols implements RebalanceProtocolBalanceStrategy.
func (s *cooperativeStickyStrategy) SupportedProtocols() []RebalanceProtocol {
	return []RebalanceProtocol{RebalanceProtocolCooperative, RebalanceProtocolEager}
}

// SubscriptionUserData implements SubscriptionUserDataBalanceStrategy: the generation, as Java's assignor writes it.
func (s *cooperativeStickyStrategy) SubscriptionUserData([]string) ([]byte, error) {
	return binary.BigEndian.AppendUint32(nil, uint32(s.generation.Load())), nil
}

// OnAssignment implements OnAssignmentBalanceStrategy.
func (s *cooperativeStickyStrategy) OnAssignment(_ *ConsumerGroupMemberAssignment, generationID int32) {
	s.generation.Store(generationID)
}

// Plan implements BalanceStrategy. What moves from one member to another is in neither's part: the old owner gives it up
// first.
func (s *cooperativeStickyStrategy) Plan(
	members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32,
) (BalanceStrategyPlan, error) {
	return s.plan(members, topics, nil), nil
}

func (s *cooperativeStickyStrategy) plan(
	members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32, racks func(string, int32) []string,
) BalanceStrategyPlan {
	claims := make(map[string]sticky.Member, len(members))
	for id, metadata := range members {
		owned := make(map[string][]int32, len(metadata.OwnedPartitions))
		for _, of := range metadata.OwnedPartitions {
			owned[of.Topic] = append(owned[of.Topic], of.Partitions...)
		}
		claims[id] = sticky.Member{Topics: metadata.Topics, Owned: owned, Generation: ownedGeneration(id, metadata), Rack: rackOf(metadata)}
	}
	plan := assignSticky(claims, topics, racks)
	sticky.Withhold(plan, claims)
	return BalanceStrategyPlan(plan)
}

// ownedGeneration is when a member was given what it owns: a field since version 2 of the metadata (KIP-792), user data
// before.
func ownedGeneration(id string, metadata ConsumerGroupMemberMetadata) int32 {
	switch {
	case metadata.Version >= 2:
		return metadata.GenerationID
	case len(metadata.UserData) == 4:
		return int32(binary.BigEndian.Uint32(metadata.UserData))
	case len(metadata.UserData) != 0:
		Logger.Printf("consumer/cooperative-sticky: ignoring undecodable user data of member %s: %d bytes\n",
			id, len(metadata.UserData))
	}
	return sticky.NoGeneration
}

// AssignmentData implements BalanceStrategy: there is none.
func (s *cooperativeStickyStrategy) AssignmentData(string, map[string][]int32, int32) ([]byte, error) {
	return nil, nil
}
