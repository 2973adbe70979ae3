package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersionOrder(t *testing.T) {
	for i, v := range SupportedVersions {
		for j, other := range SupportedVersions {
			require.Equal(t, i >= j, v.IsAtLeast(other), "%v and %v", v, other)
		}
	}
	require.Equal(t, MinVersion, SupportedVersions[0])
	require.Equal(t, MaxVersion, SupportedVersions[len(SupportedVersions)-1])
	require.True(t, V4_4_0_0.IsAtLeast(MaxVersion))
	require.True(t, MinVersion.IsAtLeast(KafkaVersion{}))
}

func TestVersionRoundTrip(t *testing.T) {
	for _, v := range append(SupportedVersions[:len(SupportedVersions):len(SupportedVersions)], V4_4_0_0) {
		parsed, err := ParseKafkaVersion(v.String())
		require.NoError(t, err)
		require.Equal(t, v, parsed)
	}
	require.Equal(t, "0.10.2.1", V0_10_2_1.String())
	require.Equal(t, "2.8.0", V2_8_0_0.String())
	v, err := ParseKafkaVersion("12.34.56")
	require.NoError(t, err)
	require.Equal(t, "12.34.56", v.String())
}

func TestParseInvalidVersion(t *testing.T) {
	for _, s := range []string{
		"", "1.0", "0.8.2", "0.8.2.", "0.8.2.1.1", "1.0.0.0", "2.8.0 ", "v2.8.0", "2.8.x", "-1.0.0", "01.0.0",
		"99999999999999999999.0.0", "1.0.99999999999999999999", "0.1.2.99999999999999999999",
	} {
		v, err := ParseKafkaVersion(s)
		require.ErrorContains(t, err, "invalid version `"+s+"`", s)
		require.Equal(t, DefaultVersion, v, s)
	}
}
