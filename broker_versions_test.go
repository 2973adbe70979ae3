package sarama

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// readyLink is a link as if it were connected to a broker with versions.
func readyLink(kafka KafkaVersion, versions versionRanges) *link {
	conf := NewConfig()
	conf.Version = kafka
	l := newLink(NewBroker("b1:9092"), conf)
	l.versions = versions
	close(l.ready)
	return l
}

func TestVersionsAreNegotiated(t *testing.T) {
	fetch := func(low, high int16) versionRanges { return versionRanges{protocol.KeyFetch: {low, high}} }
	for name, test := range map[string]struct {
		kafka    KafkaVersion
		versions versionRanges
		asked    int16
		want     int16
		highest  int16
		text     string
	}{
		"within":                {V2_8_0_0, fetch(0, 18), 7, 7, 12, ""},
		"broker is older":       {V4_1_0_0, fetch(0, 11), 16, 11, 11, ""},
		"broker dropped it":     {V2_8_0_0, fetch(4, 18), 0, 4, 12, ""},
		"config does not allow": {V2_1_0_0, fetch(0, 18), 12, 0, 10, "Fetch version 12 is not in Kafka 2.1.0, which has 0 to 10: raise Config.Version"},
		"broker needs more": {V0_10_0_0, fetch(4, 18), 2, 0, 0,
			"Fetch: broker needs at least version 4 (it has 4 to 18), Config.Version 0.10.0.0 allows 0 to 2: raise Config.Version"},
		"broker has no such API":   {V2_8_0_0, versionRanges{}, 4, 0, 0, "Fetch (versions 0 to 12) is not supported by the broker"},
		"not asked":                {V2_8_0_0, nil, 12, 12, 12, ""},
		"not asked, not in config": {V1_0_0_0, nil, 12, 0, 6, "Fetch version 12 is not in Kafka 1.0.0, which has 0 to 6: raise Config.Version"},
	} {
		t.Run(name, func(t *testing.T) {
			l := readyLink(test.kafka, test.versions)
			req := &FetchRequest{Version: test.asked}
			got, err := l.negotiate(req)
			if test.text != "" {
				require.EqualError(t, err, test.text)
				require.ErrorIs(t, err, ErrUnsupportedVersion)
			} else {
				require.NoError(t, err)
				require.Equal(t, test.want, got)
				require.Equal(t, test.want, req.Version)
			}
			highest, _ := l.version(protocol.KeyFetch)
			require.Equal(t, test.highest, highest)
		})
	}
}

// TestProduceVersionsThatBrokersOnlySay: Kafka 4 ends the connection at those (KIP-896).
func TestProduceVersionsThatBrokersOnlySay(t *testing.T) {
	told := func(lowestFetch int16) versionRanges {
		return rangesOf(&ApiVersionsResponse{ApiKeys: []protocol.ApiVersionsResponseKey{
			{ApiKey: protocol.KeyProduce, MaxVersion: 13}, {ApiKey: protocol.KeyFetch, MinVersion: lowestFetch, MaxVersion: 18},
		}})
	}
	_, err := readyLink(V0_10_2_0, told(4)).version(protocol.KeyProduce)
	require.EqualError(t, err, "Produce: broker needs at least version 3 (it has 3 to 13), Config.Version 0.10.2.0 allows 0 to 2: raise Config.Version")
	version, err := readyLink(V0_10_2_0, told(0)).version(protocol.KeyProduce)
	require.NoError(t, err)
	require.EqualValues(t, 2, version)
}

func TestAPIThatTheConfiguredKafkaDoesNotHave(t *testing.T) {
	_, err := readyLink(V1_0_0_0, nil).negotiate(&DescribeClusterRequest{})
	require.EqualError(t, err, "DescribeCluster is not in Kafka 1.0.0: raise Config.Version")
	require.ErrorIs(t, err, ErrUnsupportedVersion)
}

func TestBrokerIsAskedForItsVersions(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	newScriptedCluster(far)
	conf := network.config()
	conf.Version = MaxVersion
	b := openBroker(t, conf, far)
	_, err := b.GetMetadata(&MetadataRequest{Version: 12})
	require.NoError(t, err)
	asked := far.received(protocol.KeyApiVersions)
	require.Len(t, asked, 1)
	require.EqualValues(t, 4, asked[0].Version)
	require.Equal(t, "sarama", asked[0].Body.(*ApiVersionsRequest).ClientSoftwareName)
	require.Equal(t, "dev", asked[0].Body.(*ApiVersionsRequest).ClientSoftwareVersion)
	require.EqualValues(t, 12, far.received(protocol.KeyMetadata)[0].Version)
}

func TestVersionsOfAnOlderBroker(t *testing.T) {
	for name, refusal := range map[string]*protocol.ApiVersionsResponse{
		"Kafka 2.4": {ErrorCode: int16(ErrUnsupportedVersion), ApiKeys: []ApiVersionsResponseKey{{ApiKey: protocol.KeyApiVersions, MaxVersion: 2}}},
		"Kafka 2.0": {ErrorCode: int16(ErrUnsupportedVersion)},
	} {
		t.Run(name, func(t *testing.T) {
			network := newScriptedNetwork(t)
			far := network.broker(1)
			newScriptedCluster(far)
			has := &protocol.ApiVersionsResponse{ApiKeys: []ApiVersionsResponseKey{
				{ApiKey: protocol.KeyApiVersions, MaxVersion: 2}, {ApiKey: protocol.KeyMetadata, MaxVersion: 3},
			}}
			far.on(protocol.KeyApiVersions, answer(refusal, has))
			b := openBroker(t, network.config(), far)
			_, err := b.GetMetadata(&MetadataRequest{Version: 5})
			require.NoError(t, err)
			require.EqualValues(t, 3, far.received(protocol.KeyMetadata)[0].Version)
			asked := far.received(protocol.KeyApiVersions)
			require.EqualValues(t, 3, asked[0].Version)
			require.EqualValues(t, len(refusal.ApiKeys)*2, asked[1].Version)
		})
	}
}

func TestBrokerThatDoesNotTellItsVersions(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	newScriptedCluster(far)
	far.on(protocol.KeyApiVersions, answer(&protocol.ApiVersionsResponse{ErrorCode: int16(ErrUnsupportedVersion)}))
	b := openBroker(t, network.config(), far)
	_, err := b.GetMetadata(&MetadataRequest{Version: 5})
	require.NoError(t, err)
	require.Len(t, far.received(protocol.KeyApiVersions), 2)

	conf := network.config()
	conf.ApiVersionsRequest = false
	b = openBroker(t, conf, far)
	_, err = b.GetMetadata(&MetadataRequest{Version: 5})
	require.NoError(t, err)
	require.Len(t, far.received(protocol.KeyApiVersions), 2)

	_, err = b.GetMetadata(&MetadataRequest{Version: 12})
	var unsupported *versionError
	require.ErrorAs(t, err, &unsupported)
	require.True(t, errors.Is(err, ErrUnsupportedVersion) && unsent(err))
}
