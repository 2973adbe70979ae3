package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// OffsetFetchResponse answers an OffsetFetchRequest. Up to v7 it has the offsets
// of one group; from v8 on those of all groups, and Blocks and Err, which are not
// written then, read as those of the first.
type OffsetFetchResponse struct {
	Version        int16
	ThrottleTimeMs int32 // milliseconds, v3
	Blocks         map[string]map[int32]*OffsetFetchResponseBlock
	Err            KError                     // v2, of the group as a whole
	Groups         []OffsetFetchResponseGroup // v8 (KIP-709)
	UnknownTags    map[uint32][]byte
}

// OffsetFetchResponseGroup holds the offsets of one group (v8, KIP-709).
type OffsetFetchResponseGroup struct {
	GroupId     string
	Blocks      map[string]map[int32]*OffsetFetchResponseBlock
	Err         KError          // of the group as a whole
	TopicIDs    map[string]Uuid // v10, as in the request
	UnknownTags map[uint32][]byte
}

// OffsetFetchResponseBlock is the committed offset of one partition.
type OffsetFetchResponseBlock struct {
	Offset      int64 // of the next record to read, -1 if none is committed
	LeaderEpoch int32 // v5, of the last record that was read, -1 if it is not known (KIP-320)
	Metadata    string
	Err         KError
	UnknownTags map[uint32][]byte
}

// AddBlock sets the offset of a partition: for brokers that are played by tests.
func (g *OffsetFetchResponseGroup) AddBlock(topic string, partition int32, block *OffsetFetchResponseBlock) {
	putBlock(&g.Blocks, topic, partition, block)
}

// GetBlock returns the answer for a partition, nil if there is none.
func (g *OffsetFetchResponseGroup) GetBlock(topic string, partition int32) *OffsetFetchResponseBlock {
	return blockOf(g.Blocks, topic, partition)
}

// GroupError returns the error of the group, at v8 of the first group.
func (r *OffsetFetchResponse) GroupError() KError {
	if r.Version < 8 {
		return r.Err
	}
	if len(r.Groups) == 0 {
		return ErrNoError
	}
	return r.Groups[0].Err
}

// GetGroup returns the answer for a group (v8), nil if there is none.
func (r *OffsetFetchResponse) GetGroup(groupID string) *OffsetFetchResponseGroup {
	if r.Version < 8 {
		return nil
	}
	for i := range r.Groups {
		if r.Groups[i].GroupId == groupID {
			return &r.Groups[i]
		}
	}
	return nil
}

// GetBlock returns the answer for a partition, at v8 in the first group, nil if there is none.
func (r *OffsetFetchResponse) GetBlock(topic string, partition int32) *OffsetFetchResponseBlock {
	if r.Version < 8 {
		return blockOf(r.Blocks, topic, partition)
	}
	if len(r.Groups) == 0 {
		return nil
	}
	return r.Groups[0].GetBlock(topic, partition)
}

// GetGroupBlock returns the answer for a partition in a group (v8), nil if there is none.
func (r *OffsetFetchResponse) GetGroupBlock(groupID string, topic string, partition int32) *OffsetFetchResponseBlock {
	g := r.GetGroup(groupID)
	if g == nil {
		return nil
	}
	return g.GetBlock(topic, partition)
}

// AddBlock sets the offset of a partition, at v8 in the first group, which is
// made if there is none: for brokers that are played by tests.
func (r *OffsetFetchResponse) AddBlock(topic string, partition int32, block *OffsetFetchResponseBlock) {
	if r.Version < 8 {
		putBlock(&r.Blocks, topic, partition, block)
		return
	}
	if len(r.Groups) == 0 {
		r.Groups = []OffsetFetchResponseGroup{{}}
	}
	r.Groups[0].AddBlock(topic, partition, block)
}

// AddGroupBlock sets the offset of a partition in a group, which is made if it is
// not there; below v8 there is one group, whatever it is called.
func (r *OffsetFetchResponse) AddGroupBlock(groupID, topic string, partition int32, block *OffsetFetchResponseBlock) {
	if r.Version < 8 {
		r.AddBlock(topic, partition, block)
		return
	}
	g := r.GetGroup(groupID)
	if g == nil {
		r.Groups = append(r.Groups, OffsetFetchResponseGroup{GroupId: groupID})
		g = &r.Groups[len(r.Groups)-1]
	}
	g.AddBlock(topic, partition, block)
}

func (r *OffsetFetchResponse) identity() identity { return response(KeyOffsetFetch, &r.Version) }

func (r *OffsetFetchResponse) walk(c *wire.Codec) {
	if c.Version >= 3 {
		c.Int32(&r.ThrottleTimeMs)
	}
	if c.Version >= 8 {
		values(c, &r.Groups)
		emptyAsNil(c, &r.Groups)
		r.readFirst(c)
		c.Tags(&r.UnknownTags)
		return
	}
	fetchedOffsets(c, &r.Blocks, nil)
	if c.Version >= 2 {
		c.Int16((*int16)(&r.Err))
	}
	c.Tags(&r.UnknownTags)
}

func (r *OffsetFetchResponse) readFirst(c *wire.Codec) {
	if !c.Reading() {
		return
	}
	r.Blocks, r.Err = nil, ErrNoError
	if len(r.Groups) > 0 {
		r.Blocks, r.Err = r.Groups[0].Blocks, r.Groups[0].Err
	}
}

func (g *OffsetFetchResponseGroup) walk(c *wire.Codec) {
	c.String(&g.GroupId)
	fetchedOffsets(c, &g.Blocks, &g.TopicIDs)
	nilAsEmpty(c, &g.Blocks)
	c.Int16((*int16)(&g.Err))
	c.Tags(&g.UnknownTags)
}

// fetchedOffsets carries offsets by topic; a topic without partitions reads as a nil map.
func fetchedOffsets(c *wire.Codec, m *map[string]map[int32]*OffsetFetchResponseBlock, ids *map[string]Uuid) {
	mapped(c, m, func(topic *string, blocks *map[int32]*OffsetFetchResponseBlock) {
		topicKey(c, offsetFetchTopicIDs, topic, ids)
		partitionMap(c, blocks)
		if c.Reading() && len(*blocks) == 0 {
			*blocks = nil
		}
		c.Tags(nil)
	})
}

func (b *OffsetFetchResponseBlock) walk(c *wire.Codec) {
	c.Int64(&b.Offset)
	switch {
	case c.Version >= 5:
		c.Int32(&b.LeaderEpoch)
	case c.Reading():
		b.LeaderEpoch = -1
	}
	c.String(&b.Metadata)
	c.Int16((*int16)(&b.Err))
	c.Tags(&b.UnknownTags)
}
