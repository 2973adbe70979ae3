package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// walkOutcome carries the responses that tell no more than whether a request succeeded.
func walkOutcome(c *wire.Codec, throttle *time.Duration, code *KError, message **string, unknown *map[uint32][]byte) {
	c.Millis(throttle)
	c.Int16((*int16)(code))
	c.NullString(message)
	c.Tags(unknown)
}
