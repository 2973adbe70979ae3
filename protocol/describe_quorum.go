package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// DescribeQuorumRequest asks for the state of a KRaft quorum (API DescribeQuorum, KIP-595). There is one: partition 0 of
// the topic __cluster_metadata. Any broker passes the question on to the active controller.
type DescribeQuorumRequest struct {
	Version     int16
	Topics      []DescribeQuorumRequestTopic
	UnknownTags map[uint32][]byte
}

func (r *DescribeQuorumRequest) identity() identity { return request(KeyDescribeQuorum, &r.Version) }

func (r *DescribeQuorumRequest) walk(c *wire.Codec) {
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

// DescribeQuorumRequestTopic is a topic to describe.
type DescribeQuorumRequestTopic struct {
	TopicName   string
	Partitions  []DescribeQuorumRequestPartition
	UnknownTags map[uint32][]byte
}

func (t *DescribeQuorumRequestTopic) walk(c *wire.Codec) {
	c.String(&t.TopicName)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// DescribeQuorumRequestPartition is a partition to describe.
type DescribeQuorumRequestPartition struct {
	PartitionIndex int32
	UnknownTags    map[uint32][]byte
}

func (p *DescribeQuorumRequestPartition) walk(c *wire.Codec) {
	c.Int32(&p.PartitionIndex)
	c.Tags(&p.UnknownTags)
}

// DescribeQuorumResponse answers a DescribeQuorumRequest.
type DescribeQuorumResponse struct {
	Version      int16
	ErrorCode    KError
	ErrorMessage *string // v2
	Topics       []DescribeQuorumResponseTopic
	Nodes        []QuorumNode // v2, where to reach voters and observers (KIP-853)
	UnknownTags  map[uint32][]byte
}

func (r *DescribeQuorumResponse) identity() identity { return response(KeyDescribeQuorum, &r.Version) }

func (r *DescribeQuorumResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&r.ErrorCode))
	if c.Version >= 2 {
		c.NullString(&r.ErrorMessage)
	}
	values(c, &r.Topics)
	if c.Version >= 2 {
		values(c, &r.Nodes)
	}
	c.Tags(&r.UnknownTags)
}

// DescribeQuorumResponseTopic is a topic with its quorums.
type DescribeQuorumResponseTopic struct {
	TopicName   string
	Partitions  []DescribeQuorumResponsePartition
	UnknownTags map[uint32][]byte
}

func (t *DescribeQuorumResponseTopic) walk(c *wire.Codec) {
	c.String(&t.TopicName)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// DescribeQuorumResponsePartition is the quorum of a partition, as its leader sees it.
type DescribeQuorumResponsePartition struct {
	PartitionIndex int32
	ErrorCode      KError
	ErrorMessage   *string // v2
	LeaderID       int32   // -1 if unknown
	LeaderEpoch    int32
	HighWatermark  int64 // the offset below which all is committed
	CurrentVoters  []QuorumReplicaState
	Observers      []QuorumReplicaState // who follow without a vote, as brokers do
	UnknownTags    map[uint32][]byte
}

func (p *DescribeQuorumResponsePartition) walk(c *wire.Codec) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	if c.Version >= 2 {
		c.NullString(&p.ErrorMessage)
	}
	c.Int32(&p.LeaderID)
	c.Int32(&p.LeaderEpoch)
	c.Int64(&p.HighWatermark)
	values(c, &p.CurrentVoters)
	values(c, &p.Observers)
	c.Tags(&p.UnknownTags)
}

// QuorumReplicaState is how far a voter or an observer has followed the leader.
type QuorumReplicaState struct {
	ReplicaID          int32
	ReplicaDirectoryID Uuid  // v2 (KIP-853)
	LogEndOffset       int64 // -1 if unknown
	// LastFetchTimestamp is when the leader last got a fetch of the replica, in milliseconds since the epoch by the
	// leader's clock: -1 for the leader itself, if unknown, and before v1 (KIP-836).
	LastFetchTimestamp int64
	// LastCaughtUpTimestamp is when the leader appended what the replica last asked for, in milliseconds since the
	// epoch: the present time for the leader itself, -1 if unknown and before v1 (KIP-836).
	LastCaughtUpTimestamp int64
	UnknownTags           map[uint32][]byte
}

func (s *QuorumReplicaState) walk(c *wire.Codec) {
	c.Int32(&s.ReplicaID)
	if c.Version >= 2 {
		s.ReplicaDirectoryID.walk(c)
	}
	c.Int64(&s.LogEndOffset)
	switch {
	case c.Version >= 1:
		c.Int64(&s.LastFetchTimestamp)
		c.Int64(&s.LastCaughtUpTimestamp)
	case c.Reading():
		s.LastFetchTimestamp, s.LastCaughtUpTimestamp = -1, -1
	}
	c.Tags(&s.UnknownTags)
}

// QuorumNode is a member of a KRaft quorum with its listeners (v2, KIP-853).
type QuorumNode struct {
	NodeID      int32
	Listeners   []QuorumListener
	UnknownTags map[uint32][]byte
}

func (n *QuorumNode) walk(c *wire.Codec) {
	c.Int32(&n.NodeID)
	values(c, &n.Listeners)
	c.Tags(&n.UnknownTags)
}

// QuorumListener is an endpoint at which a member of a KRaft quorum can be reached (KIP-853).
type QuorumListener struct {
	Name        string
	Host        string
	Port        uint16
	UnknownTags map[uint32][]byte
}

func (l *QuorumListener) walk(c *wire.Codec) {
	c.String(&l.Name)
	c.String(&l.Host)
	c.Uint16(&l.Port)
	c.Tags(&l.UnknownTags)
}
