package protocol

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The constructors choose these versions: what users of the API have seen on the wire so far.
func TestConstructorsChooseVersions(t *testing.T) {
	releases := []KafkaVersion{
		V0_8_2_0, V0_9_0_0, V0_10_0_0, V0_10_1_0, V0_10_2_0, V0_11_0_0, V1_0_0_0, V1_1_0_0,
		V2_0_0_0, V2_1_0_0, V2_2_0_0, V2_3_0_0, V2_4_0_0, V2_7_0_0, V2_8_0_0, V4_4_0_0,
	}
	want := map[string][]int16{
		"Metadata":     {0, 0, 1, 2, 2, 4, 5, 5, 6, 7, 7, 8, 9, 9, 11, 11},
		"ListOffsets":  {0, 0, 0, 1, 1, 2, 2, 2, 3, 4, 5, 5, 5, 5, 6, 6},
		"CreateTopics": {0, 0, 0, 0, 1, 2, 2, 2, 3, 3, 3, 3, 5, 6, 7, 7},
		"DeleteTopics": {0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 3, 4, 5, 6, 6},
	}
	got := make(map[string][]int16)
	for _, v := range releases {
		for _, m := range []Message{
			NewMetadataRequest(v, nil),
			NewOffsetRequest(v),
			NewCreateTopicsRequest(v, nil, time.Second, false),
			NewDeleteTopicsRequest(v, nil, time.Second),
		} {
			got[Name(KeyOf(m))] = append(got[Name(KeyOf(m))], VersionOf(m))
		}
	}
	require.Equal(t, want, got)
	require.Zero(t, NewMetadataRequest(KafkaVersion{}, nil).Version)
}
