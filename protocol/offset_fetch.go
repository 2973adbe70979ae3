package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// offsetFetchTopicIDs is the first version of OffsetFetch with topic ids in place of names.
const offsetFetchTopicIDs = 10

// OffsetFetchRequest asks for the committed offsets of a group, or from v8 on of
// several (API OffsetFetch, KIP-709).
type OffsetFetchRequest struct {
	Version       int16
	ConsumerGroup string                    // up to v7
	RequireStable bool                      // v7, an offset in an open transaction is an error (KIP-447)
	Groups        []OffsetFetchRequestGroup // v8
	UnknownTags   map[uint32][]byte
	partitions    map[string][]int32 // up to v7; nil asks for all (v2, KIP-88)
	stableIfKnown bool
}

// OffsetFetchRequestGroup is a group whose offsets are asked for (v8).
type OffsetFetchRequestGroup struct {
	GroupId string
	// Partitions are those whose offsets are asked for, by topic; nil asks for all.
	Partitions map[string][]int32
	// TopicIDs are the ids of the topics, which v10 sends in place of their names
	// (KIP-848). What is read at v10 has the ids' text for names.
	TopicIDs map[string]Uuid
	// Member is the member that asks, with an epoch that the coordinator checks
	// (v9, KIP-848); nil for none.
	Member      *OffsetFetchMember
	UnknownTags map[uint32][]byte
}

// OffsetFetchMember is a member of a group that asks for its offsets (v9, KIP-848).
type OffsetFetchMember struct {
	ID    *string
	Epoch int32 // -1 for none
}

// NewOffsetFetchRequest returns a request for a group's offsets of partitions by
// topic, or of all if partitions is nil, at the version that brokers of a Kafka
// version know, 8 at most.
func NewOffsetFetchRequest(version KafkaVersion, group string, partitions map[string][]int32) *OffsetFetchRequest {
	r := &OffsetFetchRequest{
		Version:       versionFor(KeyOffsetFetch, version, 8),
		ConsumerGroup: group,
		partitions:    partitions,
	}
	if r.Version >= 8 {
		r.Groups = []OffsetFetchRequestGroup{{GroupId: group, Partitions: partitions}}
	}
	return r
}

// RequireStableIfKnown sets RequireStable for a request that may go out at a
// version below 7 all the same, without it.
func RequireStableIfKnown(r *OffsetFetchRequest) { r.RequireStable, r.stableIfKnown = true, true }

// ZeroPartitions makes a request that would ask for all partitions ask for none.
// At v8 it is the first group's, which is made from ConsumerGroup if there is none.
func (r *OffsetFetchRequest) ZeroPartitions() {
	switch {
	case r.Version >= 8:
		if g := r.firstGroup(); g.Partitions == nil {
			g.Partitions = make(map[string][]int32)
		}
	case r.Version >= 2 && r.partitions == nil:
		r.partitions = make(map[string][]int32)
	}
}

// AddPartition asks for the offset of a partition. At v8 it is the first group's,
// which is made from ConsumerGroup if there is none.
func (r *OffsetFetchRequest) AddPartition(topic string, partitionID int32) {
	if r.Version >= 8 {
		r.firstGroup().AddPartition(topic, partitionID)
		return
	}
	addPartition(&r.partitions, topic, partitionID)
}

func (r *OffsetFetchRequest) firstGroup() *OffsetFetchRequestGroup {
	if len(r.Groups) == 0 {
		r.Groups = []OffsetFetchRequestGroup{{GroupId: r.ConsumerGroup}}
	}
	return &r.Groups[0]
}

// AddGroupPartition asks for the offset of a partition in a group, which is added if it is not there (v8).
func (r *OffsetFetchRequest) AddGroupPartition(group, topic string, partitionID int32) {
	for i := range r.Groups {
		if r.Groups[i].GroupId == group {
			r.Groups[i].AddPartition(topic, partitionID)
			return
		}
	}
	g := OffsetFetchRequestGroup{GroupId: group}
	g.AddPartition(topic, partitionID)
	r.Groups = append(r.Groups, g)
}

