package protocol

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// Message is a request or a response of Kafka's protocol: a pointer to one of
// the structs of this package. Its layout at every version is known to the package alone.
//
// The struct's field Version selects the layout; [SetVersion] sets it for any message.
type Message interface {
	// walk carries the fields in the order of the wire, in either direction.
	walk(c *wire.Codec)
	// identity tells which API's message this is, and where its version is kept.
	identity() identity
}

// identity is what the package must know of a message besides its layout.
type identity struct {
	key      int16
	version  *int16
	response bool
	wide     *int // the version of the few messages whose field is an int
}

func request(key int16, version *int16) identity   { return identity{key, version, false, nil} }
func response(key int16, version *int16) identity  { return identity{key, version, true, nil} }
func wideRequest(key int16, version *int) identity { return identity{key, nil, false, version} }

func (id identity) layout() int16 {
	if id.wide != nil {
		return int16(*id.wide)
	}
	return *id.version
}

// KeyOf returns the API key of a message.
func KeyOf(m Message) int16 { return m.identity().key }

// VersionOf returns the version of a message's layout.
func VersionOf(m Message) int16 { return m.identity().layout() }

// SetVersion sets the version of a message's layout.
func SetVersion(m Message, version int16) {
	id := m.identity()
	if id.wide != nil {
		*id.wide = int(version)
		return
	}
	*id.version = version
}

// IsResponse reports whether m is a response; otherwise it is a request.
func IsResponse(m Message) bool { return m.identity().response }

// describe names a message for errors, as in "Metadata v12 response".
func describe(m Message) string {
	id := m.identity()
	kind := "request"
	if id.response {
		kind = "response"
	}
	return fmt.Sprintf("%s v%d %s", Name(id.key), id.layout(), kind)
}

// Marshal returns the body of m at its version, without a header.
// The error names the message; it wraps [PacketEncodingError] where a value does not fit.
func Marshal(m Message) ([]byte, error) {
	scratch := scratches.Get().(*[]byte)
	defer scratches.Put(scratch)
	b, err := AppendBody((*scratch)[:0], m)
	if cap(b) <= largestScratch {
		*scratch = b
	}
	if err != nil {
		return nil, err
	}
	return append([]byte{}, b...), nil
}

// scratches are what bodies are written to before their size is known. Larger ones are not kept.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

const largestScratch = 4 << 20

// AppendBody appends what [Marshal] returns to dst.
func AppendBody(dst []byte, m Message) ([]byte, error) {
	id := m.identity()
	c := codecs.Get().(*wire.Codec)
	defer done(c)
	version := id.layout()
	c.ResetWrite(dst, version, isFlexible(id.key, version))
	m.walk(c)
	if err := c.Err(); err != nil {
		return dst, encodingError(m, err)
	}
	return c.Written(), nil
}

// Unmarshal reads a whole body, without a header, into m, at m's version. Bytes
// left over are an error, and so is a body that ends early; both name the message.
func Unmarshal(b []byte, m Message) error { return unmarshal(b, m, false) }

// UnmarshalOpaque is [Unmarshal] but for record data, which is left as raw bytes
// that share b's memory: for a caller that decodes records later, or never. The partitions of Fetch and Produce messages are
// lists then, in the order of the wire: see [FetchedBlocks], [ProducedPartitions] and [ProducedBlocks].
func UnmarshalOpaque(b []byte, m Message) error { return unmarshal(b, m, true) }

func unmarshal(b []byte, m Message, opaque bool) error {
	id := m.identity()
	c := codecs.Get().(*wire.Codec)
	defer done(c)
	version := id.layout()
	c.ResetRead(b, version, isFlexible(id.key, version))
	c.Opaque = opaque
	m.walk(c)
	if err := c.End(); err != nil {
		return decodingError(m, err)
	}
	return nil
}

// codecs are kept since walks, which any message has, would have each one allocated.
var codecs = sync.Pool{New: func() any { return new(wire.Codec) }}

func done(c *wire.Codec) {
	c.ResetRead(nil, 0, false) // the message's memory is its caller's
	codecs.Put(c)
}

// AppendRequest appends the whole frame of a request: its size, its header and its body.
func AppendRequest(dst []byte, m Message, correlationID int32, clientID string) ([]byte, error) {
	id := m.identity()
	start := len(dst)
	dst = AppendRequestHeader(dst, id.key, id.layout(), correlationID, clientID)
	dst, err := AppendBody(dst, m)
	if err != nil {
		return dst[:start], err
	}
	size := len(dst) - start - 4
	if size > math.MaxInt32 {
		return dst[:start], encodingError(m, fmt.Errorf("%w: %d bytes", wire.ErrTooLong, size))
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(size))
	return dst, nil
}

// AppendRequestHeader appends four bytes for a frame's size, still zero, and the
// request header that the version of the API asks for (v1, or v2 with flexible versions).
func AppendRequestHeader(dst []byte, key, version int16, correlationID int32, clientID string) []byte {
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(key))
	dst = binary.BigEndian.AppendUint16(dst, uint16(version))
	dst = binary.BigEndian.AppendUint32(dst, uint32(correlationID))
	clientID = clientID[:min(len(clientID), math.MaxInt16)]
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(clientID)))
	dst = append(dst, clientID...)
	if isFlexible(key, version) {
		dst = append(dst, 0)
	}
	return dst
}

// RequestHeader is what precedes the body of every request.
type RequestHeader struct {
	Key           int16
	Version       int16
	CorrelationID int32
	ClientID      *string
}

// CutRequestHeader splits a request frame, without its size, into header and body.
func CutRequestHeader(frame []byte) (RequestHeader, []byte, error) {
	var h RequestHeader
	var c wire.Codec
	c.ResetRead(frame, 0, false)
	c.Int16(&h.Key)
	c.Int16(&h.Version)
	c.Int32(&h.CorrelationID)
	c.NullString(&h.ClientID)
	if err := c.Err(); err != nil {
		return h, nil, fmt.Errorf("decoding a request header: %w", causeOf(err))
	}
	return cutTags(h, frame[len(frame)-c.Left():], isFlexible(h.Key, h.Version))
}

// AppendResponseHeader appends four bytes for a frame's size, still zero, and the
// header of a response (v0, or v1 with flexible versions; ApiVersions has v0 always, KIP-511).
func AppendResponseHeader(dst []byte, key, version int16, correlationID int32) []byte {
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(correlationID))
	if taggedResponse(key, version) {
		dst = append(dst, 0)
	}
	return dst
}

// CutResponseHeader removes the part of a response header that follows the
// correlation id: tagged fields, where the version of the API has them.
func CutResponseHeader(b []byte, key, version int16) ([]byte, error) {
	_, body, err := cutTags(RequestHeader{}, b, taggedResponse(key, version))
	return body, err
}

func taggedResponse(key, version int16) bool {
	return key != KeyApiVersions && isFlexible(key, version)
}

func cutTags(h RequestHeader, b []byte, tagged bool) (RequestHeader, []byte, error) {
	if !tagged {
		return h, b, nil
	}
	if len(b) > 0 && b[0] == 0 {
		return h, b[1:], nil // none, as nearly always
	}
	var c wire.Codec
	c.ResetRead(b, 0, true)
	c.Tags(nil)
	if err := c.Err(); err != nil {
		return h, nil, fmt.Errorf("decoding a header's tagged fields: %w", causeOf(err))
	}
	return h, b[len(b)-c.Left():], nil
}
