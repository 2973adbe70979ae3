package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// ListConfigResourcesRequest asks for the resources that have a configuration (API ListConfigResources, KIP-1142). In v0
// it is ListClientMetricsResources and asks for subscriptions to metrics of clients (KIP-714).
type ListConfigResourcesRequest struct {
	Version       int16
	ResourceTypes []ConfigResourceType // v1, none for all kinds that the broker can list
	UnknownTags   map[uint32][]byte
}

func (r *ListConfigResourcesRequest) identity() identity {
	return request(KeyListConfigResources, &r.Version)
}

func (r *ListConfigResourcesRequest) walk(c *wire.Codec) {
	if c.Version >= 1 {
		octets(c, &r.ResourceTypes)
	}
	c.Tags(&r.UnknownTags)
}

// ListConfigResourcesResponse answers a ListConfigResourcesRequest.
type ListConfigResourcesResponse struct {
	Version         int16
	ThrottleTime    time.Duration // whole milliseconds
	ErrorCode       KError
	ConfigResources []ListedConfigResource
	UnknownTags     map[uint32][]byte
}

func (r *ListConfigResourcesResponse) identity() identity {
	return response(KeyListConfigResources, &r.Version)
}

func (r *ListConfigResourcesResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	values(c, &r.ConfigResources)
	c.Tags(&r.UnknownTags)
}

// ListedConfigResource is a resource that has a configuration.
type ListedConfigResource struct {
	ResourceName string
	ResourceType ConfigResourceType // ClientMetricsResource before v1
	UnknownTags  map[uint32][]byte
}

func (r *ListedConfigResource) walk(c *wire.Codec) {
	c.String(&r.ResourceName)
	switch {
	case c.Version >= 1:
		c.Int8((*int8)(&r.ResourceType))
	case c.Reading():
		r.ResourceType = ClientMetricsResource
	}
	c.Tags(&r.UnknownTags)
}
