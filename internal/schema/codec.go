package schema

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Encode returns the message's bytes at a version, without a header.
func (m *Message) Encode(version int16, s *Struct) []byte {
	w := writer{m: m, version: version, flexible: m.flexible(version)}
	w.message(s)
	return w.buf
}

type writer struct {
	m        *Message
	version  int16
	flexible bool
	buf      []byte
}

func (w *writer) message(s *Struct) {
	tags := maps.Clone(s.Unknown)
	for _, v := range s.Fields {
		switch {
		case !v.Field.tagged(w.version):
			w.value(v.Field, v.Of)
		case !v.Left:
			inner := writer{m: w.m, version: w.version, flexible: w.flexible}
			inner.value(v.Field, v.Of)
			if tags == nil {
				tags = make(map[uint32][]byte)
			}
			tags[uint32(*v.Field.Tag)] = inner.buf
		}
	}
	if !w.flexible {
		return
	}
	w.buf = binary.AppendUvarint(w.buf, uint64(len(tags)))
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		w.buf = binary.AppendUvarint(w.buf, uint64(tag))
		w.buf = binary.AppendUvarint(w.buf, uint64(len(tags[tag])))
		w.buf = append(w.buf, tags[tag]...)
	}
}

func (w *writer) compact(f *Field) bool {
	return w.flexible && (f.FlexibleVersions == "" || contains(f.FlexibleVersions, w.version))
}

func (w *writer) length(f *Field, n, width int) {
	switch {
	case w.compact(f):
		w.buf = binary.AppendUvarint(w.buf, uint64(n+1))
	case width == 2:
		w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(n))
	default:
		w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(n))
	}
}

func (w *writer) value(f *Field, v any) {
	element, array := elementOf(f.Type)
	switch {
	case v == nil && array, v == nil && (f.Type == "bytes" || f.Type == "records"):
		w.length(f, -1, 4)
	case v == nil && f.Type == "string":
		w.length(f, -1, 2)
	case v == nil:
		w.buf = append(w.buf, 0xff)
	case array:
		list := v.([]any)
		w.length(f, len(list), 4)
		for _, e := range list {
			w.single(f, element, e)
		}
	default:
		if _, ok := v.(*Struct); ok && f.nullable(w.version) {
			w.buf = append(w.buf, 1)
		}
		w.single(f, f.Type, v)
	}
}

func (w *writer) single(f *Field, t string, v any) {
	switch v := v.(type) {
	case bool:
		if v {
			w.buf = append(w.buf, 1)
		} else {
			w.buf = append(w.buf, 0)
		}
	case int64:
		switch widths[t] {
		case 1:
			w.buf = append(w.buf, byte(v))
		case 2:
			w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(v))
		case 4:
			w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(v))
		default:
			w.buf = binary.BigEndian.AppendUint64(w.buf, uint64(v))
		}
	case float64:
		w.buf = binary.BigEndian.AppendUint64(w.buf, math.Float64bits(v))
	case [16]byte:
		w.buf = append(w.buf, v[:]...)
	case string:
		w.length(f, len(v), 2)
		w.buf = append(w.buf, v...)
	case []byte:
		w.length(f, len(v), 4)
		w.buf = append(w.buf, v...)
	case *Struct:
		w.message(v)
	default:
		panic(fmt.Sprintf("schema: %s of type %T", f.Name, v))
	}
}

var widths = map[string]int{"int8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "int64": 8}

// Decode reads a whole body of the message at a version.
func (m *Message) Decode(version int16, body []byte) (s *Struct, err error) {
	defer func() {
		if e, ok := recover().(decodeError); ok {
			s, err = nil, e
		}
	}()
	r := reader{m: m, version: version, flexible: m.flexible(version), buf: body}
	s = r.message(m.Fields)
	if len(r.buf) > 0 {
		return nil, fmt.Errorf("%d bytes left over", len(r.buf))
	}
	return s, nil
}

type decodeError struct{ error }

type reader struct {
	m        *Message
	version  int16
	flexible bool
	buf      []byte
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.buf) {
		panic(decodeError{errors.New("body ends early")})
	}
	b := r.buf[:n:n]
	r.buf = r.buf[n:]
	return b
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.buf)
	if n <= 0 {
		panic(decodeError{errors.New("bad varint")})
	}
	r.take(n)
	return v
}

