package protocol

import (
	"encoding/base64"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// Uuid is a 16-byte identifier, such as a topic's (KIP-516). The zero value means none.
type Uuid [16]byte

// String returns the identifier in URL-safe base64 without padding, as Kafka's tools print it.
func (u Uuid) String() string {
	return base64.RawURLEncoding.EncodeToString(u[:])
}

func (u *Uuid) walk(c *wire.Codec) { c.UUID((*[16]byte)(u)) }
