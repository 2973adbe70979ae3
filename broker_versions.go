package sarama

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// clientSoftwareName is what brokers are told (KIP-511).
const clientSoftwareName = "sarama"

// modulePath is this library's path among the modules of a program.
const modulePath = "github.com/seed20e6684a/sarama"

// clientSoftwareVersion is the version of this library in the program that it is part of, or "dev" if that has none.
var clientSoftwareVersion = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == modulePath && dependency.Version != "" && dependency.Version != "(devel)" {
				return dependency.Version
			}
		}
	}
	return "dev"
})

// versionRange is the versions of an API, both ends included.
type versionRange struct{ min, max int16 }

// versionRanges are a broker's APIs by key; nil: it was not asked.
type versionRanges map[int16]versionRange

// versionError says that client and broker have no version of an API in common. It is ErrUnsupportedVersion.
type versionError struct {
	key       int16
	ours      versionRange // max is -1: Config.Version has no such API
	asked     int16        // the version of a request that is outside ours; -1: none in particular
	broker    versionRange
	known     bool // the broker was asked for its versions
	brokerHas bool // the broker has the API
	kafka     KafkaVersion
}

// Error implements error.
func (e *versionError) Error() string {
	name := protocol.Name(e.key)
	switch {
	case e.ours.max < 0:
		return fmt.Sprintf("%s is not in Kafka %v: raise Config.Version", name, e.kafka)
	case e.known && !e.brokerHas:
		return fmt.Sprintf("%s (versions %d to %d) is not supported by the broker", name, e.ours.min, e.ours.max)
	case e.known && e.broker.min > e.ours.max:
		return fmt.Sprintf("%s: broker needs at least version %d (it has %d to %d), "+
			"Config.Version %v allows %d to %d: raise Config.Version", name, e.broker.min, e.broker.min, e.broker.max, e.kafka, e.ours.min, e.ours.max)
	case e.known && e.broker.max < e.ours.min:
		return fmt.Sprintf("%s: broker has versions %d to %d, this client %d to %d: the broker is too old",
			name, e.broker.min, e.broker.max, e.ours.min, e.ours.max)
	default:
		return fmt.Sprintf("%s version %d is not in Kafka %v, which has %d to %d: raise Config.Version",
			name, e.asked, e.kafka, e.ours.min, e.ours.max)
	}
}

// Unwrap makes it ErrUnsupportedVersion.
func (e *versionError) Unwrap() error { return ErrUnsupportedVersion }

// versionRange returns the versions of an API that both sides have.
func (l *link) versionRange(key int16) (versionRange, error) {
	ours := versionRange{protocol.MinVersionOf(key), protocol.MaxVersionFor(key, l.conf.Version)}
	known := l.versions != nil
	broker, brokerHas := l.versions[key]
	both := ours
	if known {
		both = versionRange{max(ours.min, broker.min), min(ours.max, broker.max)}
	}
	if ours.max < 0 || known && !brokerHas || both.min > both.max {
		return versionRange{}, &versionError{
			key: key, asked: -1, kafka: l.conf.Version, known: known, ours: ours, broker: broker, brokerHas: brokerHas,
		}
	}
	return both, nil
}

// version returns the highest version of an API that both sides have.
func (l *link) version(key int16) (int16, error) {
	both, err := l.versionRange(key)
	return both.max, err
}

// negotiate brings the version that a request has into the broker's range.
func (l *link) negotiate(req protocol.Message) (int16, error) {
	key, asked := protocol.KeyOf(req), protocol.VersionOf(req)
	both, err := l.versionRange(key)
	if err != nil {
		return 0, err
	}
	version := asked
	if l.versions != nil {
		version = max(min(asked, both.max), both.min)
		if broker := l.versions[key]; asked > both.max && both.max < broker.max {
			version = min(asked, broker.max) // it is Config.Version that does not allow it, and not to be lowered silently
		}
	}
	if version < both.min || version > both.max {
		ours := versionRange{protocol.MinVersionOf(key), protocol.MaxVersionFor(key, l.conf.Version)}
		return 0, &versionError{key: key, asked: version, ours: ours, kafka: l.conf.Version}
	}
	protocol.SetVersion(req, version)
	return version, nil
}

