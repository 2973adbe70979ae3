package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// StickyAssignorUserData is what a member of a group with the sticky strategy tells of its partitions: a
// StickyAssignorUserDataV0 or a StickyAssignorUserDataV1.
type StickyAssignorUserData interface {
	walker
	// claim returns the partitions by topic, and the generation in which they were given, -1 if that is not told.
	claim() (topics map[string][]int32, generation int32)
}

// StickyAssignorUserDataV0 tells partitions by topic.
type StickyAssignorUserDataV0 struct {
	Topics map[string][]int32
}

func (m *StickyAssignorUserDataV0) walk(c *wire.Codec) { topicPartitions(c, &m.Topics) }

func (m *StickyAssignorUserDataV0) claim() (map[string][]int32, int32) { return m.Topics, -1 }

// StickyAssignorUserDataV1 tells partitions by topic, and the generation in which they were given (KIP-341).
type StickyAssignorUserDataV1 struct {
	Topics     map[string][]int32
	Generation int32
}

func (m *StickyAssignorUserDataV1) walk(c *wire.Codec) {
	topicPartitions(c, &m.Topics)
	c.Int32(&m.Generation)
}

func (m *StickyAssignorUserDataV1) claim() (map[string][]int32, int32) { return m.Topics, m.Generation }

// EncodeStickyUserData returns m's bytes.
func EncodeStickyUserData(m StickyAssignorUserData) ([]byte, error) {
	return encodeEmbedded("sticky assignor's user data", m)
}

// DecodeStickyUserData reads user data of version 1, or else of version 0. No bytes at all are no partitions.
func DecodeStickyUserData(b []byte) (StickyAssignorUserData, error) {
	v1 := &StickyAssignorUserDataV1{}
	if len(b) == 0 {
		return v1, nil
	}
	if decodeEmbedded("sticky assignor's user data", b, v1) == nil {
		return v1, nil
	}
	v0 := &StickyAssignorUserDataV0{}
	if err := decodeEmbedded("sticky assignor's user data", b, v0); err != nil {
		return nil, err
	}
	return v0, nil
}

// StickyClaim returns the partitions by topic that user data tells of, and their generation, -1 for version 0.
func StickyClaim(m StickyAssignorUserData) (topics map[string][]int32, generation int32) {
	return m.claim()
}
