package schema

import "fmt"

// Arrays lists the paths of the arrays of a message at a version, as in a Rewrite.
func (m *Message) Arrays(version int16) []string {
	var all []string
	m.arrays(version, m.Name, m.Fields, &all)
	return all
}

func (m *Message) arrays(version int16, path string, fields []*Field, all *[]string) {
	for _, f := range fields {
		if !f.present(version) {
			continue
		}
		element, array := elementOf(f.Type)
		if array {
			*all = append(*all, path+"."+f.Name)
		} else {
			element = f.Type
		}
		if !kinds[element] {
			m.arrays(version, path+"."+f.Name, m.structFields(f, element), all)
		}
	}
}

// Crowd returns a value that is as small as it can be but for one array, which has n elements as small as they can be; with
// distinct no two of its strings and numbers are the same. The arrays that it lies within have one element.
func (m *Message) Crowd(version int16, path string, n int, distinct bool) *Struct {
	c := crowd{m: m, version: version, path: path, n: n, distinct: distinct}
	return c.fields(m.Name, m.Fields)
}

type crowd struct {
	m        *Message
	version  int16
	path     string
	n        int
	distinct bool
	count    int // of the elements so far
}

func (c *crowd) fields(path string, defined []*Field) *Struct {
	s := new(Struct)
	for _, f := range defined {
		if f.present(c.version) {
			at := path + "." + f.Name
			v := Value{Field: f, Of: c.value(at, f)}
			v.Left = f.tagged(c.version) && !c.within(at)
			s.Fields = append(s.Fields, v)
		}
	}
	return s
}

// within tells whether the array is at or below a path.
func (c *crowd) within(path string) bool {
	return c.path == path || len(c.path) > len(path) && c.path[:len(path)] == path && c.path[len(path)] == '.'
}

func (c *crowd) value(path string, f *Field) any {
	element, array := elementOf(f.Type)
	if !array {
		if !kinds[f.Type] && f.nullable(c.version) && !c.within(path) {
			return nil
		}
		return c.single(path, f, f.Type)
	}
	n := 0
	switch {
	case path == c.path:
		n = c.n
	case c.within(path):
		n = 1
	}
	list := make([]any, n)
	for i := range list {
		c.count++
		list[i] = c.single(path, f, element)
	}
	return list
}

func (c *crowd) single(path string, f *Field, t string) any {
	number := int64(0)
	if c.distinct {
		number = int64(c.count)
	}
	switch t {
	case "bool":
		return false
	case "int8":
		return number % 100
	case "int16", "uint16":
		return int64(0)
	case "int32", "uint32", "int64":
		return number
	case "float64":
		return float64(0)
	case "uuid":
		return [16]byte{1, byte(number), byte(number >> 8)}
	case "string":
		if c.distinct {
			return fmt.Sprintf("%c%c%c", 'a'+c.count%64, '0'+c.count/64%64, '0'+c.count/4096%64)
		}
		return ""
	case "bytes", "records":
		return []byte{}
	default:
		return c.fields(path, c.m.structFields(f, t))
	}
}
