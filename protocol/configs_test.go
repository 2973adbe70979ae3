package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConfigErrorsAreErrors(t *testing.T) {
	for name, err := range map[string][2]error{
		"describe": {
			&DescribeConfigError{Err: ErrInvalidConfig},
			&DescribeConfigError{Err: ErrInvalidConfig, ErrMsg: "because"},
		},
		"alter": {
			&AlterConfigError{Err: ErrInvalidConfig},
			&AlterConfigError{Err: ErrInvalidConfig, ErrMsg: "because"},
		},
	} {
		require.EqualError(t, err[0], ErrInvalidConfig.Error(), name)
		require.EqualError(t, err[1], ErrInvalidConfig.Error()+" - because", name)
		require.ErrorIs(t, err[0], ErrInvalidConfig, name)
		require.ErrorIs(t, err[1], ErrInvalidConfig, name)
	}
}

func TestDescribeConfigsAsksForAllEntriesWithoutNames(t *testing.T) {
	for version := int16(0); version <= 4; version++ {
		for _, names := range [][]string{nil, {}, {"a", "b"}} {
			resource := &ConfigResource{Type: TopicResource, Name: "t", ConfigNames: names}
			in := &DescribeConfigsRequest{Version: version, Resources: []*ConfigResource{resource}}
			got := &DescribeConfigsRequest{Version: version}
			require.NoError(t, Unmarshal(bodyOf(t, in), got))
			if len(names) == 0 {
				names = nil
			}
			require.Equal(t, names, got.Resources[0].ConfigNames, "v%d", version)
		}
	}
}

// What version 0 calls a default is one of the sources of later versions.
func TestConfigEntryTellsDefaultAndSourceAtAllVersions(t *testing.T) {
	for version := int16(0); version <= 4; version++ {
		for _, source := range []ConfigSource{SourceDefault, SourceTopic} {
			entry := &ConfigEntry{Name: "n", Default: source == SourceDefault, Source: source}
			in := &DescribeConfigsResponse{Version: version, Resources: []*ResourceResponse{{Configs: []*ConfigEntry{entry}}}}
			got := &DescribeConfigsResponse{Version: version}
			require.NoError(t, Unmarshal(bodyOf(t, in), got))
			read := got.Resources[0].Configs[0]
			require.Equal(t, source == SourceDefault, read.Default, "v%d %v", version, source)
			switch {
			case version == 0 && source == SourceTopic:
				require.Equal(t, SourceUnknown, read.Source)
			default:
				require.Equal(t, source, read.Source, "v%d", version)
			}
			if version == 0 {
				require.Nil(t, read.Synonyms)
			} else {
				require.NotNil(t, read.Synonyms)
			}
		}
	}
}

func TestAlteredConfigsReadAsNilWithoutEntries(t *testing.T) {
	alter := &AlterConfigsRequest{Version: 2}
	require.NoError(t, Unmarshal(bodyOf(t, &AlterConfigsRequest{
		Version: 2, Resources: []*AlterConfigsResource{{Name: "t", ConfigEntries: map[string]*string{}}},
	}), alter))
	require.Nil(t, alter.Resources[0].ConfigEntries)

	value := "v"
	in := &IncrementalAlterConfigsRequest{Version: 1, Resources: []*IncrementalAlterConfigsResource{
		{Type: TopicResource, Name: "empty"},
		{Type: TopicResource, Name: "some", ConfigEntries: map[string]IncrementalAlterConfigsEntry{
			"a": {Operation: IncrementalAlterConfigsOperationSubtract, Value: &value},
			"b": {Operation: IncrementalAlterConfigsOperationDelete},
		}},
	}}
	got := &IncrementalAlterConfigsRequest{Version: 1}
	require.NoError(t, Unmarshal(bodyOf(t, in), got))
	require.Equal(t, in, got)
}
