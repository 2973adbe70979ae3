package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// PushTelemetryRequest gives a broker the metrics that it subscribed to (API PushTelemetry, KIP-714).
type PushTelemetryRequest struct {
	Version          int16
	ClientInstanceID Uuid
	SubscriptionID   int32            // of the response to GetTelemetrySubscriptions
	Terminating      bool             // this is the client's last push: it may come before its interval is over
	CompressionType  CompressionCodec // of Metrics
	Metrics          []byte           // MetricsData v1 of OpenTelemetry in protobuf, compressed
	UnknownTags      map[uint32][]byte
}

func (r *PushTelemetryRequest) identity() identity { return request(KeyPushTelemetry, &r.Version) }

func (r *PushTelemetryRequest) walk(c *wire.Codec) {
	r.ClientInstanceID.walk(c)
	c.Int32(&r.SubscriptionID)
	c.Bool(&r.Terminating)
	c.Int8((*int8)(&r.CompressionType))
	c.Bytes(&r.Metrics)
	c.Tags(&r.UnknownTags)
}

// PushTelemetryResponse answers a PushTelemetryRequest. ErrorCode is ErrUnknownSubscriptionID if the subscription has
// changed: the client asks for it again.
type PushTelemetryResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError
	UnknownTags  map[uint32][]byte
}

func (r *PushTelemetryResponse) identity() identity { return response(KeyPushTelemetry, &r.Version) }

func (r *PushTelemetryResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.Tags(&r.UnknownTags)
}
