package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// GetTelemetrySubscriptionsRequest asks which of its metrics a client shall push to the broker (API
// GetTelemetrySubscriptions, KIP-714).
type GetTelemetrySubscriptionsRequest struct {
	Version          int16
	ClientInstanceID Uuid // what the broker gave the client, zero on the first request
	UnknownTags      map[uint32][]byte
}

func (r *GetTelemetrySubscriptionsRequest) identity() identity {
	return request(KeyGetTelemetrySubscriptions, &r.Version)
}

func (r *GetTelemetrySubscriptionsRequest) walk(c *wire.Codec) {
	r.ClientInstanceID.walk(c)
	c.Tags(&r.UnknownTags)
}

// GetTelemetrySubscriptionsResponse answers a GetTelemetrySubscriptionsRequest.
type GetTelemetrySubscriptionsResponse struct {
	Version                  int16
	ThrottleTime             time.Duration // whole milliseconds
	ErrorCode                KError
	ClientInstanceID         Uuid               // new for a request without one, zero otherwise
	SubscriptionID           int32              // changes with the subscription; a push names it
	AcceptedCompressionTypes []CompressionCodec // the best first, for a push
	PushInterval             time.Duration      // whole milliseconds from one push to the next
	TelemetryMaxBytes        int32              // bytes of a push's Metrics at most
	DeltaTemporality         bool               // counters are pushed as differences, not as sums since the start
	RequestedMetrics         []string           // prefixes of names; none asks for no metric, an empty one for all
	UnknownTags              map[uint32][]byte
}

func (r *GetTelemetrySubscriptionsResponse) identity() identity {
	return response(KeyGetTelemetrySubscriptions, &r.Version)
}

func (r *GetTelemetrySubscriptionsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	r.ClientInstanceID.walk(c)
	c.Int32(&r.SubscriptionID)
	octets(c, &r.AcceptedCompressionTypes)
	c.Millis(&r.PushInterval)
	c.Int32(&r.TelemetryMaxBytes)
	c.Bool(&r.DeltaTemporality)
	c.Strings(&r.RequestedMetrics)
	c.Tags(&r.UnknownTags)
}
