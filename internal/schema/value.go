package schema

import (
	"fmt"
	"math/rand/v2"
)

// Struct is the value of a message or of a struct within one, at one version:
// the fields in the order of the definition. A value is nil for null, or a bool,
// an int64, a float64, a string, a []byte, a [16]byte, a *Struct or a []any.
type Struct struct {
	Fields  []Value
	Unknown map[uint32][]byte // tagged fields that the definition lacks
}

// Value is a field and its value. A tagged field is Left out when it has its default.
type Value struct {
	Field *Field
	Of    any
	Left  bool
}

// Options shape what Generate makes.
type Options struct {
	MaxLen  int                     // elements of the longest array, at least 1
	Empty   bool                    // arrays, strings and bytes may be empty
	NoNull  bool                    // nothing is null
	NoTags  bool                    // tagged fields are left out
	AllTags bool                    // no tagged field is left out, unless it has its default
	Unknown bool                    // structs may have tagged fields that nobody knows
	Records func(*rand.Rand) []byte // what fields of records hold; nil for random bytes
}

// Generate returns a random value of the message at a version, the same one for the same seed.
func (m *Message) Generate(version int16, seed uint64, o Options) *Struct {
	g := &generator{m: m, version: version, rng: rand.New(rand.NewPCG(seed, uint64(version))), Options: o}
	return g.fields(m.Fields)
}

type generator struct {
	m       *Message
	version int16
	rng     *rand.Rand
	strings int  // how many there are
	emptied bool // an empty one is among them
	Options
}

func (g *generator) fields(defined []*Field) *Struct {
	s := new(Struct)
	for _, f := range defined {
		if !f.present(g.version) {
			continue
		}
		v := Value{Field: f, Of: g.value(f)}
		if f.tagged(g.version) {
			v.Left = isDefault(v.Of) || g.NoTags || !g.AllTags && g.rng.IntN(2) == 0
		}
		s.Fields = append(s.Fields, v)
	}
	if g.Unknown && g.m.flexible(g.version) && g.rng.IntN(2) == 0 {
		s.Unknown = map[uint32][]byte{1000 + g.rng.Uint32N(1000): g.bytes(20)}
	}
	return s
}

// isDefault tells that a tagged field has a value that Kafka leaves out.
func isDefault(v any) bool {
	list, ok := v.([]any)
	return v == nil || v == false || v == "" || ok && len(list) == 0
}

func (g *generator) value(f *Field) any {
	if f.nullable(g.version) && !g.NoNull && g.rng.IntN(3) == 0 {
		return nil
	}
	element, ok := elementOf(f.Type)
	if !ok {
		return g.single(f, f.Type)
	}
	list := make([]any, g.length(max(g.MaxLen, 1)))
	for i := range list {
		list[i] = g.single(f, element)
	}
	return list
}

func elementOf(t string) (string, bool) {
	if len(t) > 2 && t[:2] == "[]" {
		return t[2:], true
	}
	return "", false
}

func (g *generator) length(most int) int {
	if g.Empty && g.rng.IntN(4) == 0 {
		return 0
	}
	return 1 + g.rng.IntN(most)
}

func (g *generator) single(f *Field, t string) any {
	switch t {
	case "bool":
		return g.rng.IntN(2) == 1
	case "int8":
		return 1 + g.rng.Int64N(100)
	case "int16", "uint16":
		return 40 + g.rng.Int64N(80) // no error code with a layout of its own
	case "int32", "uint32":
		return 1 + g.rng.Int64N(1<<30)
	case "int64":
		return 1 + g.rng.Int64N(1<<40)
	case "float64":
		return float64(1 + g.rng.IntN(1000))
	case "uuid":
		return [16]byte(g.bytes(16))
	case "string":
		return g.string()
	case "bytes":
		return g.bytes(g.length(200))
	case "records":
		if g.Records != nil {
			return g.Records(g.rng)
		}
		return g.bytes(g.length(200))
	default:
		return g.fields(g.m.structFields(f, t))
	}
}

// string makes one that the message does not have yet, since it may be a key: an empty one is made once.
func (g *generator) string() string {
	n := g.length(12)
	if n == 0 && !g.emptied {
		g.emptied = true
		return ""
	}
	g.strings++
	return fmt.Sprintf("%0*x.%d", n, g.rng.Uint32(), g.strings)
}

func (g *generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(1 + g.rng.IntN(255))
	}
	return b
}
