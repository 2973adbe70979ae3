package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSubscriptionVersions(t *testing.T) {
	rack := "r"
	full := ConsumerGroupMemberMetadata{
		Topics:          []string{"one", "two"},
		UserData:        []byte{1, 2},
		OwnedPartitions: []*OwnedPartition{{Topic: "one", Partitions: []int32{0, 7}}},
		GenerationID:    34,
		RackID:          &rack,
	}
	golden := []string{
		"\x00\x00\x00\x00\x00\x02\x00\x03one\x00\x03two\x00\x00\x00\x02\x01\x02",
		"\x00\x00\x00\x01\x00\x03one\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x07",
		"\x00\x00\x00\x22",
		"\x00\x01r",
	}
	want, bytes := ConsumerGroupMemberMetadata{Topics: full.Topics, UserData: full.UserData}, ""
	for version := int16(0); version <= 3; version++ {
		switch version {
		case 1:
			want.OwnedPartitions = full.OwnedPartitions
		case 2:
			want.GenerationID = full.GenerationID
		case 3:
			want.RackID = full.RackID
		}
		full.Version, want.Version = version, version
		bytes += golden[version]
		expected := "\x00" + string(rune(version)) + bytes[2:]

		encoded, err := EncodeSubscription(&full)
		require.NoError(t, err)
		require.Equal(t, expected, string(encoded))

		var got ConsumerGroupMemberMetadata
		require.NoError(t, DecodeSubscription(encoded, &got))
		require.Equal(t, want, got)

		require.Error(t, DecodeSubscription(append(encoded, 0), &ConsumerGroupMemberMetadata{}), "a byte too many")
		for n := range encoded {
			err := DecodeSubscription(encoded[:n], &ConsumerGroupMemberMetadata{})
			if version >= 1 && n == len(golden[0]) {
				require.NoError(t, err, "version 1 without what it adds")
				continue
			}
			require.Error(t, err, "the first %d bytes", n)
		}
	}
}

func TestSubscriptionOfALaterVersion(t *testing.T) {
	encoded, err := EncodeSubscription(&ConsumerGroupMemberMetadata{Version: 4, Topics: []string{"t"}, GenerationID: 3})
	require.NoError(t, err)
	var got ConsumerGroupMemberMetadata
	require.NoError(t, DecodeSubscription(append(encoded, 9, 9, 9), &got))
	require.Equal(t, ConsumerGroupMemberMetadata{Version: 4, Topics: []string{"t"}, GenerationID: 3}, got)
}

func TestAssignment(t *testing.T) {
	assignment := ConsumerGroupMemberAssignment{
		Version:  1,
		Topics:   map[string][]int32{"two": {5}, "one": {0, 2}},
		UserData: []byte{},
	}
	encoded, err := EncodeAssignment(&assignment)
	require.NoError(t, err)
	require.Equal(t, "\x00\x01\x00\x00\x00\x02"+
		"\x00\x03one\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x02"+
		"\x00\x03two\x00\x00\x00\x01\x00\x00\x00\x05\x00\x00\x00\x00", string(encoded))

	var got ConsumerGroupMemberAssignment
	require.NoError(t, DecodeAssignment(encoded, &got))
	require.Equal(t, assignment, got)
	for n := range encoded {
		require.Error(t, DecodeAssignment(encoded[:n], &got))
	}
	require.Error(t, DecodeAssignment(append(encoded, 1), &got))

	none := ConsumerGroupMemberAssignment{}
	require.NoError(t, DecodeAssignment(nil, &none))
	require.Equal(t, ConsumerGroupMemberAssignment{}, none)
	require.NoError(t, DecodeAssignment(make([]byte, 10), &none))
	require.Equal(t, ConsumerGroupMemberAssignment{Topics: map[string][]int32{}, UserData: []byte{}}, none)
}

func FuzzConsumerProtocol(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\x00\x01\x00\x01t\xff\xff\xff\xff\x00\x00\x00\x01\x00\x01t\x00\x00\x00\x01\x00\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x7f\xff\xff\xff\x00\x01t"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var subscription ConsumerGroupMemberMetadata
		if DecodeSubscription(b, &subscription) == nil {
			_, err := EncodeSubscription(&subscription)
			require.NoError(t, err)
		}
		var assignment ConsumerGroupMemberAssignment
		if DecodeAssignment(b, &assignment) == nil {
			_, err := EncodeAssignment(&assignment)
			require.NoError(t, err)
		}
		if data, err := DecodeStickyUserData(b); err == nil {
			_, err := EncodeStickyUserData(data)
			require.NoError(t, err)
		}
	})
}
