package protocol

import (
	"fmt"
	"regexp"
)

// KafkaVersion is a release of Kafka brokers. Its values come from the V variables and ParseKafkaVersion; they can be
// compared with == and be keys of maps. The zero value is older than every release.
type KafkaVersion struct {
	// In an array rather than named fields, since the releases before 1.0.0 have four parts and the later ones three.
	parts [4]uint
}

// IsAtLeast tells whether v is the same release as other or a later one.
func (v KafkaVersion) IsAtLeast(other KafkaVersion) bool {
	for i, part := range v.parts {
		if part != other.parts[i] {
			return part > other.parts[i]
		}
	}
	return true
}

// String returns the version as Kafka writes it: "0.11.0.2", "2.8.0".
func (v KafkaVersion) String() string {
	p := v.parts
	if p[0] == 0 {
		return fmt.Sprintf("0.%d.%d.%d", p[1], p[2], p[3])
	}
	return fmt.Sprintf("%d.%d.%d", p[0], p[1], p[2])
}

// Kafka writes four numbers up to 0.11.0.3 and three from 1.0.0 on.
var versionPattern = regexp.MustCompile(`^(0\.\d+\.\d+\.\d+|[1-9]\d*\.\d+\.\d+)$`)

// ParseKafkaVersion reads a version as String writes it. Any version of that form is accepted, whether or not it was
// released. With an error it returns DefaultVersion.
func ParseKafkaVersion(s string) (KafkaVersion, error) {
	if !versionPattern.MatchString(s) {
		return DefaultVersion, fmt.Errorf("invalid version `%s`", s)
	}
	var v KafkaVersion
	// The last part is missing from 1.0.0 on and stays zero: what Sscanf says about that is of no interest, but a part
	// that fits no uint is.
	n, err := fmt.Sscanf(s, "%d.%d.%d.%d", &v.parts[0], &v.parts[1], &v.parts[2], &v.parts[3])
	if n < 3 || v.parts[0] == 0 && n < 4 {
		return DefaultVersion, fmt.Errorf("invalid version `%s`: %w", s, err)
	}
	return v, nil
}

