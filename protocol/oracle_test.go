package protocol

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/seed20e6684a/sarama/internal/schema"
	"github.com/stretchr/testify/require"
)

// subject is one message at one version, with Kafka's own definition of it.
type subject struct {
	key, version int16
	response     bool
	schema       *schema.Message
}

func (s subject) String() string { return fmt.Sprintf("%s v%d", s.schema.Name, s.version) }

func (s subject) empty(t testing.TB) Message {
	t.Helper()
	make := NewRequest
	if s.response {
		make = NewResponse
	}
	m, err := make(s.key, s.version)
	require.NoError(t, err)
	return m
}

// subjects lists every message at every version that the table of APIs has constructors for.
func subjects(t testing.TB) []subject {
	t.Helper()
	schema.Need(t)
	var all []subject
	for _, a := range APIs() {
		if lookup(a.Key).request == nil {
			continue
		}
		for v := a.MinVersion; v <= a.MaxVersion; v++ {
			for _, response := range []bool{false, true} {
				def, err := schema.Lookup(a.Key, v, response)
				require.NoError(t, err, a.Name)
				all = append(all, subject{a.Key, v, response, def})
			}
		}
	}
	require.Greater(t, len(all), 100)
	return all
}

// eachSubject runs a test for each message, all its versions in one.
func eachSubject(t *testing.T, test func(*testing.T, subject)) {
	byName := make(map[string][]subject)
	var names []string
	for _, s := range subjects(t) {
		if byName[s.schema.Name] == nil {
			names = append(names, s.schema.Name)
		}
		byName[s.schema.Name] = append(byName[s.schema.Name], s)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			for _, s := range byName[name] {
				test(t, s)
			}
		})
	}
}

// opaque tells that a message holds records, which the oracle fills with any bytes.
func (s subject) opaque() bool {
	return s.key == KeyProduce && !s.response || s.key == KeyFetch && s.response
}

func (s subject) unmarshal(body []byte, m Message) error { return s.readings()[0](body, m) }

// readings are the ways in which a message can be read.
func (s subject) readings() []func([]byte, Message) error {
	switch {
	case s.opaque():
		return []func([]byte, Message) error{UnmarshalOpaque}
	case s.key == KeyProduce:
		return []func([]byte, Message) error{Unmarshal, UnmarshalOpaque}
	default:
		return []func([]byte, Message) error{Unmarshal}
	}
}

func TestTableAgreesWithKafkasDefinitions(t *testing.T) {
	schema.Need(t)
	for _, a := range APIs() {
		lowest, highest, err := schema.Versions(a.Key)
		require.NoError(t, err)
		require.LessOrEqual(t, lowest, a.MinVersion, a.Name)
		require.Equal(t, highest, a.MaxVersion, "the newest version of %s", a.Name)
		for _, response := range []bool{false, true} {
			def, err := schema.Lookup(a.Key, a.MaxVersion, response)
			require.NoError(t, err)
			first := def.FirstFlexible()
			if first < 0 {
				require.Greater(t, a.FlexibleVersion, a.MaxVersion, def.Name)
				continue
			}
			require.Equal(t, max(first, a.MinVersion), max(a.FlexibleVersion, a.MinVersion), "the first flexible version of %s", def.Name)
		}
	}
}

// TestOracle has every message read what the definition writes, and write what the definition reads as the same.
func TestOracle(t *testing.T) {
	options := map[string]schema.Options{
		"single":  {MaxLen: 1},
		"several": {MaxLen: 4, Empty: true},
		"full":    {MaxLen: 4},
		"unknown": {MaxLen: 2, Unknown: true},
	}
	eachSubject(t, func(t *testing.T, s subject) {
		for name, o := range options {
			for seed := range uint64(25) {
				in := s.schema.Generate(s.version, seed, o)
				body := s.schema.Encode(s.version, in)
				for i, read := range s.readings() {
					if i > 0 && o.Empty {
						continue // lists leave out topics without partitions
					}
					m := s.empty(t)
					require.NoError(t, read(body, m), "%v %s seed %d\n%x", s, name, seed, body)
					out, err := Marshal(m)
					require.NoError(t, err, "%v %s seed %d", s, name, seed)
					s.compare(t, o, in, body, out, fmt.Sprintf("%v %s seed %d", s, name, seed))
				}
			}
		}
	})
}

// compare wants the same bytes of a message that keeps order and loses nothing by design, or else the same content.
func (s subject) compare(t *testing.T, o schema.Options, in *schema.Struct, body, out []byte, what string) {
	t.Helper()
	if bytes.Equal(body, out) {
		return
	}
	back, err := s.schema.Decode(s.version, out)
	require.NoError(t, err, "%s: what was written: %x", what, out)
	want, got := s.schema.Canonical(in, merge), s.schema.Canonical(back, merge)
	if want != got {
		t.Fatalf("%s: read and written again, the message differs\nwant %s\n got %s", what, differing(want, got), differing(got, want))
	}
	require.Equal(t, in.Unknown, back.Unknown, "%s: unknown tagged fields of the message itself", what)
	if !o.Unknown && !holdsMap(reflect.TypeOf(s.empty(t)), nil) && s.schema.Canonical(in, nil) == s.schema.Canonical(back, nil) {
		require.Equal(t, body, out, what)
	}
}

// differing is the part of a that b does not share.
func differing(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	from, to := max(n-120, 0), min(n+120, len(a))
	return fmt.Sprintf("[%d:] %s >>> %s", n, a[from:n], a[n:to])
}

// holdsMap tells whether a type keeps what it reads in maps, which have no order; unknown tagged fields do not count.
func holdsMap(t reflect.Type, seen []reflect.Type) bool {
	if slices.Contains(seen, t) {
		return false
	}
	seen = append(seen, t)
	switch t.Kind() {
	case reflect.Map:
		return t != reflect.TypeFor[map[uint32][]byte]()
	case reflect.Pointer, reflect.Slice:
		return holdsMap(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsMap(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

// TestPrefixes cuts every message everywhere: no part of one is taken for a whole.
func TestPrefixes(t *testing.T) {
	eachSubject(t, func(t *testing.T, s subject) {
		for seed := range uint64(6) {
			body := s.schema.Encode(s.version, s.schema.Generate(s.version, seed, schema.Options{MaxLen: 2}))
			for n := range body {
				err := s.unmarshal(body[:n:n], s.empty(t))
				require.Error(t, err, "%v: %d of %d bytes: %x", s, n, len(body), body)
				var damaged PacketDecodingError
				require.True(t, errors.Is(err, ErrInsufficientData) || errors.As(err, &damaged), "%v: %v", s, err)
				require.ErrorContains(t, err, Name(s.key))
			}
			err := s.unmarshal(append(slices.Clone(body), 0), s.empty(t))
			var damaged PacketDecodingError
			require.ErrorAs(t, err, &damaged, "%v: a byte left over", s)
		}
	})
}
