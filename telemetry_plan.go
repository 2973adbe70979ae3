package sarama

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

const (
	// defaultPushInterval stands in where a broker tells none that can be used, and is how long to wait before a cluster
	// without telemetry is asked again.
	defaultPushInterval = 5 * time.Minute
	// minPushInterval is the shortest that brokers can be configured with.
	minPushInterval = 100 * time.Millisecond
)

// errNoClientInstanceID is what ends telemetry with a broker that gives the client no id.
var errNoClientInstanceID = errors.New("the broker gave no client instance id")

// telemetryPhase is what a client does next for its telemetry.
type telemetryPhase uint8

const (
	telemetrySubscribes telemetryPhase = iota // asks what is to be pushed
	telemetryPushes
	telemetryStopped // for good
)

// telemetryVerdict is what an error code means for telemetry (KIP-714).
type telemetryVerdict uint8

const (
	telemetryRefused   telemetryVerdict = iota // it is of no use to go on
	telemetryTaken                             // all is well
	telemetryOutdated                          // the subscription has changed: ask for it at once
	telemetryNotCodec                          // the broker does not decompress that: ask what it does, at once
	telemetryTooLarge                          // less is to be pushed next time, and the limit may be another: ask for it in time
	telemetryThrottled                         // it was too early
)

// telemetryVerdicts are those of all error codes but of those that refuse.
var telemetryVerdicts = map[KError]telemetryVerdict{
	ErrNoError:                    telemetryTaken,
	ErrUnknownSubscriptionID:      telemetryOutdated,
	ErrUnsupportedCompressionType: telemetryNotCodec,
	ErrTelemetryTooLarge:          telemetryTooLarge,
	ErrThrottlingQuotaExceeded:    telemetryThrottled,
}

// telemetryPlan is what a client does for its telemetry, and when. Its methods decide by what came of the last request.
type telemetryPlan struct {
	phase        telemetryPhase
	wait         time.Duration // before that
	id           Uuid          // what the first broker gave the client, to be told to all
	subscription *GetTelemetrySubscriptionsResponse
	refused      []CompressionCodec // by brokers that had listed them
	most         int                // data points in a push; -1: no limit but bytes
	tooLarge     bool               // the last push was
	failures     int                // requests without an answer, in a row
	urged        bool               // the last answer has asked for another request at once
	err          error              // why it has stopped
}

// interval is how long to wait between requests.
func (p *telemetryPlan) interval() time.Duration {
	if p.subscription == nil || p.subscription.PushInterval <= 0 {
		return defaultPushInterval
	}
	return max(p.subscription.PushInterval, minPushInterval)
}

func (p *telemetryPlan) next(phase telemetryPhase, wait, throttle time.Duration) {
	p.phase, p.wait = phase, max(wait, throttle)
}

func (p *telemetryPlan) stop(err error) {
	p.phase, p.err = telemetryStopped, err
}

// urge has the client ask for its subscription at once, but not twice in a row.
func (p *telemetryPlan) urge(throttle time.Duration) {
	wait := p.interval()
	if !p.urged {
		wait = 0
	}
	p.next(telemetrySubscribes, wait, throttle)
	p.urged = true
}

// subscribed goes by an answer to GetTelemetrySubscriptions. The first push comes after spread (0.5 to 1.5) intervals, so
// that clients which start together do not push together.
func (p *telemetryPlan) subscribed(answer *GetTelemetrySubscriptionsResponse, spread float64) {
	p.failures = 0
	switch telemetryVerdicts[answer.ErrorCode] {
	case telemetryTaken:
	case telemetryOutdated, telemetryNotCodec:
		p.urge(answer.ThrottleTime)
		return
	case telemetryTooLarge, telemetryThrottled:
		p.next(telemetrySubscribes, p.interval(), answer.ThrottleTime)
		return
	default:
		p.stop(answer.ErrorCode)
		return
	}
	if p.id == (Uuid{}) {
		p.id = answer.ClientInstanceID
	}
	if p.id == (Uuid{}) {
		p.stop(errNoClientInstanceID)
		return
	}
	if !p.tooLarge || p.subscription == nil || p.subscription.TelemetryMaxBytes != answer.TelemetryMaxBytes {
		p.most = -1
	}
	p.subscription, p.tooLarge, p.urged = answer, false, false
	if len(answer.RequestedMetrics) == 0 {
		p.next(telemetrySubscribes, p.interval(), answer.ThrottleTime)
		return
	}
	p.next(telemetryPushes, time.Duration(spread*float64(p.interval())), answer.ThrottleTime)
}

// pushed goes by an answer to PushTelemetry, for a push of some data points with a codec.
func (p *telemetryPlan) pushed(answer *PushTelemetryResponse, points int, codec CompressionCodec) {
	p.failures = 0
	switch telemetryVerdicts[answer.ErrorCode] {
	case telemetryTaken, telemetryThrottled:
		p.next(telemetryPushes, p.interval(), answer.ThrottleTime)
	case telemetryTooLarge:
		p.most, p.tooLarge = points/2, true
		p.next(telemetrySubscribes, p.interval(), answer.ThrottleTime)
	case telemetryNotCodec:
		p.refused = append(p.refused, codec)
		p.urge(answer.ThrottleTime)
	case telemetryOutdated:
		p.urge(answer.ThrottleTime)
	default:
		p.stop(answer.ErrorCode)
	}
}

// failed goes by a request without an answer. What is next stays, to be tried at once with another broker, and after a
// backoff when that fails, too. Brokers without telemetry are asked again much later: there may be newer ones by then.
func (p *telemetryPlan) failed(err error, backoff backoffFunc) {
	p.failures++
	switch {
	case p.failures == 1:
		p.wait = 0
	case errors.Is(err, ErrUnsupportedVersion):
		p.wait = defaultPushInterval
	case p.subscription == nil:
		p.wait = backoff(p.failures-2, p.failures)
	default:
		p.wait = max(p.interval(), backoff(p.failures-2, p.failures))
	}
}

// wants tells whether a metric is subscribed to: prefixes are, of which the empty one stands for all, as "*" does since the
// brokers say so.
func (p *telemetryPlan) wants(name string) bool {
	return slices.ContainsFunc(p.subscription.RequestedMetrics, func(prefix string) bool {
		return prefix == "*" || strings.HasPrefix(name, prefix)
	})
}

// codec is the first that the broker takes and the library has.
func (p *telemetryPlan) codec() CompressionCodec {
	for _, codec := range p.subscription.AcceptedCompressionTypes {
		if codec >= CompressionNone && codec <= CompressionZSTD && !slices.Contains(p.refused, codec) {
			return codec
		}
	}
	return CompressionNone
}

// pack compresses a push; none of an empty one, which tells the broker that the client is there.
func (p *telemetryPlan) pack(data []byte) ([]byte, CompressionCodec) {
	codec := p.codec()
	if len(data) == 0 || codec == CompressionNone {
		return data, CompressionNone
	}
	packed, err := protocol.AppendCompressed(nil, data, codec, CompressionLevelDefault)
	if err != nil {
		return data, CompressionNone
	}
	return packed, codec
}
