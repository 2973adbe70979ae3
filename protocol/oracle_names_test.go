package protocol

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/seed20e6684a/sarama/internal/schema"
	"github.com/stretchr/testify/require"
)

// TestFieldsLandWhereTheirNamesSay changes one value after the other on the wire
// and sees which field of the struct changes. Every value must have a field; and
// of two fields of one type side by side, each must read the value that its name
// fits: a swap of the two is all that reading and writing back would not show.
func TestFieldsLandWhereTheirNamesSay(t *testing.T) {
	eachSubject(t, func(t *testing.T, s subject) {
		landed := s.landings(t)
		for _, group := range siblings(landed) {
			for i, a := range group {
				for _, b := range group[:i] {
					straight := alike(a.leaf.Path, a.fields) + alike(b.leaf.Path, b.fields)
					crossed := alike(a.leaf.Path, b.fields) + alike(b.leaf.Path, a.fields)
					require.LessOrEqual(t, crossed, straight, "%v: %s is read into %v, and %s into %v",
						s, a.leaf.Path, a.fields, b.leaf.Path, b.fields)
				}
			}
		}
	})
}

// landing is a value on the wire with the fields that hold it.
type landing struct {
	leaf   schema.Leaf
	fields []string
}

func (s subject) landings(t *testing.T) []landing {
	t.Helper()
	o := schema.Options{MaxLen: 1, NoNull: true, AllTags: true}
	seed := uint64(1)
	base := s.flat(t, s.schema.Generate(s.version, seed, o))
	var all []landing
	for i, leaf := range s.schema.Leaves(s.schema.Generate(s.version, seed, o)) {
		altered := s.schema.Generate(s.version, seed, o)
		s.schema.Alter(altered, i)
		now := s.flat(t, altered)
		var fields []string
		for _, path := range slices.Sorted(maps.Keys(base)) {
			if base[path] != now[path] {
				fields = append(fields, path)
			}
		}
		if notHeld[leaf.Path] {
			require.Empty(t, fields, "%v holds %s", s, leaf.Path)
			continue
		}
		require.NotEmpty(t, fields, "%v loses %s", s, leaf.Path)
		all = append(all, landing{leaf, fields})
	}
	return all
}

// siblings groups landings by the struct of the definition and the type.
func siblings(all []landing) map[string][]landing {
	groups := make(map[string][]landing)
	for _, l := range all {
		key := l.leaf.Struct + " " + l.leaf.Type
		groups[key] = append(groups[key], l)
	}
	return groups
}

// flat reads a message and lists its fields. Map keys and elements have no names of their own.
func (s subject) flat(t *testing.T, in *schema.Struct) map[string]string {
	t.Helper()
	m := s.empty(t)
	body := s.schema.Encode(s.version, in)
	require.NoError(t, s.unmarshal(body, m), "%v: %x", s, body)
	flat := make(map[string]string)
	flatten(reflect.ValueOf(m).Elem(), "", flat)
	return flat
}

func flatten(v reflect.Value, path string, into map[string]string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			flatten(v.Elem(), path, into)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			into[path] = fmt.Sprint(v.Field(0), v.Field(1))
			return
		}
		for i := range v.NumField() {
			flatten(v.Field(i), path+"."+v.Type().Field(i).Name, into)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			into[path] = fmt.Sprintf("%x", v.Bytes())
			return
		}
		for i := range v.Len() {
			flatten(v.Index(i), fmt.Sprintf("%s[%d]", path, i), into)
		}
	case reflect.Map:
		for i, k := range slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int {
			return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
		}) {
			flatten(k, fmt.Sprintf("%s[key %d]", path, i), into)
			flatten(v.MapIndex(k), fmt.Sprintf("%s[%d]", path, i), into)
		}
	default:
		into[path] = fmt.Sprintf("%#v", v) // the number, of one that has a name too
	}
}

// alike is the share of words that the last name of a path has in common with that of a field, at best.
func alike(path string, fields []string) float64 {
	want := words(path)
	best := 0.0
	for _, f := range fields {
		got := words(f)
		common := 0
		for w := range want {
			if got[w] {
				common++
			}
		}
		best = max(best, float64(common)/float64(len(want)+len(got)-common))
	}
	return best
}

// words splits a name of mixed case; a key has none.
func words(path string) map[string]bool {
	name := path[strings.LastIndex(path, ".")+1:]
	if i := strings.Index(name, "["); i >= 0 {
		name = name[:i]
	}
	all := make(map[string]bool)
	runes := []rune(name)
	for start, i := 0, 1; i <= len(runes); i++ {
		if i == len(runes) || unicode.IsUpper(runes[i]) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			all[strings.ToLower(string(runes[start:i]))] = true
			start = i
		}
	}
	return all
}
