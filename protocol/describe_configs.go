package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DescribeConfigsRequest asks for configurations (API DescribeConfigs, KIP-133).
type DescribeConfigsRequest struct {
	Version              int16
	Resources            []*ConfigResource
	IncludeSynonyms      bool // v1 (KIP-226)
	IncludeDocumentation bool // v3 (KIP-569)
	UnknownTags          map[uint32][]byte
}

func (r *DescribeConfigsRequest) identity() identity {
	return request(KeyDescribeConfigs, &r.Version)
}

func (r *DescribeConfigsRequest) walk(c *wire.Codec) {
	structs(c, &r.Resources)
	if c.Version >= 1 {
		c.Bool(&r.IncludeSynonyms)
	}
	if c.Version >= 3 {
		c.Bool(&r.IncludeDocumentation)
	}
	c.Tags(&r.UnknownTags)
}

// ConfigResource names a resource whose configuration is asked for.
type ConfigResource struct {
	Type        ConfigResourceType
	Name        string
	ConfigNames []string // empty for all entries
	UnknownTags map[uint32][]byte
}

func (r *ConfigResource) walk(c *wire.Codec) {
	c.Int8((*int8)(&r.Type))
	c.String(&r.Name)
	names := r.ConfigNames
	if len(names) == 0 {
		names = nil // as null, which brokers of all versions take for all entries
	}
	c.NullStrings(&names)
	if c.Reading() {
		r.ConfigNames = names
	}
	c.Tags(&r.UnknownTags)
}

// DescribeConfigError is why a resource's configuration was not told.
type DescribeConfigError struct {
	Err    KError
	ErrMsg string
}

// Error returns the code's text, followed by the broker's message if there is one.
func (e *DescribeConfigError) Error() string { return codeAndText(e.Err, e.ErrMsg) }

// Unwrap returns the code.
func (e *DescribeConfigError) Unwrap() error { return e.Err }

func codeAndText(code KError, text string) string {
	if text == "" {
		return code.Error()
	}
	return codeAndMessage(code, &text)
}

// DescribeConfigsResponse answers a DescribeConfigsRequest, resource by resource.
type DescribeConfigsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Resources    []*ResourceResponse
	UnknownTags  map[uint32][]byte
}

func (r *DescribeConfigsResponse) identity() identity {
	return response(KeyDescribeConfigs, &r.Version)
}

func (r *DescribeConfigsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	structs(c, &r.Resources)
	c.Tags(&r.UnknownTags)
}

// ResourceResponse is the configuration of one resource.
type ResourceResponse struct {
	ErrorCode   int16  // a KError; 0 is success
	ErrorMsg    string // empty if there is none
	Type        ConfigResourceType
	Name        string
	Configs     []*ConfigEntry
	UnknownTags map[uint32][]byte
}

func (r *ResourceResponse) walk(c *wire.Codec) {
	c.Int16(&r.ErrorCode)
	c.String(&r.ErrorMsg)
	c.Int8((*int8)(&r.Type))
	c.String(&r.Name)
	structs(c, &r.Configs)
	c.Tags(&r.UnknownTags)
}

// ConfigEntry is an entry of a configuration.
type ConfigEntry struct {
	Name          string
	Value         string // empty if it is sensitive
	ReadOnly      bool
	Default       bool         // at v1 and later read as Source being SourceDefault, and not written
	Source        ConfigSource // v1 (KIP-226); at v0 read as SourceDefault or SourceUnknown
	Sensitive     bool
	Synonyms      []*ConfigSynonym // v1, where the value comes from, in the order of preference
	Type          ConfigType       // v3 (KIP-569)
	Documentation *string          // v3 (KIP-569)
	UnknownTags   map[uint32][]byte
}

func (e *ConfigEntry) walk(c *wire.Codec) {
	c.String(&e.Name)
	c.String(&e.Value)
	c.Bool(&e.ReadOnly)
	e.walkSource(c)
	c.Bool(&e.Sensitive)
	if c.Version >= 1 {
		structs(c, &e.Synonyms)
	}
	if c.Version >= 3 {
		c.Int8((*int8)(&e.Type))
		c.NullString(&e.Documentation)
	}
	c.Tags(&e.UnknownTags)
}

func (e *ConfigEntry) walkSource(c *wire.Codec) {
	if c.Version >= 1 {
		c.Int8((*int8)(&e.Source))
		if c.Reading() {
			e.Default = e.Source == SourceDefault
		}
		return
	}
	c.Bool(&e.Default)
	if c.Reading() {
		e.Source = SourceUnknown
		if e.Default {
			e.Source = SourceDefault
		}
	}
}

// ConfigSynonym is a place that a configuration entry may take its value from (KIP-226).
type ConfigSynonym struct {
	ConfigName  string
	ConfigValue string // empty if it is sensitive
	Source      ConfigSource
	UnknownTags map[uint32][]byte
}

func (s *ConfigSynonym) walk(c *wire.Codec) {
	c.String(&s.ConfigName)
	c.String(&s.ConfigValue)
	c.Int8((*int8)(&s.Source))
	c.Tags(&s.UnknownTags)
}