func (r *reader) message(defined []*Field) *Struct {
	s := new(Struct)
	tagged := make(map[uint64]int)
	for _, f := range defined {
		switch {
		case !f.present(r.version):
		case f.tagged(r.version):
			tagged[uint64(*f.Tag)] = len(s.Fields)
			s.Fields = append(s.Fields, Value{Field: f, Left: true})
		default:
			s.Fields = append(s.Fields, Value{Field: f, Of: r.value(f)})
		}
	}
	if !r.flexible {
		return s
	}
	last := int64(-1)
	for n := r.uvarint(); n > 0; n-- {
		tag := r.uvarint()
		if int64(tag) <= last {
			panic(decodeError{fmt.Errorf("tag %d after %d", tag, last)})
		}
		last = int64(tag)
		inner := reader{m: r.m, version: r.version, flexible: r.flexible, buf: r.take(int(r.uvarint()))}
		i, known := tagged[tag]
		if !known {
			if s.Unknown == nil {
				s.Unknown = make(map[uint32][]byte)
			}
			s.Unknown[uint32(tag)] = inner.buf
			continue
		}
		s.Fields[i].Left, s.Fields[i].Of = false, inner.value(s.Fields[i].Field)
		if len(inner.buf) > 0 {
			panic(decodeError{fmt.Errorf("%d bytes left over in tag %d", len(inner.buf), tag)})
		}
	}
	return s
}

func (r *reader) length(f *Field, width int) int {
	switch {
	case r.flexible && (f.FlexibleVersions == "" || contains(f.FlexibleVersions, r.version)):
		return int(r.uvarint()) - 1
	case width == 2:
		return int(int16(binary.BigEndian.Uint16(r.take(2))))
	default:
		return int(int32(binary.BigEndian.Uint32(r.take(4))))
	}
}

// null checks that the field may be null.
func (r *reader) null(f *Field) any {
	if !f.nullable(r.version) {
		panic(decodeError{fmt.Errorf("null in %s", f.Name)})
	}
	return nil
}

func (r *reader) value(f *Field) any {
	element, array := elementOf(f.Type)
	if !array {
		if _, known := kinds[f.Type]; !known && f.nullable(r.version) && int8(r.take(1)[0]) < 0 {
			return nil
		}
		return r.single(f, f.Type)
	}
	n := r.length(f, 4)
	if n < 0 {
		return r.null(f)
	}
	list := make([]any, 0, min(n, len(r.buf)))
	for range n {
		list = append(list, r.single(f, element))
	}
	return list
}

// kinds are the types that are no structs.
var kinds = map[string]bool{
	"bool": true, "int8": true, "int16": true, "uint16": true, "int32": true, "uint32": true, "int64": true,
	"float64": true, "uuid": true, "string": true, "bytes": true, "records": true,
}

func (r *reader) single(f *Field, t string) any {
	switch t {
	case "bool":
		return r.take(1)[0] != 0
	case "int8":
		return int64(int8(r.take(1)[0]))
	case "int16":
		return int64(int16(binary.BigEndian.Uint16(r.take(2))))
	case "uint16":
		return int64(binary.BigEndian.Uint16(r.take(2)))
	case "int32":
		return int64(int32(binary.BigEndian.Uint32(r.take(4))))
	case "uint32":
		return int64(binary.BigEndian.Uint32(r.take(4)))
	case "int64":
		return int64(binary.BigEndian.Uint64(r.take(8)))
	case "float64":
		return math.Float64frombits(binary.BigEndian.Uint64(r.take(8)))
	case "uuid":
		return [16]byte(r.take(16))
	case "string":
		n := r.length(f, 2)
		if n < 0 {
			return r.null(f)
		}
		return string(r.take(n))
	case "bytes", "records":
		n := r.length(f, 4)
		if n < 0 {
			return r.null(f)
		}
		return bytes.Clone(r.take(n))
	default:
		return r.message(r.m.structFields(f, t))
	}
}
