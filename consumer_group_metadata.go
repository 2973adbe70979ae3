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
