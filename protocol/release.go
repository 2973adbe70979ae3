package protocol

// release is a Kafka release that brought new versions of APIs.
type release uint8

type releases []release

const (
	r0_8 release = iota
	r0_9
	r0_10_0
	r0_10_1
	r0_10_2
	r0_11
	r1_0
	r1_1
	r2_0
	r2_1
	r2_2
	r2_3
	r2_4
	r2_5
	r2_6
	r2_7
	r2_8
	r3_0
	r3_1
	r3_2
	r3_3
	r3_4
	r3_5
	r3_6
	r3_7
	r3_8
	r3_9
	r4_0
	r4_1
	r4_2
	r4_3
	r4_4
)

var releaseVersions = [...]KafkaVersion{
	r0_8:    V0_8_2_0,
	r0_9:    V0_9_0_0,
	r0_10_0: V0_10_0_0,
	r0_10_1: V0_10_1_0,
	r0_10_2: V0_10_2_0,
	r0_11:   V0_11_0_0,
	r1_0:    V1_0_0_0,
	r1_1:    V1_1_0_0,
	r2_0:    V2_0_0_0,
	r2_1:    V2_1_0_0,
	r2_2:    V2_2_0_0,
	r2_3:    V2_3_0_0,
	r2_4:    V2_4_0_0,
	r2_5:    V2_5_0_0,
	r2_6:    V2_6_0_0,
	r2_7:    V2_7_0_0,
	r2_8:    V2_8_0_0,
	r3_0:    V3_0_0_0,
	r3_1:    V3_1_0_0,
	r3_2:    V3_2_0_0,
	r3_3:    V3_3_0_0,
	r3_4:    V3_4_0_0,
	r3_5:    V3_5_0_0,
	r3_6:    V3_6_0_0,
	r3_7:    V3_7_0_0,
	r3_8:    V3_8_0_0,
	r3_9:    V3_9_0_0,
	r4_0:    V4_0_0_0,
	r4_1:    V4_1_0_0,
	r4_2:    V4_2_0_0,
	r4_3:    V4_3_0_0,
	r4_4:    V4_4_0_0,
}

func (r release) version() KafkaVersion { return releaseVersions[r] }
