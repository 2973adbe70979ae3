package sarama

// ConsumerGroupMetadata tells for which group, and for which of its members, offsets are made part of a transaction.
type ConsumerGroupMetadata struct {
	GroupID string
	// GenerationID is the group's generation that the member is in; with GroupGenerationUndefined brokers do not check
	// whether the member still is in the group (KIP-447).
	GenerationID    int32
	MemberID        string
	GroupInstanceID *string // Config.Consumer.Group.InstanceId, nil without static membership (KIP-345)
}

// NewConsumerGroupMetadata tells the group alone: brokers do not check its members.
func NewConsumerGroupMetadata(groupID string) *ConsumerGroupMetadata {
	return &ConsumerGroupMetadata{GroupID: groupID, GenerationID: GroupGenerationUndefined}
}

// NewConsumerGroupMetadataFromSession tells the group and the member that a session is of: brokers refuse offsets of members
// that are none any more (KIP-447). groupInstanceID is Config.Consumer.Group.InstanceId, nil without static membership.
func NewConsumerGroupMetadataFromSession(session ConsumerGroupSession, groupID string, groupInstanceID *string) *ConsumerGroupMetadata {
	return &ConsumerGroupMetadata{
		GroupID:         groupID,
		GenerationID:    session.GenerationID(),
		MemberID:        session.MemberID(),
		GroupInstanceID: groupInstanceID,
	}
}
