package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuotaFilterHasANameForExactMatchesOnly(t *testing.T) {
	for version := int16(0); version <= 1; version++ {
		in := &DescribeClientQuotasRequest{Version: version, Strict: true, Components: []QuotaFilterComponent{
			{EntityType: QuotaEntityUser, MatchType: QuotaMatchExact, Match: "u"},
			{EntityType: QuotaEntityClientID, MatchType: QuotaMatchDefault, Match: "ignored"},
			{EntityType: QuotaEntityIP, MatchType: QuotaMatchAny, Match: "ignored"},
		}}
		got := &DescribeClientQuotasRequest{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, in), got))
		in.Components[1].Match, in.Components[2].Match = "", ""
		require.Equal(t, in, got)
	}
}

// The default of a kind has no name; the empty name is a name.
func TestQuotaEntityWithoutANameIsTheDefault(t *testing.T) {
	for version := int16(0); version <= 1; version++ {
		in := &AlterClientQuotasRequest{Version: version, ValidateOnly: true, Entries: []AlterClientQuotasEntry{{
			Entity: []QuotaEntityComponent{
				{EntityType: QuotaEntityUser, MatchType: QuotaMatchDefault, Name: "ignored"},
				{EntityType: QuotaEntityClientID, Name: ""},
				{EntityType: QuotaEntityIP, Name: "127.0.0.1"},
			},
			Ops: []ClientQuotasOp{{Key: "producer_byte_rate", Value: 1.5}, {Key: "consumer_byte_rate", Remove: true}},
		}}}
		got := &AlterClientQuotasRequest{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, in), got))
		in.Entries[0].Entity[0].Name = ""
		require.Equal(t, in, got)
	}
}

func TestQuotasReadAsEmptyAndNotAsNil(t *testing.T) {
	got := &DescribeClientQuotasResponse{Version: 1}
	require.NoError(t, Unmarshal(bodyOf(t, &DescribeClientQuotasResponse{Version: 1}), got))
	require.NotNil(t, got.Entries)
	in := &DescribeClientQuotasResponse{Version: 1, Entries: []DescribeClientQuotasEntry{{}}}
	require.NoError(t, Unmarshal(bodyOf(t, in), got))
	want := DescribeClientQuotasEntry{Entity: []QuotaEntityComponent{}, Values: map[string]float64{}}
	require.Equal(t, []DescribeClientQuotasEntry{want}, got.Entries)
	got = &DescribeClientQuotasResponse{Version: 1}
	require.NoError(t, Unmarshal([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0}, got), "no entries at all")
	require.Equal(t, []DescribeClientQuotasEntry{}, got.Entries)
}
