package compat

import (
	"reflect"
	"unsafe"

	ibm "github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/protocol"
)

// Sarama's requests and responses are encoded and decoded by functions that it does not export. They are reached by their
// names in the linker's table, and by interfaces of the same methods in the same order.

// body is sarama's interface of all requests and responses.
type body interface {
	decode(pd any, version int16) error
	encode(pe any) error
	headerVersion() int16
	isValidVersion() bool
	key() int16
	requiredVersion() ibm.KafkaVersion
	setVersion(version int16)
	version() int16
}

//go:linkname ibmRequest github.com/IBM/sarama.allocateBody
func ibmRequest(key, version int16) body

//go:linkname ibmResponse github.com/IBM/sarama.allocateResponseBody
func ibmResponse(key, version int16) body

type ibmEncoder interface{ encode(pe any) error }

//go:linkname encodeIBM github.com/IBM/sarama.encode
func encodeIBM(e ibmEncoder, r metrics.Registry) ([]byte, error)

type ibmVersionedDecoder interface {
	decode(pd any, version int16) error
}

//go:linkname decodeIBM github.com/IBM/sarama.versionedDecode
func decodeIBM(b []byte, d ibmVersionedDecoder, version int16, r metrics.Registry) error

// forMethod is the one method of sarama's MockResponse. It names the interfaces that the two functions take.
var forMethod = reflect.TypeFor[ibm.MockResponse]().Method(0).Type

// marshalIBM returns the body that sarama writes, without a header.
func marshalIBM(m body) ([]byte, error) {
	e := reflect.New(forMethod.Out(0)) // an encoder with another method behind
	e.Elem().Set(reflect.ValueOf(m))
	return encodeIBM(*(*ibmEncoder)(e.UnsafePointer()), nil)
}

// unmarshalIBM has sarama read a whole body.
func unmarshalIBM(b []byte, m body) error {
	d := reflect.New(forMethod.In(0))
	d.Elem().Set(reflect.ValueOf(m))
	return decodeIBM(b, *(*ibmVersionedDecoder)(d.UnsafePointer()), m.version(), nil)
}

// Responses with brokers are converted by functions of ours that are not exported.

//go:linkname metadataFromWire github.com/seed20e6684a/sarama.(*MetadataResponse).fromWire
func metadataFromWire(r *sarama.MetadataResponse, w *protocol.MetadataResponse)

//go:linkname metadataToWire github.com/seed20e6684a/sarama.(*MetadataResponse).toWire
func metadataToWire(r *sarama.MetadataResponse) (protocol.Message, error)

//go:linkname coordinatorFromWire github.com/seed20e6684a/sarama.(*FindCoordinatorResponse).fromWire
func coordinatorFromWire(r *sarama.FindCoordinatorResponse, w *protocol.FindCoordinatorResponse)

//go:linkname coordinatorToWire github.com/seed20e6684a/sarama.(*FindCoordinatorResponse).toWire
func coordinatorToWire(r *sarama.FindCoordinatorResponse) (protocol.Message, error)

// field returns a field of a struct for reading and writing, an unexported one too.
func field(v reflect.Value, i int) reflect.Value {
	f := v.Field(i)
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
}
