package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

const (
	// DescribeClusterEndpointTypeBrokers asks for the brokers.
	DescribeClusterEndpointTypeBrokers int8 = 1
	// DescribeClusterEndpointTypeControllers asks for the controllers; only they answer it (KIP-919).
	DescribeClusterEndpointTypeControllers int8 = 2
)

// DescribeClusterRequest asks for the cluster's id, controller and nodes (API DescribeCluster, KIP-700).
type DescribeClusterRequest struct {
	Version                            int16
	IncludeClusterAuthorizedOperations bool
	EndpointType                       int8 // v1 (KIP-919), DescribeClusterEndpointTypeBrokers or ...Controllers
	IncludeFencedBrokers               bool // v2 (KIP-1073)
	UnknownTags                        map[uint32][]byte
}

// NewDescribeClusterRequest returns a request for all brokers, fenced ones included,
// at the version that brokers of a Kafka version know.
func NewDescribeClusterRequest(version KafkaVersion) *DescribeClusterRequest {
	r := &DescribeClusterRequest{Version: versionFor(KeyDescribeCluster, version, 2)}
	if r.Version >= 1 {
		r.EndpointType = DescribeClusterEndpointTypeBrokers
	}
	r.IncludeFencedBrokers = r.Version >= 2
	return r
}

func (r *DescribeClusterRequest) identity() identity { return request(KeyDescribeCluster, &r.Version) }

func (r *DescribeClusterRequest) walk(c *wire.Codec) {
	c.Bool(&r.IncludeClusterAuthorizedOperations)
	if c.Version >= 1 {
		c.Int8(&r.EndpointType)
	}
	if c.Version >= 2 {
		c.Bool(&r.IncludeFencedBrokers)
	}
	c.Tags(&r.UnknownTags)
}

// DescribeClusterResponse answers a DescribeClusterRequest.
type DescribeClusterResponse struct {
	Version                     int16
	ThrottleTimeMs              int32 // milliseconds
	Err                         KError
	ErrorMessage                *string
	EndpointType                int8 // v1 (KIP-919)
	ClusterID                   string
	ControllerID                int32 // a broker's id, -1 if there is none
	Brokers                     []*DescribeClusterBroker
	ClusterAuthorizedOperations int32 // a bit for each AclOperation that is allowed; the lowest number if not asked for
	UnknownTags                 map[uint32][]byte
}

func (r *DescribeClusterResponse) identity() identity {
	return response(KeyDescribeCluster, &r.Version)
}

func (r *DescribeClusterResponse) walk(c *wire.Codec) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.Err))
	c.NullString(&r.ErrorMessage)
	if c.Version >= 1 {
		c.Int8(&r.EndpointType)
	}
	c.String(&r.ClusterID)
	c.Int32(&r.ControllerID)
	structs(c, &r.Brokers)
	c.Int32(&r.ClusterAuthorizedOperations)
	c.Tags(&r.UnknownTags)
}

// DescribeClusterBroker is a broker, or a controller if those were asked for.
type DescribeClusterBroker struct {
	BrokerID    int32
	Host        string
	Port        int32
	Rack        *string // nil if it has none
	IsFenced    bool    // v2 (KIP-1073)
	UnknownTags map[uint32][]byte
}

func (b *DescribeClusterBroker) walk(c *wire.Codec) {
	c.Int32(&b.BrokerID)
	c.String(&b.Host)
	c.Int32(&b.Port)
	c.NullString(&b.Rack)
	if c.Version >= 2 {
		c.Bool(&b.IsFenced)
	}
	c.Tags(&b.UnknownTags)
}
