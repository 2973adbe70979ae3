package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// IncrementalAlterConfigsOperation is what is done to a configuration entry.
type IncrementalAlterConfigsOperation int8

const (
	// IncrementalAlterConfigsOperationSet sets the value.
	IncrementalAlterConfigsOperationSet IncrementalAlterConfigsOperation = iota
	// IncrementalAlterConfigsOperationDelete goes back to the default; there is no value.
	IncrementalAlterConfigsOperationDelete
	// IncrementalAlterConfigsOperationAppend adds elements to a list.
	IncrementalAlterConfigsOperationAppend
	// IncrementalAlterConfigsOperationSubtract removes elements from a list.
	IncrementalAlterConfigsOperationSubtract
)

// IncrementalAlterConfigsRequest changes single entries of configurations (API IncrementalAlterConfigs, KIP-339).
type IncrementalAlterConfigsRequest struct {
	Version      int16
	Resources    []*IncrementalAlterConfigsResource
	ValidateOnly bool // nothing is changed
	UnknownTags  map[uint32][]byte
}

func (r *IncrementalAlterConfigsRequest) identity() identity {
	return request(KeyIncrementalAlterConfigs, &r.Version)
}

func (r *IncrementalAlterConfigsRequest) walk(c *wire.Codec) {
	structs(c, &r.Resources)
	c.Bool(&r.ValidateOnly)
	c.Tags(&r.UnknownTags)
}

// IncrementalAlterConfigsResource is what to change in the configuration of a resource.
type IncrementalAlterConfigsResource struct {
	Type          ConfigResourceType
	Name          string
	ConfigEntries map[string]IncrementalAlterConfigsEntry // by name
	UnknownTags   map[uint32][]byte
}

func (r *IncrementalAlterConfigsResource) walk(c *wire.Codec) {
	c.Int8((*int8)(&r.Type))
	c.String(&r.Name)
	mapped(c, &r.ConfigEntries, func(name *string, entry *IncrementalAlterConfigsEntry) {
		c.String(name)
		c.Int8((*int8)(&entry.Operation))
		c.NullString(&entry.Value)
		c.Tags(nil) // the struct is comparable: it has no room for unknown ones
	})
	c.Tags(&r.UnknownTags)
}

// IncrementalAlterConfigsEntry is a change of one entry.
type IncrementalAlterConfigsEntry struct {
	Operation IncrementalAlterConfigsOperation
	Value     *string // nil for none, or for null
}

// IncrementalAlterConfigsResponse answers an IncrementalAlterConfigsRequest, resource by resource.
type IncrementalAlterConfigsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Resources    []*AlterConfigsResourceResponse
	UnknownTags  map[uint32][]byte
}

func (r *IncrementalAlterConfigsResponse) identity() identity {
	return response(KeyIncrementalAlterConfigs, &r.Version)
}

func (r *IncrementalAlterConfigsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	structs(c, &r.Resources)
	c.Tags(&r.UnknownTags)
}