// AddPartition asks for the offset of a partition.
func (g *OffsetFetchRequestGroup) AddPartition(topic string, partitionID int32) {
	addPartition(&g.Partitions, topic, partitionID)
}

// OffsetFetchGroups returns the groups that a request of any version asks for, with their partitions.
func OffsetFetchGroups(r *OffsetFetchRequest) []OffsetFetchRequestGroup {
	if r.Version >= 8 {
		return r.Groups
	}
	group, partitions := r.single()
	return []OffsetFetchRequestGroup{{GroupId: group, Partitions: partitions}}
}

// single is the one group of a request up to v7, also if it was made for v8.
func (r *OffsetFetchRequest) single() (group string, partitions map[string][]int32) {
	if len(r.Groups) == 1 {
		only := &r.Groups[0]
		if r.ConsumerGroup == "" || r.ConsumerGroup == only.GroupId && r.partitions == nil {
			return only.GroupId, only.Partitions
		}
	}
	return r.ConsumerGroup, r.partitions
}

func (r *OffsetFetchRequest) identity() identity { return request(KeyOffsetFetch, &r.Version) }

func (r *OffsetFetchRequest) walk(c *wire.Codec) {
	if !c.Reading() {
		r.check(c)
	}
	if c.Version >= 8 {
		values(c, &r.Groups)
	} else {
		r.walkSingle(c)
	}
	if c.Version >= 7 {
		c.Bool(&r.RequireStable)
	}
	c.Tags(&r.UnknownTags)
}

func (r *OffsetFetchRequest) check(c *wire.Codec) {
	switch {
	case c.Version < 7 && r.RequireStable && !r.stableIfKnown:
		c.Fail(PacketEncodingError{"requireStable is not supported. use version 7 or later"})
	case c.Version >= 8 && r.Groups == nil:
		c.Fail(PacketEncodingError{"version 8 or later requires Groups to be populated"})
	case c.Version < 8 && len(r.Groups) > 1:
		c.Fail(PacketEncodingError{"multiple groups require version 8 or later"})
	}
}

func (r *OffsetFetchRequest) walkSingle(c *wire.Codec) {
	group, partitions := r.single()
	c.String(&group)
	if c.Version >= 2 {
		nullPartitionLists(c, noTopicIDs, &partitions, nil)
	} else {
		partitionLists(c, &partitions)
	}
	if c.Reading() {
		r.ConsumerGroup, r.partitions, r.Groups = group, partitions, nil
	}
}

func (g *OffsetFetchRequestGroup) walk(c *wire.Codec) {
	c.String(&g.GroupId)
	if c.Version >= 9 {
		g.walkMember(c)
	}
	nullPartitionLists(c, offsetFetchTopicIDs, &g.Partitions, &g.TopicIDs)
	c.Tags(&g.UnknownTags)
}

func (g *OffsetFetchRequestGroup) walkMember(c *wire.Codec) {
	member := OffsetFetchMember{Epoch: -1}
	if g.Member != nil {
		member = *g.Member
	}
	c.NullString(&member.ID)
	c.Int32(&member.Epoch)
	if !c.Reading() {
		return
	}
	g.Member = nil
	if member != (OffsetFetchMember{Epoch: -1}) {
		g.Member = &member
	}
}

// nullPartitionLists is partitionLists for an array that may be null, as a nil
// map; topics have ids from version since on.
func nullPartitionLists(c *wire.Codec, since int16, m *map[string][]int32, ids *map[string]Uuid) {
	nullMapped(c, m, func(topic *string, partitions *[]int32) {
		topicKey(c, since, topic, ids)
		c.Int32s(partitions)
		c.Tags(nil)
	})
}
