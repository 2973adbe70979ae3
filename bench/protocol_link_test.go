package bench

import (
	"reflect"
	_ "unsafe" // for go:linkname

	ibm "github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"
)

// Sarama does not export what encodes and decodes its messages: it is reached by its names in the linker's table.

//go:linkname encodeIBM github.com/IBM/sarama.encode
func encodeIBM(e ibmEncoder, r metrics.Registry) ([]byte, error)

//go:linkname decodeIBM github.com/IBM/sarama.versionedDecode
func decodeIBM(b []byte, d ibmDecoder, version int16, r metrics.Registry) error

type ibmEncoder interface{ encode(pe any) error }

type ibmDecoder interface {
	decode(pd any, version int16) error
}

// asInterface returns a message as an interface that sarama's MockResponse names.
func asInterface[T any](m any, at func(reflect.Type, int) reflect.Type) T {
	p := reflect.New(at(reflect.TypeFor[ibm.MockResponse]().Method(0).Type, 0))
	p.Elem().Set(reflect.ValueOf(m))
	return *(*T)(p.UnsafePointer())
}

func encoderOf(m any) ibmEncoder { return asInterface[ibmEncoder](m, reflect.Type.Out) }
func decoderOf(m any) ibmDecoder { return asInterface[ibmDecoder](m, reflect.Type.In) }
