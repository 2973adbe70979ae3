package sarama

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// overWire writes a response and reads it into what its wire form is read into.
func overWire[W any, P interface {
	*W
	protocol.Message
}](t *testing.T, response wireResponse, version int16) P {
	t.Helper()
	written, err := response.toWire()
	require.NoError(t, err)
	b, err := protocol.Marshal(written)
	require.NoError(t, err)
	read := P(new(W))
	protocol.SetVersion(read, version)
	require.NoError(t, protocol.Unmarshal(b, read))
	return read
}

func TestMetadataResponseOnTheWire(t *testing.T) {
	rack := "r1"
	for version := int16(1); version <= 13; version++ {
		r := &MetadataResponse{Version: version, ControllerID: 2}
		r.AddBroker("host:9092", 1)
		r.AddBroker("[::1]:9093", 2)
		r.Brokers[0].rack = &rack
		r.AddTopic("orders", ErrLeaderNotAvailable)
		r.AddTopicPartition("orders", 3, 1, nil, []int32{1}, nil, ErrNoError)
		r.AddTopicPartition("orders", 3, 2, []int32{1, 2}, []int32{1}, nil, ErrReplicaNotAvailable)
		require.Len(t, r.Topics, 1)
		require.Len(t, r.Topics[0].Partitions, 1)

		var read MetadataResponse
		read.fromWire(overWire[protocol.MetadataResponse](t, r, version))
		require.EqualValues(t, 1, read.Brokers[0].ID())
		require.Equal(t, "host:9092", read.Brokers[0].Addr())
		require.Equal(t, "r1", read.Brokers[0].Rack())
		require.Equal(t, "[::1]:9093", read.Brokers[1].Addr())
		require.EqualValues(t, 2, read.ControllerID)
		partition := read.Topics[0].Partitions[0]
		require.Equal(t, []int32{1, 2}, partition.Replicas)
		require.EqualValues(t, 2, partition.Leader)
		require.Equal(t, ErrReplicaNotAvailable, partition.Err)
	}

	r := &MetadataResponse{}
	r.AddBroker("no port", 1)
	_, err := r.toWire()
	require.ErrorAs(t, err, new(PacketEncodingError))
}

func TestFindCoordinatorResponseOnTheWire(t *testing.T) {
	for version := int16(0); version <= 6; version++ {
		r := &FindCoordinatorResponse{Version: version, Coordinator: &Broker{id: 5, addr: "host:9092"}}
		var read FindCoordinatorResponse
		read.fromWire(overWire[protocol.FindCoordinatorResponse](t, r, version))
		require.EqualValues(t, 5, read.Coordinator.ID())
		require.Equal(t, "host:9092", read.Coordinator.Addr())

		r = &FindCoordinatorResponse{Version: version, Err: ErrConsumerCoordinatorNotAvailable}
		read.fromWire(overWire[protocol.FindCoordinatorResponse](t, r, version))
		require.Equal(t, ErrConsumerCoordinatorNotAvailable, read.Err)
		require.Equal(t, NoNode.Addr(), read.Coordinator.Addr())
		require.EqualValues(t, -1, read.Coordinator.ID())
	}
	var none FindCoordinatorResponse
	none.fromWire(&protocol.FindCoordinatorResponse{Coordinator: &protocol.BrokerAddress{}})
	require.Nil(t, none.Coordinator)
}

func TestConsumerMetadataResponseOnTheWire(t *testing.T) {
	r := &ConsumerMetadataResponse{CoordinatorID: 5, CoordinatorHost: "host", CoordinatorPort: 9092}
	var read ConsumerMetadataResponse
	read.fromWire(overWire[protocol.FindCoordinatorResponse](t, r, 0))
	require.EqualValues(t, 5, read.Coordinator.ID())
	require.Equal(t, "host:9092", read.Coordinator.Addr())
	require.EqualValues(t, 5, read.CoordinatorID)
	require.Equal(t, "host", read.CoordinatorHost)
	require.EqualValues(t, 9092, read.CoordinatorPort)
}

func TestGetConsumerMetadata(t *testing.T) {
	_, far, b := oneBroker(t)
	cluster := newScriptedCluster(far)
	cluster.setCoordinator("g", far)
	found, err := b.GetConsumerMetadata(&ConsumerMetadataRequest{ConsumerGroup: "g"})
	require.NoError(t, err)
	require.Equal(t, far.addr(), found.Coordinator.Addr())
	coordinator, err := b.FindCoordinator(&FindCoordinatorRequest{Version: 1, CoordinatorKey: "g"})
	require.NoError(t, err)
	require.Equal(t, far.addr(), coordinator.Coordinator.Addr())
}