// askVersions asks the broker for its versions of APIs. What a broker without the answer has is not known then, which is no
// failure; one that does not answer at all, or with what is no answer, has failed.
func (l *link) askVersions() error {
	version := int16(3)
	if l.conf.Version.IsAtLeast(V3_9_0_0) {
		version = 4 // it also has features whose lowest version is 0
	}
	answer, err := l.askVersionsAt(version)
	if err != nil {
		if l.conn.Err() != nil {
			return err
		}
		l.conf.log().Printf("Error while sending ApiVersionsRequest V%d to broker %s: %s\n", version, logAddress{l.broker}, err)
		version = fallbackVersion(answer)
		if answer, err = l.askVersionsAt(version); err != nil {
			var refused KError
			if l.conn.Err() != nil || !errors.As(err, &refused) {
				return err
			}
			l.conf.log().Printf("Error while sending ApiVersionsRequest V%d to broker %s: %s\n", version, logAddress{l.broker}, err)
			return nil
		}
	}
	if len(answer.ApiKeys) == 0 {
		return nil // no broker of Kafka's says that; it is taken as no answer
	}
	l.versions = rangesOf(answer)
	l.txnLevel = transactionLevel(answer)
	l.conf.debugLog().Printf("Completed ApiVersionsRequest V%d to %s. Broker supports %d APIs\n", version, logAddress{l.broker}, len(answer.ApiKeys))
	return nil
}

// rangesOf are the versions that a broker has. From Kafka 4.0 on it tells of versions 0 to 2 of Produce, since old clients look for
// them, and ends the connection at one (KIP-896); those of Fetch from the same time it does not tell of.
func rangesOf(answer *ApiVersionsResponse) versionRanges {
	ranges := make(versionRanges, len(answer.ApiKeys))
	for _, key := range answer.ApiKeys {
		ranges[key.ApiKey] = versionRange{key.MinVersion, key.MaxVersion}
	}
	if produce, ok := ranges[protocol.KeyProduce]; ok && ranges[protocol.KeyFetch].min >= 4 {
		ranges[protocol.KeyProduce] = versionRange{max(produce.min, 3), produce.max}
	}
	return ranges
}

// transactionLevel is the level of transaction.version that all brokers have finalized, 0 if they have not; -1 if the answer
// is too old to tell (KIP-584).
func transactionLevel(answer *ApiVersionsResponse) int16 {
	if answer.Version < 3 || answer.FinalizedFeaturesEpoch < 0 {
		return -1
	}
	for _, feature := range answer.FinalizedFeatures {
		if feature.Name == "transaction.version" {
			return feature.MaxVersionLevel
		}
	}
	return 0
}

// transactionVersion is the cluster's feature of that name (KIP-890), as the broker told when it was connected to.
func (b *Broker) transactionVersion() (level int16, known bool) {
	l, err := b.currentLink()
	if err != nil || !l.isReady() || l.txnLevel < 0 {
		return 0, false
	}
	return l.txnLevel, true
}

// fallbackVersion is the version to ask with after a refusal, which tells from Kafka 2.4 on what the broker has (KIP-511).
func fallbackVersion(refusal *ApiVersionsResponse) int16 {
	if refusal != nil {
		for _, key := range refusal.ApiKeys {
			if key.ApiKey == protocol.KeyApiVersions {
				return max(min(key.MaxVersion, 4), 0)
			}
		}
	}
	return 0
}

func (l *link) askVersionsAt(version int16) (*ApiVersionsResponse, error) {
	req := &ApiVersionsRequest{
		Version:               version,
		ClientSoftwareName:    clientSoftwareName,
		ClientSoftwareVersion: clientSoftwareVersion(),
	}
	answer := new(ApiVersionsResponse)
	if err := l.exchange(l.ctx, req, answer); err != nil {
		return nil, err
	}
	if err := KError(answer.ErrorCode); err != ErrNoError {
		return answer, fmt.Errorf("ApiVersions v%d: %w", version, err)
	}
	return answer, nil
}
