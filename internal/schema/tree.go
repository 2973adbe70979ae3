package schema

import (
	"fmt"
	"slices"
	"strings"
)

// A Rewrite replaces a value before it is compared; it returns v to leave it.
// The path has the names of the fields from the message's own on, joined by dots.
type Rewrite func(path string, f *Field, v any) any

// Canonical returns a text that two values share if they differ only in the
// order of arrays of structs, which is free wherever a codec keeps them in maps.
// Tagged fields that the definition lacks are left out.
func (m *Message) Canonical(s *Struct, rewrite Rewrite) string {
	return canonicalStruct(m.Name, s, rewrite)
}

func canonicalStruct(path string, s *Struct, rewrite Rewrite) string {
	var b strings.Builder
	b.WriteByte('{')
	for _, v := range s.Fields {
		if v.Left {
			continue
		}
		at := path + "." + v.Field.Name
		of := v.Of
		if rewrite != nil {
			of = rewrite(at, v.Field, of)
		}
		fmt.Fprintf(&b, "%s=%s ", v.Field.Name, canonicalValue(at, of, rewrite))
	}
	b.WriteByte('}')
	return b.String()
}

func canonicalValue(path string, v any, rewrite Rewrite) string {
	switch v := v.(type) {
	case *Struct:
		return canonicalStruct(path, v, rewrite)
	case []any:
		texts := make([]string, len(v))
		sorted := false
		for i, e := range v {
			texts[i] = canonicalValue(path, e, rewrite)
			_, sorted = e.(*Struct)
		}
		if sorted {
			slices.Sort(texts)
		}
		return "[" + strings.Join(texts, ",") + "]"
	case []byte:
		return fmt.Sprintf("%x", v)
	case string:
		return fmt.Sprintf("%q", v)
	default:
		return fmt.Sprint(v)
	}
}

// Get returns the value of a field of the struct, by name.
func (s *Struct) Get(name string) any {
	for _, v := range s.Fields {
		if v.Field.Name == name {
			return v.Of
		}
	}
	return nil
}

// Leaf is a value without fields of its own within a message.
type Leaf struct {
	Path   string // as in a Rewrite
	Struct string // the path of what it is a field of
	Type   string
}

// Leaves lists the leaves of a value.
func (m *Message) Leaves(s *Struct) []Leaf {
	var all []Leaf
	visit(m.Name, s, func(path, parent string, f *Field, _ *any) bool {
		all = append(all, Leaf{path, parent, f.Type})
		return true
	})
	return all
}

// Alter changes the n-th leaf of a value, as Leaves counts them.
func (m *Message) Alter(s *Struct, n int) {
	visit(m.Name, s, func(_, _ string, _ *Field, v *any) bool {
		if n == 0 {
			*v = altered(*v)
		}
		n--
		return n >= 0
	})
}

func visit(path string, s *Struct, see func(path, parent string, f *Field, v *any) bool) bool {
	for i := range s.Fields {
		v := &s.Fields[i]
		if v.Left {
			continue
		}
		if !visitValue(path, v.Field, &v.Of, see) {
			return false
		}
	}
	return true
}

func visitValue(path string, f *Field, v *any, see func(path, parent string, f *Field, v *any) bool) bool {
	at := path + "." + f.Name
	switch of := (*v).(type) {
	case *Struct:
		return visit(at, of, see)
	case []any:
		for i := range of {
			if !visitValue(path, f, &of[i], see) {
				return false
			}
		}
		return true
	default:
		return see(at, path, f, v)
	}
}

func altered(v any) any {
	switch v := v.(type) {
	case bool:
		return !v
	case int64:
		return v + 1
	case float64:
		return v + 1
	case string:
		return v + "'"
	case []byte:
		return append(slices.Clone(v), 1)
	case [16]byte:
		v[3]++
		return v
	default:
		panic(fmt.Sprintf("schema: no other value of type %T", v))
	}
}
