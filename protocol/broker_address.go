package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// BrokerAddress is a broker as messages name it: where to reach which node.
type BrokerAddress struct {
	ID          int32
	Host        string
	Port        int32
	Rack        *string // v1 of Metadata; nil if the broker has none
	UnknownTags map[uint32][]byte
}

// walk has the layout of Metadata's brokers and of the endpoints of KIP-951.
func (b *BrokerAddress) walk(c *wire.Codec) {
	c.Int32(&b.ID)
	c.String(&b.Host)
	c.Int32(&b.Port)
	if c.Version >= 1 {
		c.NullString(&b.Rack)
	}
	c.Tags(&b.UnknownTags)
}
