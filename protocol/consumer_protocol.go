package protocol

import (
	"errors"
	"fmt"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// highestSubscription is the last version of the consumer protocol's subscription that is known here.
const highestSubscription = 3

// ConsumerGroupMemberMetadata is what a member of a consumer group tells when it joins: the metadata of a JoinGroup
// protocol (ConsumerProtocolSubscription v0-v3).
type ConsumerGroupMemberMetadata struct {
	Version         int16
	Topics          []string          // subscribed to
	UserData        []byte            // the strategy's own
	OwnedPartitions []*OwnedPartition // v1 (KIP-429)
	GenerationID    int32             // v2 (KIP-792): in which the partitions were owned
	RackID          *string           // v3 (KIP-881)
}

// OwnedPartition are the partitions of one topic that a member has when it joins.
type OwnedPartition struct {
	Topic      string
	Partitions []int32
}

func (p *OwnedPartition) walk(c *wire.Codec) {
	c.String(&p.Topic)
	c.Int32s(&p.Partitions)
}

func (m *ConsumerGroupMemberMetadata) walk(c *wire.Codec) {
	c.Int16(&m.Version)
	c.Strings(&m.Topics)
	c.NullBytes(&m.UserData)
	if m.Version >= 1 && !missingOwned(c) {
		structs(c, &m.OwnedPartitions)
		emptyAsNil(c, &m.OwnedPartitions)
		m.walkLater(c)
	}
	if m.Version > highestSubscription && c.Reading() && c.Err() == nil {
		var newer []byte // later versions only add fields at the end
		c.Rest(&newer)
	}
}

func (m *ConsumerGroupMemberMetadata) walkLater(c *wire.Codec) {
	if m.Version >= 2 {
		c.Int32(&m.GenerationID)
	}
	if m.Version >= 3 {
		c.NullString(&m.RackID)
	}
}

// missingOwned tells of a subscription that claims version 1 and ends as version 0 does: some clients send such.
func missingOwned(c *wire.Codec) bool { return c.Reading() && c.Left() == 0 }

// ConsumerGroupMemberAssignment is what a member of a consumer group gets from the group's leader by SyncGroup
// (ConsumerProtocolAssignment; its versions are alike).
type ConsumerGroupMemberAssignment struct {
	Version  int16
	Topics   map[string][]int32 // never nil after decoding
	UserData []byte             // the strategy's own
}

func (m *ConsumerGroupMemberAssignment) walk(c *wire.Codec) {
	c.Int16(&m.Version)
	topicPartitions(c, &m.Topics)
	c.NullBytes(&m.UserData)
	if m.Version > highestSubscription && c.Reading() && c.Err() == nil {
		var newer []byte
		c.Rest(&newer)
	}
}

// topicPartitions carries lists of partitions by topic, in the topics' order, so that equal maps are equal bytes.
func topicPartitions(c *wire.Codec, m *map[string][]int32) {
	sorted(c, m, func(topic *string, partitions *[]int32) {
		c.String(topic)
		c.Int32s(partitions)
	})
	nilAsEmpty(c, m)
}

// EncodeSubscription returns m's bytes at its version.
func EncodeSubscription(m *ConsumerGroupMemberMetadata) ([]byte, error) {
	return encodeEmbedded("consumer subscription", m)
}

// DecodeSubscription reads a member's metadata. No bytes at all leave m as it is. Of versions later than 3 it reads what
// they share with version 3.
func DecodeSubscription(b []byte, m *ConsumerGroupMemberMetadata) error {
	return decodeEmbedded("consumer subscription", b, m)
}

// EncodeAssignment returns m's bytes.
func EncodeAssignment(m *ConsumerGroupMemberAssignment) ([]byte, error) {
	return encodeEmbedded("consumer assignment", m)
}

// DecodeAssignment reads a member's assignment. No bytes at all leave m as it is.
func DecodeAssignment(b []byte, m *ConsumerGroupMemberAssignment) error {
	return decodeEmbedded("consumer assignment", b, m)
}

// walker is a layout that brokers pass on as bytes without looking at it: no message of an API.
type walker interface{ walk(c *wire.Codec) }

func encodeEmbedded(name string, m walker) ([]byte, error) {
	var c wire.Codec
	c.ResetWrite(nil, 0, false)
	m.walk(&c)
	if err := c.Err(); err != nil {
		if errors.Is(err, wire.ErrTooLong) {
			err = PacketEncodingError{Info: err.Error()}
		}
		return nil, fmt.Errorf("encoding a %s: %w", name, err)
	}
	return c.Written(), nil
}

func decodeEmbedded(name string, b []byte, m walker) error {
	if b == nil {
		return nil
	}
	var c wire.Codec
	c.ResetRead(b, 0, false)
	m.walk(&c)
	if err := c.End(); err != nil {
		return fmt.Errorf("decoding a %s: %w", name, causeOf(err))
	}
	return nil
}
