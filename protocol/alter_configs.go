package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// AlterConfigsRequest replaces configurations: entries that it does not name go
// back to their defaults (API AlterConfigs, KIP-133). IncrementalAlterConfigsRequest leaves them.
type AlterConfigsRequest struct {
	Version      int16
	Resources    []*AlterConfigsResource
	ValidateOnly bool // nothing is changed
	UnknownTags  map[uint32][]byte
}

func (r *AlterConfigsRequest) identity() identity { return request(KeyAlterConfigs, &r.Version) }

func (r *AlterConfigsRequest) walk(c *wire.Codec) {
	structs(c, &r.Resources)
	c.Bool(&r.ValidateOnly)
	c.Tags(&r.UnknownTags)
}

// AlterConfigsResource is the whole configuration of a resource.
type AlterConfigsResource struct {
	Type          ConfigResourceType
	Name          string
	ConfigEntries map[string]*string // by name; nil values are null
	UnknownTags   map[uint32][]byte
}

func (r *AlterConfigsResource) walk(c *wire.Codec) {
	c.Int8((*int8)(&r.Type))
	c.String(&r.Name)
	mapped(c, &r.ConfigEntries, func(name *string, value **string) {
		c.String(name)
		c.NullString(value)
		c.Tags(nil)
	})
	c.Tags(&r.UnknownTags)
}

// AlterConfigError is why a configuration was not changed.
type AlterConfigError struct {
	Err    KError
	ErrMsg string
}

// Error returns the code's text, followed by the broker's message if there is one.
func (e *AlterConfigError) Error() string { return codeAndText(e.Err, e.ErrMsg) }

// Unwrap returns the code.
func (e *AlterConfigError) Unwrap() error { return e.Err }

// AlterConfigsResponse answers an AlterConfigsRequest, resource by resource.
type AlterConfigsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Resources    []*AlterConfigsResourceResponse
	UnknownTags  map[uint32][]byte
}

func (r *AlterConfigsResponse) identity() identity { return response(KeyAlterConfigs, &r.Version) }

func (r *AlterConfigsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	structs(c, &r.Resources)
	c.Tags(&r.UnknownTags)
}

// AlterConfigsResourceResponse tells whether the configuration of a resource was changed.
type AlterConfigsResourceResponse struct {
	ErrorCode   int16  // a KError; 0 is success
	ErrorMsg    string // empty if there is none
	Type        ConfigResourceType
	Name        string
	UnknownTags map[uint32][]byte
}

func (r *AlterConfigsResourceResponse) walk(c *wire.Codec) {
	c.Int16(&r.ErrorCode)
	c.String(&r.ErrorMsg)
	c.Int8((*int8)(&r.Type))
	c.String(&r.Name)
	c.Tags(&r.UnknownTags)
}
