package protocol

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFeatureUpdateSaysTheSameAtAllVersions(t *testing.T) {
	for _, v := range []struct {
		allow bool
		in    FeatureUpgradeType
		want  FeatureUpgradeType
		reads bool
	}{
		{false, FeatureUpgradeUnknown, FeatureUpgradeOnly, false},
		{true, FeatureUpgradeUnknown, FeatureSafeDowngrade, true},
		{true, FeatureUpgradeOnly, FeatureUpgradeOnly, false},
		{false, FeatureSafeDowngrade, FeatureSafeDowngrade, true},
		{false, FeatureUnsafeDowngrade, FeatureUnsafeDowngrade, true},
	} {
		update := FeatureUpdate{Feature: "f", MaxVersionLevel: 2, AllowDowngrade: v.allow, UpgradeType: v.in}
		for version := int16(0); version <= 2; version++ {
			in := &UpdateFeaturesRequest{
				Version: version, Timeout: time.Second, ValidateOnly: version > 0, FeatureUpdates: []FeatureUpdate{update},
			}
			got := &UpdateFeaturesRequest{Version: version}
			require.NoError(t, Unmarshal(bodyOf(t, in), got))
			want := FeatureUpdate{Feature: "f", MaxVersionLevel: 2, AllowDowngrade: v.allow}
			if version > 0 {
				want.UpgradeType, want.AllowDowngrade = v.want, v.reads
			}
			require.Equal(t, []FeatureUpdate{want}, got.FeatureUpdates, "v%d %+v", version, v)
			require.Equal(t, in.Timeout, got.Timeout)
			require.Equal(t, in.ValidateOnly, got.ValidateOnly)
		}
	}
}

func TestUpdatedFeaturesHaveResultsUpToVersion1(t *testing.T) {
	for version := int16(0); version <= 2; version++ {
		failed := UpdatableFeatureResult{Feature: "f", ErrorCode: ErrFeatureUpdateFailed}
		in := &UpdateFeaturesResponse{Version: version, Results: []UpdatableFeatureResult{failed}}
		got := &UpdateFeaturesResponse{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, in), got))
		if version == 2 {
			in.Results = nil
		}
		require.Equal(t, in, got)
	}
}

func TestNewDescribeClusterRequestAsksForAllBrokers(t *testing.T) {
	for kafka, want := range map[KafkaVersion]*DescribeClusterRequest{
		V2_7_0_0: {},
		V2_8_0_0: {},
		V3_6_0_0: {},
		V3_7_0_0: {Version: 1, EndpointType: DescribeClusterEndpointTypeBrokers},
		V4_0_0_0: {Version: 2, EndpointType: DescribeClusterEndpointTypeBrokers, IncludeFencedBrokers: true},
		V4_4_0_0: {Version: 2, EndpointType: DescribeClusterEndpointTypeBrokers, IncludeFencedBrokers: true},
	} {
		require.Equal(t, want, NewDescribeClusterRequest(kafka), "%v", kafka)
	}
}

func TestNewDescribeClientQuotasRequestChoosesTheVersion(t *testing.T) {
	components := []QuotaFilterComponent{{EntityType: QuotaEntityUser, MatchType: QuotaMatchAny}}
	for kafka, want := range map[KafkaVersion]int16{V2_5_0_0: 0, V2_6_0_0: 0, V2_7_0_0: 0, V2_8_0_0: 1, V4_4_0_0: 1} {
		require.Equal(t, &DescribeClientQuotasRequest{Version: want, Components: components, Strict: true},
			NewDescribeClientQuotasRequest(kafka, components, true), "%v", kafka)
	}
}
