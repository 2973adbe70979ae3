// Package schema interprets Kafka's own definitions of its messages. It writes
// and reads any message at any version without knowing the code under test: an
// oracle for the codecs of package protocol. Only tests import it.
package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// Release is a release of Kafka with its messages.
type Release struct {
	Name     string
	Messages []*Message
}

// Message is the definition of a request, a response, or data within records.
type Message struct {
	APIKey           int16    `json:"apiKey"`
	Type             string   `json:"type"`
	Name             string   `json:"name"`
	ValidVersions    string   `json:"validVersions"`
	FlexibleVersions string   `json:"flexibleVersions,omitempty"`
	Fields           []*Field `json:"fields"`
	CommonStructs    []*Field `json:"commonStructs,omitempty"`
}

// Field is a field of a message, or a named struct.
type Field struct {
	Name             string   `json:"name"`
	Type             string   `json:"type,omitempty"`
	Versions         string   `json:"versions,omitempty"`
	NullableVersions string   `json:"nullableVersions,omitempty"`
	TaggedVersions   string   `json:"taggedVersions,omitempty"`
	FlexibleVersions string   `json:"flexibleVersions,omitempty"`
	Tag              *Tag     `json:"tag,omitempty"`
	Fields           []*Field `json:"fields,omitempty"`
}

// Tag is the number of a tagged field, which some definitions write as a string.
type Tag uint32

// UnmarshalJSON reads a number or a string of one.
func (t *Tag) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseUint(strings.Trim(string(b), `"`), 10, 32)
	*t = Tag(n)
	return err
}

// Lookup returns the definition of an API's request or response at a version, of
// the newest release that has it.
func Lookup(key, version int16, response bool) (*Message, error) {
	all, err := releases()
	if err != nil {
		return nil, err
	}
	want := "request"
	if response {
		want = "response"
	}
	for _, r := range all {
		for _, m := range r.Messages {
			if m.APIKey == key && m.Type == want && contains(m.ValidVersions, version) {
				return m, nil
			}
		}
	}
	return nil, fmt.Errorf("no release defines the %s of API %d at version %d", want, key, version)
}

// Definitions returns the requests and responses of all releases, the newest release first.
func Definitions() ([]*Message, error) {
	all, err := releases()
	if err != nil {
		return nil, err
	}
	var messages []*Message
	for _, r := range all {
		for _, m := range r.Messages {
			if m.Type == "request" || m.Type == "response" {
				messages = append(messages, m)
			}
		}
	}
	return messages, nil
}

// Data returns the definition of what is neither a request nor a response, of the newest release, by name.
func Data(name string) (*Message, error) {
	all, err := releases()
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		for _, m := range r.Messages {
			if m.Name == name && m.Type == "data" {
				return m, nil
			}
		}
	}
	return nil, fmt.Errorf("no release defines %s", name)
}

// Valid returns the range of the message's versions in its release; the last is below the first if there is none.
func (m *Message) Valid() (first, last int16) { return span(m.ValidVersions) }

// Versions returns the range of versions that the releases define for an API's requests.
func Versions(key int16) (lowest, highest int16, err error) {
	all, err := releases()
	if err != nil {
		return 0, 0, err
	}
	lowest, highest = 1<<15-1, -1
	for _, r := range all {
		for _, m := range r.Messages {
			if m.APIKey == key && m.Type == "request" {
				first, last := span(m.ValidVersions)
				lowest, highest = min(lowest, first), max(highest, last)
			}
		}
	}
	return lowest, highest, nil
}

// FirstFlexible returns the first version of the message with tagged fields, or -1 if there is none.
func (m *Message) FirstFlexible() int16 {
	first, last := span(m.FlexibleVersions)
	if first > last {
		return -1
	}
	return first
}

func (m *Message) flexible(version int16) bool { return contains(m.FlexibleVersions, version) }

// structFields returns the fields of a struct type that field f names.
func (m *Message) structFields(f *Field, name string) []*Field {
	if f.Fields != nil {
		return f.Fields
	}
	for _, s := range m.CommonStructs {
		if s.Name == name {
			return s.Fields
		}
	}
	return nil
}

// span parses "1-3", "2+", "0" and "none"; an empty span is 1 to 0.
func span(s string) (first, last int16) {
	s = strings.TrimSpace(s)
	if s == "" || s == "none" {
		return 1, 0
	}
	if open, ok := strings.CutSuffix(s, "+"); ok {
		return number(open), 1<<15 - 1
	}
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		to = from
	}
	return number(from), number(to)
}

func number(s string) int16 {
	n, err := strconv.ParseInt(s, 10, 16)
	if err != nil {
		panic("schema: not a version: " + s)
	}
	return int16(n)
}

func contains(versions string, v int16) bool {
	first, last := span(versions)
	return first <= v && v <= last
}

func (f *Field) present(version int16) bool { return contains(f.Versions, version) }

func (f *Field) nullable(version int16) bool { return contains(f.NullableVersions, version) }

func (f *Field) tagged(version int16) bool {
	return f.Tag != nil && contains(f.TaggedVersions, version)
}