// The releases of Kafka, named V and their number in four parts.
var (
	V0_8_2_0  = KafkaVersion{[4]uint{0, 8, 2, 0}}
	V0_8_2_1  = KafkaVersion{[4]uint{0, 8, 2, 1}}
	V0_8_2_2  = KafkaVersion{[4]uint{0, 8, 2, 2}}
	V0_9_0_0  = KafkaVersion{[4]uint{0, 9, 0, 0}}
	V0_9_0_1  = KafkaVersion{[4]uint{0, 9, 0, 1}}
	V0_10_0_0 = KafkaVersion{[4]uint{0, 10, 0, 0}}
	V0_10_0_1 = KafkaVersion{[4]uint{0, 10, 0, 1}}
	V0_10_1_0 = KafkaVersion{[4]uint{0, 10, 1, 0}}
	V0_10_1_1 = KafkaVersion{[4]uint{0, 10, 1, 1}}
	V0_10_2_0 = KafkaVersion{[4]uint{0, 10, 2, 0}}
	V0_10_2_1 = KafkaVersion{[4]uint{0, 10, 2, 1}}
	V0_10_2_2 = KafkaVersion{[4]uint{0, 10, 2, 2}}
	V0_11_0_0 = KafkaVersion{[4]uint{0, 11, 0, 0}}
	V0_11_0_1 = KafkaVersion{[4]uint{0, 11, 0, 1}}
	V0_11_0_2 = KafkaVersion{[4]uint{0, 11, 0, 2}}
	V1_0_0_0  = KafkaVersion{[4]uint{1, 0, 0, 0}}
	V1_0_1_0  = KafkaVersion{[4]uint{1, 0, 1, 0}}
	V1_0_2_0  = KafkaVersion{[4]uint{1, 0, 2, 0}}
	V1_1_0_0  = KafkaVersion{[4]uint{1, 1, 0, 0}}
	V1_1_1_0  = KafkaVersion{[4]uint{1, 1, 1, 0}}
	V2_0_0_0  = KafkaVersion{[4]uint{2, 0, 0, 0}}
	V2_0_1_0  = KafkaVersion{[4]uint{2, 0, 1, 0}}
	V2_1_0_0  = KafkaVersion{[4]uint{2, 1, 0, 0}}
	V2_1_1_0  = KafkaVersion{[4]uint{2, 1, 1, 0}}
	V2_2_0_0  = KafkaVersion{[4]uint{2, 2, 0, 0}}
	V2_2_1_0  = KafkaVersion{[4]uint{2, 2, 1, 0}}
	V2_2_2_0  = KafkaVersion{[4]uint{2, 2, 2, 0}}
	V2_3_0_0  = KafkaVersion{[4]uint{2, 3, 0, 0}}
	V2_3_1_0  = KafkaVersion{[4]uint{2, 3, 1, 0}}
	V2_4_0_0  = KafkaVersion{[4]uint{2, 4, 0, 0}}
	V2_4_1_0  = KafkaVersion{[4]uint{2, 4, 1, 0}}
	V2_5_0_0  = KafkaVersion{[4]uint{2, 5, 0, 0}}
	V2_5_1_0  = KafkaVersion{[4]uint{2, 5, 1, 0}}
	V2_6_0_0  = KafkaVersion{[4]uint{2, 6, 0, 0}}
	V2_6_1_0  = KafkaVersion{[4]uint{2, 6, 1, 0}}
	V2_6_2_0  = KafkaVersion{[4]uint{2, 6, 2, 0}}
	V2_6_3_0  = KafkaVersion{[4]uint{2, 6, 3, 0}}
	V2_7_0_0  = KafkaVersion{[4]uint{2, 7, 0, 0}}
	V2_7_1_0  = KafkaVersion{[4]uint{2, 7, 1, 0}}
	V2_7_2_0  = KafkaVersion{[4]uint{2, 7, 2, 0}}
	V2_8_0_0  = KafkaVersion{[4]uint{2, 8, 0, 0}}
	V2_8_1_0  = KafkaVersion{[4]uint{2, 8, 1, 0}}
	V2_8_2_0  = KafkaVersion{[4]uint{2, 8, 2, 0}}
	V3_0_0_0  = KafkaVersion{[4]uint{3, 0, 0, 0}}
	V3_0_1_0  = KafkaVersion{[4]uint{3, 0, 1, 0}}
	V3_0_2_0  = KafkaVersion{[4]uint{3, 0, 2, 0}}
	V3_1_0_0  = KafkaVersion{[4]uint{3, 1, 0, 0}}
	V3_1_1_0  = KafkaVersion{[4]uint{3, 1, 1, 0}}
	V3_1_2_0  = KafkaVersion{[4]uint{3, 1, 2, 0}}
	V3_2_0_0  = KafkaVersion{[4]uint{3, 2, 0, 0}}
	V3_2_1_0  = KafkaVersion{[4]uint{3, 2, 1, 0}}
	V3_2_2_0  = KafkaVersion{[4]uint{3, 2, 2, 0}}
	V3_2_3_0  = KafkaVersion{[4]uint{3, 2, 3, 0}}
	V3_3_0_0  = KafkaVersion{[4]uint{3, 3, 0, 0}}
	V3_3_1_0  = KafkaVersion{[4]uint{3, 3, 1, 0}}
	V3_3_2_0  = KafkaVersion{[4]uint{3, 3, 2, 0}}
	V3_4_0_0  = KafkaVersion{[4]uint{3, 4, 0, 0}}
	V3_4_1_0  = KafkaVersion{[4]uint{3, 4, 1, 0}}
	V3_5_0_0  = KafkaVersion{[4]uint{3, 5, 0, 0}}
	V3_5_1_0  = KafkaVersion{[4]uint{3, 5, 1, 0}}
	V3_5_2_0  = KafkaVersion{[4]uint{3, 5, 2, 0}}
	V3_6_0_0  = KafkaVersion{[4]uint{3, 6, 0, 0}}
	V3_6_1_0  = KafkaVersion{[4]uint{3, 6, 1, 0}}
	V3_6_2_0  = KafkaVersion{[4]uint{3, 6, 2, 0}}
	V3_7_0_0  = KafkaVersion{[4]uint{3, 7, 0, 0}}
	V3_7_1_0  = KafkaVersion{[4]uint{3, 7, 1, 0}}
	V3_7_2_0  = KafkaVersion{[4]uint{3, 7, 2, 0}}
	V3_8_0_0  = KafkaVersion{[4]uint{3, 8, 0, 0}}
	V3_8_1_0  = KafkaVersion{[4]uint{3, 8, 1, 0}}
	V3_9_0_0  = KafkaVersion{[4]uint{3, 9, 0, 0}}
	V3_9_1_0  = KafkaVersion{[4]uint{3, 9, 1, 0}}
	V3_9_2_0  = KafkaVersion{[4]uint{3, 9, 2, 0}}
	V4_0_0_0  = KafkaVersion{[4]uint{4, 0, 0, 0}}
	V4_0_1_0  = KafkaVersion{[4]uint{4, 0, 1, 0}}
	V4_1_0_0  = KafkaVersion{[4]uint{4, 1, 0, 0}}
	V4_1_1_0  = KafkaVersion{[4]uint{4, 1, 1, 0}}
	V4_1_2_0  = KafkaVersion{[4]uint{4, 1, 2, 0}}
	V4_2_0_0  = KafkaVersion{[4]uint{4, 2, 0, 0}}
	V4_2_1_0  = KafkaVersion{[4]uint{4, 2, 1, 0}}
	V4_3_0_0  = KafkaVersion{[4]uint{4, 3, 0, 0}}
	V4_3_1_0  = KafkaVersion{[4]uint{4, 3, 1, 0}}
	V4_4_0_0  = KafkaVersion{[4]uint{4, 4, 0, 0}}
)

