package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// WriteTxnMarkersRequest has leaders write the records that end transactions:
// what the coordinator sends, and a tool that ends a hanging transaction (API WriteTxnMarkers, KIP-98, KIP-664).
type WriteTxnMarkersRequest struct {
	Version     int16
	Markers     []WritableTxnMarker
	UnknownTags map[uint32][]byte
}

// WritableTxnMarker ends the transaction of a producer in partitions.
type WritableTxnMarker struct {
	ProducerID         int64
	ProducerEpoch      int16
	TransactionResult  bool // true commits, false aborts
	Topics             []WritableTxnMarkerTopic
	CoordinatorEpoch   int32
	TransactionVersion int8 // v2, 0 and 1 are the first protocol, 2 is that of KIP-890
	UnknownTags        map[uint32][]byte
}

// WritableTxnMarkerTopic lists partitions of a topic that get the marker.
type WritableTxnMarkerTopic struct {
	Name             string
	PartitionIndexes []int32
	UnknownTags      map[uint32][]byte
}

func (r *WriteTxnMarkersRequest) identity() identity { return request(KeyWriteTxnMarkers, &r.Version) }

func (r *WriteTxnMarkersRequest) walk(c *wire.Codec) {
	values(c, &r.Markers)
	c.Tags(&r.UnknownTags)
}

func (m *WritableTxnMarker) walk(c *wire.Codec) {
	c.Int64(&m.ProducerID)
	c.Int16(&m.ProducerEpoch)
	c.Bool(&m.TransactionResult)
	values(c, &m.Topics)
	c.Int32(&m.CoordinatorEpoch)
	if c.Version >= 2 {
		c.Int8(&m.TransactionVersion)
	}
	c.Tags(&m.UnknownTags)
}

func (t *WritableTxnMarkerTopic) walk(c *wire.Codec) {
	c.String(&t.Name)
	c.Int32s(&t.PartitionIndexes)
	c.Tags(&t.UnknownTags)
}

// WriteTxnMarkersResponse answers a WriteTxnMarkersRequest, producer by producer.
type WriteTxnMarkersResponse struct {
	Version     int16
	Markers     []WritableTxnMarkerResult
	UnknownTags map[uint32][]byte
}

// WritableTxnMarkerResult tells where the marker of a producer was written.
type WritableTxnMarkerResult struct {
	ProducerID  int64
	Topics      []WritableTxnMarkerTopicResult
	UnknownTags map[uint32][]byte
}

// WritableTxnMarkerTopicResult is the outcome for the partitions of a topic.
type WritableTxnMarkerTopicResult struct {
	Name        string
	Partitions  []*PartitionError
	UnknownTags map[uint32][]byte
}

func (r *WriteTxnMarkersResponse) identity() identity {
	return response(KeyWriteTxnMarkers, &r.Version)
}

func (r *WriteTxnMarkersResponse) walk(c *wire.Codec) {
	values(c, &r.Markers)
	c.Tags(&r.UnknownTags)
}

func (r *WritableTxnMarkerResult) walk(c *wire.Codec) {
	c.Int64(&r.ProducerID)
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

func (r *WritableTxnMarkerTopicResult) walk(c *wire.Codec) {
	c.String(&r.Name)
	structs(c, &r.Partitions)
	c.Tags(&r.UnknownTags)
}
