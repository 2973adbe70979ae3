package protocol

import (
	"bufio"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden are records as Kafka's own classes have written them, by format and codec or by kind: testdata/golden tells how.
func golden(t testing.TB) map[string][]byte {
	t.Helper()
	f, err := os.Open("testdata/golden/records.txt")
	require.NoError(t, err)
	defer f.Close()
	all := make(map[string][]byte)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		all[name], err = hex.DecodeString(text)
		require.NoError(t, err)
	}
	require.NoError(t, lines.Err())
	require.Len(t, all, 5+2*4+7)
	return all
}

// goldenRecords is what testdata/golden puts into batches and sets.
func goldenRecords(t *testing.T, format byte, codec CompressionCodec) Records {
	if format == '2' {
		return batchRecords(codec)
	}
	set := compressedSet(t, int8(format-'0'), CompressionNone)
	for _, m := range set.Messages {
		if codec == CompressionNone || format == '0' { // only within compressed sets of format 1 offsets are relative
			m.Offset += 10
		}
	}
	if codec == CompressionNone {
		return Records{MsgSet: set}
	}
	value, err := set.append(nil)
	require.NoError(t, err)
	outer := &SetMessage{Codec: codec, Value: value, Set: set, Version: set.Messages[0].Msg.Version}
	if outer.Version > 0 {
		outer.Timestamp = at
	}
	return Records{MsgSet: &MessageSet{Messages: []*MessageBlock{{Offset: 12, Msg: outer}}}}
}

func TestRecordsOfKafka(t *testing.T) {
	for name, data := range golden(t) {
		format, text, ok := strings.Cut(name, "-")
		if !ok {
			continue
		}
		var codec CompressionCodec
		require.NoError(t, codec.UnmarshalText([]byte(text)))
		want := goldenRecords(t, format[1], codec)
		var got Records
		rest, err := got.decode(data, 0)
		require.NoError(t, err, name)
		require.Empty(t, rest)
		require.Equal(t, want, got, name)
		if codec == CompressionNone {
			written, err := want.append(nil)
			require.NoError(t, err)
			require.Equal(t, data, written, name)
		}
		var r BatchReader
		r.Reset(data)
		batches := 0
		for r.Next() {
			require.NoError(t, r.VerifyCRC(), name)
			batches++
		}
		require.NoError(t, r.Err())
		require.Positive(t, batches)
		require.False(t, r.Partial())
	}
}

func TestControlRecordsOfKafka(t *testing.T) {
	directory := Uuid{7: 1, 15: 2}
	for name, want := range map[string]any{
		"abort":         ControlRecord{CoordinatorEpoch: 11, Type: ControlRecordAbort},
		"commit":        ControlRecord{CoordinatorEpoch: 11, Type: ControlRecordCommit},
		"leader_change": &LeaderChangeMessage{LeaderID: 2, Voters: []LeaderChangeVoter{{VoterID: 2}, {VoterID: 3}}, GrantingVoters: []LeaderChangeVoter{{VoterID: 2}}},
		"snapshot_header": &SnapshotHeaderRecord{
			LastContainedLogTimestamp: at.UnixMilli(),
		},
		"snapshot_footer": &SnapshotFooterRecord{},
		"kraft_version":   &KRaftVersionRecord{KRaftVersion: 1},
		"voters": &VotersRecord{Voters: []QuorumVoter{{
			VoterID: 2, VoterDirectoryID: directory, Endpoints: []QuorumListener{{Name: "CONTROLLER", Host: "host", Port: 9093}},
			KRaftVersionFeature: KRaftVersionFeature{MaxSupportedVersion: 1},
		}}},
	} {
		data := golden(t)[name]
		var r BatchReader
		r.Reset(data)
		require.True(t, r.Next(), name)
		require.NoError(t, r.VerifyCRC(), name)
		require.True(t, r.Header.IsControl(), name)
		var v RecordView
		rest, err := ReadRecord(r.Records(), &v)
		require.NoError(t, err, name)
		require.Empty(t, rest, name)
		if _, ok := want.(ControlRecord); ok {
			got, err := ReadControlRecord(v.Key, v.Value)
			require.NoError(t, err, name)
			require.Equal(t, want, got, name)
			key, value := AppendControlRecord(nil, nil, got)
			require.Equal(t, v.Key, key, name)
			require.Equal(t, v.Value, value, name)
			continue
		}
		got, err := UnmarshalQuorumRecord(v.Key, v.Value)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
		key, value, err := MarshalQuorumRecord(got)
		require.NoError(t, err, name)
		require.Equal(t, v.Key, key, name)
		require.Equal(t, v.Value, value, name)
	}
}
