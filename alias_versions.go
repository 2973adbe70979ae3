package sarama

import "github.com/seed20e6684a/sarama/protocol"

// KafkaVersion is a release of Kafka brokers, such as V2_8_0_0. Its values come from the V variables and
// ParseKafkaVersion; they can be compared with == and be keys of maps.
type KafkaVersion = protocol.KafkaVersion

// ParseKafkaVersion reads a version as Kafka writes it, such as "0.11.0.2" or "2.8.0". Any version of that form is
// accepted, whether or not it was released. With an error it returns DefaultVersion.
func ParseKafkaVersion(s string) (KafkaVersion, error) {
	return protocol.ParseKafkaVersion(s)
}

// The releases of Kafka, named V and their number in four parts.
var (
	V0_8_2_0  = protocol.V0_8_2_0
	V0_8_2_1  = protocol.V0_8_2_1
	V0_8_2_2  = protocol.V0_8_2_2
	V0_9_0_0  = protocol.V0_9_0_0
	V0_9_0_1  = protocol.V0_9_0_1
	V0_10_0_0 = protocol.V0_10_0_0
	V0_10_0_1 = protocol.V0_10_0_1
	V0_10_1_0 = protocol.V0_10_1_0
	V0_10_1_1 = protocol.V0_10_1_1
	V0_10_2_0 = protocol.V0_10_2_0
	V0_10_2_1 = protocol.V0_10_2_1
	V0_10_2_2 = protocol.V0_10_2_2
	V0_11_0_0 = protocol.V0_11_0_0
	V0_11_0_1 = protocol.V0_11_0_1
	V0_11_0_2 = protocol.V0_11_0_2
	V1_0_0_0  = protocol.V1_0_0_0
	V1_0_1_0  = protocol.V1_0_1_0
	V1_0_2_0  = protocol.V1_0_2_0
	V1_1_0_0  = protocol.V1_1_0_0
	V1_1_1_0  = protocol.V1_1_1_0
	V2_0_0_0  = protocol.V2_0_0_0
	V2_0_1_0  = protocol.V2_0_1_0
	V2_1_0_0  = protocol.V2_1_0_0
	V2_1_1_0  = protocol.V2_1_1_0
	V2_2_0_0  = protocol.V2_2_0_0
	V2_2_1_0  = protocol.V2_2_1_0
	V2_2_2_0  = protocol.V2_2_2_0
	V2_3_0_0  = protocol.V2_3_0_0
	V2_3_1_0  = protocol.V2_3_1_0
	V2_4_0_0  = protocol.V2_4_0_0
	V2_4_1_0  = protocol.V2_4_1_0
	V2_5_0_0  = protocol.V2_5_0_0
	V2_5_1_0  = protocol.V2_5_1_0
	V2_6_0_0  = protocol.V2_6_0_0
	V2_6_1_0  = protocol.V2_6_1_0
	V2_6_2_0  = protocol.V2_6_2_0
	V2_6_3_0  = protocol.V2_6_3_0
	V2_7_0_0  = protocol.V2_7_0_0
	V2_7_1_0  = protocol.V2_7_1_0
	V2_7_2_0  = protocol.V2_7_2_0
	V2_8_0_0  = protocol.V2_8_0_0
	V2_8_1_0  = protocol.V2_8_1_0
	V2_8_2_0  = protocol.V2_8_2_0
	V3_0_0_0  = protocol.V3_0_0_0
	V3_0_1_0  = protocol.V3_0_1_0
	V3_0_2_0  = protocol.V3_0_2_0
	V3_1_0_0  = protocol.V3_1_0_0
	V3_1_1_0  = protocol.V3_1_1_0
	V3_1_2_0  = protocol.V3_1_2_0
	V3_2_0_0  = protocol.V3_2_0_0
	V3_2_1_0  = protocol.V3_2_1_0
	V3_2_2_0  = protocol.V3_2_2_0
	V3_2_3_0  = protocol.V3_2_3_0
	V3_3_0_0  = protocol.V3_3_0_0
	V3_3_1_0  = protocol.V3_3_1_0
	V3_3_2_0  = protocol.V3_3_2_0
	V3_4_0_0  = protocol.V3_4_0_0
	V3_4_1_0  = protocol.V3_4_1_0
	V3_5_0_0  = protocol.V3_5_0_0
	V3_5_1_0  = protocol.V3_5_1_0
	V3_5_2_0  = protocol.V3_5_2_0
	V3_6_0_0  = protocol.V3_6_0_0
	V3_6_1_0  = protocol.V3_6_1_0
	V3_6_2_0  = protocol.V3_6_2_0
	V3_7_0_0  = protocol.V3_7_0_0
	V3_7_1_0  = protocol.V3_7_1_0
	V3_7_2_0  = protocol.V3_7_2_0
	V3_8_0_0  = protocol.V3_8_0_0
	V3_8_1_0  = protocol.V3_8_1_0
	V3_9_0_0  = protocol.V3_9_0_0
	V3_9_1_0  = protocol.V3_9_1_0
	V3_9_2_0  = protocol.V3_9_2_0
	V4_0_0_0  = protocol.V4_0_0_0
	V4_0_1_0  = protocol.V4_0_1_0
	V4_1_0_0  = protocol.V4_1_0_0
	V4_1_1_0  = protocol.V4_1_1_0
	V4_1_2_0  = protocol.V4_1_2_0
	V4_2_0_0  = protocol.V4_2_0_0
	V4_2_1_0  = protocol.V4_2_1_0
	V4_3_0_0  = protocol.V4_3_0_0
	V4_3_1_0  = protocol.V4_3_1_0
	V4_4_0_0  = protocol.V4_4_0_0
)

var (
	// SupportedVersions lists the releases that Config.Version may name with certainty that every API was checked
	// against them, oldest first. Later ones are accepted too.
	SupportedVersions = protocol.SupportedVersions
	// MinVersion is the oldest of SupportedVersions.
	MinVersion = protocol.MinVersion
	// MaxVersion is the newest of SupportedVersions.
	MaxVersion = protocol.MaxVersion
	// DefaultVersion is the Config.Version of NewConfig: every broker in use knows its APIs.
	DefaultVersion = protocol.DefaultVersion
)