// SupportedVersions lists the releases that Config.Version may name with certainty that every API was checked against
// them, oldest first.
var SupportedVersions = []KafkaVersion{
	V0_8_2_0, V0_8_2_1, V0_8_2_2, V0_9_0_0, V0_9_0_1, V0_10_0_0, V0_10_0_1, V0_10_1_0, V0_10_1_1, V0_10_2_0,
	V0_10_2_1, V0_10_2_2, V0_11_0_0, V0_11_0_1, V0_11_0_2, V1_0_0_0, V1_0_1_0, V1_0_2_0, V1_1_0_0, V1_1_1_0,
	V2_0_0_0, V2_0_1_0, V2_1_0_0, V2_1_1_0, V2_2_0_0, V2_2_1_0, V2_2_2_0, V2_3_0_0, V2_3_1_0, V2_4_0_0,
	V2_4_1_0, V2_5_0_0, V2_5_1_0, V2_6_0_0, V2_6_1_0, V2_6_2_0, V2_6_3_0, V2_7_0_0, V2_7_1_0, V2_7_2_0,
	V2_8_0_0, V2_8_1_0, V2_8_2_0, V3_0_0_0, V3_0_1_0, V3_0_2_0, V3_1_0_0, V3_1_1_0, V3_1_2_0, V3_2_0_0,
	V3_2_1_0, V3_2_2_0, V3_2_3_0, V3_3_0_0, V3_3_1_0, V3_3_2_0, V3_4_0_0, V3_4_1_0, V3_5_0_0, V3_5_1_0,
	V3_5_2_0, V3_6_0_0, V3_6_1_0, V3_6_2_0, V3_7_0_0, V3_7_1_0, V3_7_2_0, V3_8_0_0, V3_8_1_0, V3_9_0_0,
	V3_9_1_0, V3_9_2_0, V4_0_0_0, V4_0_1_0, V4_1_0_0, V4_1_1_0, V4_1_2_0, V4_2_0_0, V4_2_1_0, V4_3_0_0,
	V4_3_1_0,
}

var (
	// MinVersion is the oldest of SupportedVersions.
	MinVersion = V0_8_2_0
	// MaxVersion is the newest of SupportedVersions.
	MaxVersion = V4_3_1_0
	// DefaultVersion is the Config.Version of NewConfig: every broker in use knows its APIs.
	DefaultVersion = V2_8_0_0
)
