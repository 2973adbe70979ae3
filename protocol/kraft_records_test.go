package protocol

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/seed20e6684a/sarama/internal/schema"
	"github.com/stretchr/testify/require"
)

// eachQuorumRecord runs a test with many values of each record at each version.
func eachQuorumRecord(t *testing.T, test func(t *testing.T, key, value []byte)) {
	schema.Need(t)
	for i, name := range []string{
		"LeaderChangeMessage", "SnapshotHeaderRecord", "SnapshotFooterRecord", "KRaftVersionRecord", "VotersRecord",
	} {
		def, err := schema.Data(name)
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) {
			for v, last := def.Valid(); v <= last; v++ {
				for seed := range uint64(30) {
					value := def.Encode(v, def.Generate(v, seed, schema.Options{MaxLen: 3, Empty: seed%2 == 0, Unknown: seed%3 == 0}))
					binary.BigEndian.PutUint16(value, uint16(v)) // the layout is the one that the field Version tells
					test(t, binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(2+i)), value)
				}
			}
		})
	}
}

func TestQuorumRecordsAgreeWithKafkasDefinitions(t *testing.T) {
	eachQuorumRecord(t, func(t *testing.T, key, value []byte) {
		r, err := UnmarshalQuorumRecord(key, value)
		require.NoError(t, err)
		k, v, err := MarshalQuorumRecord(r)
		require.NoError(t, err)
		require.Equal(t, key, k)
		require.Equal(t, value, v)
	})
}

func TestQuorumRecordsAreReadWholeOrNotAtAll(t *testing.T) {
	eachQuorumRecord(t, func(t *testing.T, key, value []byte) {
		for n := range value {
			_, err := UnmarshalQuorumRecord(key, value[:n:n])
			require.Error(t, err, "%d of %x", n, value)
		}
		_, err := UnmarshalQuorumRecord(key, append(bytes.Clone(value), 0))
		require.ErrorAs(t, err, new(PacketDecodingError))
		_, err = UnmarshalQuorumRecord(key[:3], value)
		require.ErrorIs(t, err, ErrInsufficientData)
	})
}

// TestQuorumRecordsByHand holds one record of each type against bytes that were put together by hand.
func TestQuorumRecordsByHand(t *testing.T) {
	for _, c := range []struct {
		kind  byte
		value string
		want  QuorumRecord
	}{
		{2, "\x00\x01" + "\x00\x00\x00\x07" + "\x02" + "\x00\x00\x00\x07" + "0123456789abcdef" + "\x00" +
			"\x01" + "\x00", &LeaderChangeMessage{
			Version: 1, LeaderID: 7, GrantingVoters: []LeaderChangeVoter{},
			Voters: []LeaderChangeVoter{{VoterID: 7, VoterDirectoryID: Uuid([]byte("0123456789abcdef"))}},
		}},
		{3, "\x00\x00" + "\x00\x00\x00\x00\x00\x00\x01\x02" + "\x00", &SnapshotHeaderRecord{LastContainedLogTimestamp: 258}},
		{4, "\x00\x00" + "\x00", &SnapshotFooterRecord{}},
		{5, "\x00\x00" + "\x00\x01" + "\x00", &KRaftVersionRecord{KRaftVersion: 1}},
		{6, "\x00\x00" + "\x02" + "\x00\x00\x00\x03" + "0123456789abcdef" + "\x02" + "\x02C" + "\x02h" + "\x23\x85" + "\x00" +
			"\x00\x00\x00\x01\x00" + "\x00" + "\x00", &VotersRecord{Voters: []QuorumVoter{{
			VoterID: 3, VoterDirectoryID: Uuid([]byte("0123456789abcdef")),
			Endpoints:           []QuorumListener{{Name: "C", Host: "h", Port: 9093}},
			KRaftVersionFeature: KRaftVersionFeature{MaxSupportedVersion: 1},
		}}}},
	} {
		got, err := UnmarshalQuorumRecord([]byte{0, 0, 0, c.kind}, []byte(c.value))
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
}

func TestQuorumRecordsOfOtherKinds(t *testing.T) {
	for _, c := range []struct{ key, value string }{
		{"\x00\x00\x00\x01", "\x00\x00\x00\x00\x00\x07"}, // the end of a transaction
		{"\x00\x00\x00\x07", "\x00\x00\x00"},             // a type to come
		{"\x00\x00\x00\x04", "\x00\x01\x00"},             // a version to come
		{"\x00\x00\x00\x04", "\xff\xff\x00"},
	} {
		_, err := UnmarshalQuorumRecord([]byte(c.key), []byte(c.value))
		require.ErrorAs(t, err, new(PacketDecodingError), "%x", c.key)
	}
	_, _, err := MarshalQuorumRecord(&SnapshotFooterRecord{Version: 1})
	require.ErrorAs(t, err, new(PacketEncodingError))
}
