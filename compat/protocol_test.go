package compat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	ibm "github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/internal/schema"
	"github.com/seed20e6684a/sarama/protocol"
)

// filled makes values of types that need more than any values in their fields.
var filled map[string]func(*rand.Rand, reflect.Value)

func init() { // they fill fields in turn
	filled = map[string]func(*rand.Rand, reflect.Value){
		"Broker": func(rng *rand.Rand, v reflect.Value) {
			named(v, "addr").SetString(fmt.Sprintf("host%d:%d", rng.IntN(10), 1+rng.IntN(60000)))
			named(v, "id").SetInt(rng.Int64N(100))
			fill(rng, named(v, "rack"))
		},
		"Records": func(rng *rand.Rand, v reflect.Value) {
			r := v.Addr().Interface().(*ibm.Records)
			if format := recordFormat; format < 2 {
				r.MsgSet = messageSet(rng, int8(format))
				named(v, "recordsType").SetInt(1)
			} else {
				r.RecordBatch = recordBatch(rng)
				named(v, "recordsType").SetInt(2)
			}
		},
	}
}

// fixed mends what random values break.
var fixed = map[string]func(*rand.Rand, reflect.Value){
	"JoinGroupRequest": func(rng *rand.Rand, v reflect.Value) {
		r := v.Addr().Interface().(*ibm.JoinGroupRequest)
		if rng.IntN(2) == 0 { // both at once are refused
			r.GroupProtocols = nil
		} else {
			r.OrderedGroupProtocols = nil
		}
	},
	"ListTransactionsRequest": func(rng *rand.Rand, v reflect.Value) {
		if rng.IntN(2) == 0 { // v0 has no other
			v.FieldByName("DurationFilter").SetInt(-1)
		}
	},
}

// recordFormat is the format of the records that fill makes: 0 and 1 for message sets, 2 for batches.
var recordFormat int

func messageSet(rng *rand.Rand, version int8) *ibm.MessageSet {
	set := new(ibm.MessageSet)
	for i := range 1 + rng.IntN(3) {
		m := &ibm.Message{Version: version, CompressionLevel: ibm.CompressionLevelDefault}
		fill(rng, reflect.ValueOf(&m.Key).Elem())
		fill(rng, reflect.ValueOf(&m.Value).Elem())
		if version == 1 {
			fill(rng, reflect.ValueOf(&m.Timestamp).Elem())
			m.LogAppendTime = rng.IntN(4) == 0
		}
		set.Messages = append(set.Messages, &ibm.MessageBlock{Offset: int64(i), Msg: m})
	}
	return set
}

func recordBatch(rng *rand.Rand) *ibm.RecordBatch {
	b := new(ibm.RecordBatch)
	fill(rng, reflect.ValueOf(b).Elem())
	b.Version, b.CompressionLevel, b.PartialTrailingRecord = 2, ibm.CompressionLevelDefault, false
	b.Codec = ibm.CompressionCodec(rng.IntN(5))
	if b.Control {
		b.Codec = 0
	}
	for _, r := range b.Records {
		r.Attributes = 0
		for _, h := range r.Headers {
			if h.Key == nil { // sarama writes null, which brokers refuse, and we an empty key
				h.Key = []byte{}
			}
		}
	}
	return b
}

// message is one message at one version, of both libraries.
type message struct {
	key, version int16
	response     bool
}

func (m message) theirs() body {
	if m.response {
		return ibmResponse(m.key, m.version)
	}
	return ibmRequest(m.key, m.version)
}

func (m message) name() string {
	return strings.TrimPrefix(fmt.Sprintf("%T", m.theirs()), "*sarama.")
}

// read has ours read bytes, and returns what was read as sarama's struct.
func (m message) read(t *testing.T, b []byte) (body, error) {
	w, err := empty(m.key, m.version, m.response)
	require.NoError(t, err)
	if err := protocol.Unmarshal(b, w); err != nil {
		return nil, err
	}
	var ours any = w
	switch w := w.(type) {
	case *protocol.MetadataResponse:
		r := new(sarama.MetadataResponse)
		metadataFromWire(r, w)
		ours = r
	case *protocol.FindCoordinatorResponse:
		r := new(sarama.FindCoordinatorResponse)
		coordinatorFromWire(r, w)
		ours = r
	}
	theirs := m.theirs()
	carry(reflect.ValueOf(theirs).Elem(), reflect.ValueOf(ours).Elem())
	return theirs, nil
}

// write has ours write sarama's struct.
func (m message) write(t *testing.T, theirs body) ([]byte, error) {
	w, err := empty(m.key, m.version, m.response)
	require.NoError(t, err)
	switch w.(type) {
	case *protocol.MetadataResponse:
		r := new(sarama.MetadataResponse)
		carry(reflect.ValueOf(r).Elem(), reflect.ValueOf(theirs).Elem())
		w, err = metadataToWire(r)
	case *protocol.FindCoordinatorResponse:
		r := new(sarama.FindCoordinatorResponse)
		carry(reflect.ValueOf(r).Elem(), reflect.ValueOf(theirs).Elem())
		w, err = coordinatorToWire(r)
	default:
		carry(reflect.ValueOf(w).Elem(), reflect.ValueOf(theirs).Elem())
	}
	if err != nil {
		return nil, err
	}
	return protocol.Marshal(w)
}

// caught turns sarama's panics into errors.
func caught[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panics: %v", r)
		}
	}()
	return f()
}

// tally counts what was compared, and gathers what differs.
type tally struct {
	messages, read, written, refused int
	alike                            map[message]int   // bits: 1 for read, 2 for written
	found                            map[string]string // "Message field" -> an example
}

func (c *tally) differ(m message, what, example string) {
	key := m.name() + " " + what
	if _, ok := c.found[key]; !ok {
		c.found[key] = fmt.Sprintf("v%d %s", m.version, example)
	}
}

// TestProtocol holds every message that both libraries know, at each version that sarama knows, against sarama: the same
// bytes are read into the same struct, nil and empty told apart, and the same struct is written as the same bytes, but for
// the order of maps.
func TestProtocol(t *testing.T) {
	schema.Need(t)
	c := tally{found: make(map[string]string), alike: make(map[message]int)}
	for _, api := range protocol.APIs() {
		for v := api.MinVersion; v <= api.MaxVersion; v++ {
			for _, response := range []bool{false, true} {
				m := message{api.Key, v, response}
				if theirs := m.theirs(); theirs == nil || !theirs.isValidVersion() {
					continue
				}
				c.messages++
				def, err := schema.Lookup(m.key, m.version, m.response)
				require.NoError(t, err)
				for seed := range uint64(40) {
					c.reads(t, m, def, seed)
					c.writes(t, m, def, seed)
				}
				want := 3
				if m == (message{protocol.KeyIncrementalAlterConfigs, 1, true}) {
					want = 1 // sarama writes each such response without its last byte
				}
				require.Equal(t, want, c.alike[m], "%s v%d: some are read alike, and some are written alike", m.name(), m.version)
			}
		}
	}
	t.Logf("%d messages of both: %d read and %d written alike, %d refused by both", c.messages, c.read, c.written, c.refused)
	for _, key := range sortedKeys(c.found) {
		if differences[key] == "" {
			t.Errorf("%s: %s", key, c.found[key])
		}
	}
	for key := range differences {
		if c.found[key] == "" {
			t.Errorf("%s: listed as differing, and it does not", key)
		}
	}
}

// reads has both read what Kafka's definition writes.
func (c *tally) reads(t *testing.T, m message, def *schema.Message, seed uint64) {
	recordFormat = formatOf(m)
	o := schema.Options{MaxLen: 1 + int(seed%3), Empty: seed%2 == 0, Records: func(rng *rand.Rand) []byte { return encodedRecords(t, rng) }}
	in := def.Generate(m.version, seed, o)
	for i := range in.Fields {
		if in.Fields[i].Field.Name == "IsolationLevel" {
			in.Fields[i].Of = int64(seed % 2) // sarama refuses others in a ListOffsets request
		}
	}
	b := def.Encode(m.version, in)
	theirs := m.theirs()
	_, theirErr := caught(func() (any, error) { return nil, unmarshalIBM(bytes.Clone(b), theirs) })
	ours, ourErr := m.read(t, b)
	switch {
	case theirErr != nil && ourErr != nil:
		c.refused++
	case theirErr != nil:
		c.differ(m, "is not read by sarama", fmt.Sprintf("%v: %x", theirErr, b))
	case ourErr != nil:
		c.differ(m, "is not read by us", fmt.Sprintf("%v: %x", ourErr, b))
	default:
		fields := differing(theirs, ours)
		for path, example := range fields {
			c.differ(m, "reads "+path, example)
		}
		if len(fields) == 0 {
			c.read++
			c.alike[m] |= 1
			want, err := json.Marshal(theirs)
			require.NoError(t, err)
			got, err := json.Marshal(ours)
			require.NoError(t, err)
			require.JSONEq(t, string(want), string(got))
		}
	}
}

// writes has both write a random struct.
func (c *tally) writes(t *testing.T, m message, def *schema.Message, seed uint64) {
	recordFormat = formatOf(m)
	random := func() body {
		theirs := m.theirs()
		fill(rand.New(rand.NewPCG(seed, uint64(m.key))), reflect.ValueOf(theirs).Elem())
		return theirs
	}
	theirs := random()
	ours, ourErr := m.write(t, random())
	want, theirErr := caught(func() ([]byte, error) { return marshalIBM(theirs) })
	switch {
	case theirErr != nil && ourErr != nil:
		c.refused++
		return
	case theirErr != nil:
		c.differ(m, "is not written by sarama", fmt.Sprintf("%v: %+v", theirErr, theirs))
		return
	case ourErr != nil:
		c.differ(m, "is not written by us", fmt.Sprintf("%v: %+v", ourErr, theirs))
		return
	}
	if c.compare(t, m, def, theirs, want, ours) {
		c.written++
		c.alike[m] |= 2
	}
}

// compare compares what both have written, and notes what is not alike.
func (c *tally) compare(t *testing.T, m message, def *schema.Message, of body, theirs, ours []byte) bool {
	if bytes.Equal(theirs, ours) {
		return true
	}
	what := fmt.Sprintf("%x\nand not %x", ours, theirs)
	got, err := def.Decode(m.version, ours)
	if err != nil {
		c.differ(m, "is not written as Kafka defines it by us", err.Error()+" "+what)
		return false
	}
	wanted, err := def.Decode(m.version, theirs)
	if err != nil {
		c.differ(m, "is not written as Kafka defines it by sarama", err.Error()+" "+what)
		return false
	}
	left, right := make(map[string]string), make(map[string]string)
	flatTree(t, "", wanted, left)
	flatTree(t, "", got, right)
	same := true
	for _, pair := range [][2]map[string]string{{left, right}, {right, left}} {
		for path := range pair[0] {
			if left[path] != right[path] {
				same = false
				c.differ(m, "writes "+strings.TrimPrefix(index.ReplaceAllString(path, ""), "."),
					fmt.Sprintf("%s is %s, not %s", path, right[path], left[path]))
			}
		}
	}
	if same && !holdsMap(reflect.TypeOf(of), nil) {
		c.differ(m, "is written as other bytes", what)
	}
	return same
}

// formatOf tells which records a message holds: Produce and Fetch changed to batches with Kafka 0.11.
func formatOf(m message) int {
	batches := map[int16]int16{protocol.KeyProduce: 3, protocol.KeyFetch: 4}[m.key]
	switch {
	case m.version >= batches:
		return 2
	case m.version >= 2:
		return 1
	}
	return 0
}

// encodedRecords are records as a broker sends them.
func encodedRecords(t *testing.T, rng *rand.Rand) []byte {
	var r ibm.Records
	fill(rng, reflect.ValueOf(&r).Elem())
	request := new(ibm.ProduceRequest)
	b := []int16{0, 2, 3}[recordFormat]
	request.Version = b
	switch {
	case r.MsgSet != nil:
		for _, m := range r.MsgSet.Messages {
			request.AddMessage("", 0, m.Msg)
		}
	default:
		request.AddBatch("", 0, r.RecordBatch)
	}
	e := ibmRequest(protocol.KeyProduce, b)
	reflect.ValueOf(e).Elem().Set(reflect.ValueOf(request).Elem())
	written, err := marshalIBM(e)
	require.NoError(t, err)
	m := &protocol.ProduceRequest{Version: b}
	require.NoError(t, protocol.UnmarshalOpaque(written, m))
	records := protocol.ProducedPartitions(m)[0].Records
	if codec := protocol.CompressionCodec(rng.IntN(4)); recordFormat < 2 && codec != 0 {
		records, err = protocol.AppendCompressedSet(nil, int8(recordFormat), int64(len(r.MsgSet.Messages)-1), 1e12, records,
			codec, protocol.CompressionLevelDefault)
		require.NoError(t, err)
	}
	return records
}

// plainRecords is what is compared of records: all but the size and the sum of what is compressed.
func plainRecords(t *testing.T, b []byte) string {
	var text strings.Builder
	var r protocol.BatchReader
	for r.Reset(b); r.Next(); {
		if r.Header.Magic < 2 {
			fmt.Fprintf(&text, "%x ", r.Data)
			continue
		}
		require.NoError(t, r.VerifyCRC())
		records, err := protocol.AppendDecompressed(nil, r.Records(), r.Header.Codec(), 1<<20)
		require.NoError(t, err)
		h := r.Header
		h.CRC, h.Length = 0, 0
		fmt.Fprintf(&text, "%+v %x ", h, records)
	}
	require.NoError(t, r.Err())
	require.False(t, r.Partial())
	return text.String()
}

// flatTree lists the leaves of what the definition has read. Structs in arrays are named by their first field, by which maps
// have them.
func flatTree(t *testing.T, path string, v any, into map[string]string) {
	switch v := v.(type) {
	case *schema.Struct:
		for _, f := range v.Fields {
			of := f.Of
			if b, ok := of.([]byte); ok && f.Field.Type == "records" {
				of = plainRecords(t, b)
			}
			flatTree(t, path+"."+f.Field.Name, of, into)
		}
	case []any:
		into[path] = fmt.Sprintf("%d elements", len(v))
		times := make(map[string]int)
		for i, e := range v {
			name := fmt.Sprint(i)
			if s, ok := e.(*schema.Struct); ok {
				if _, nested := s.Fields[0].Of.([]any); !nested {
					name = fmt.Sprint(s.Fields[0].Of)
					times[name]++
					name += fmt.Sprintf(" %d", times[name])
				}
			}
			flatTree(t, path+"["+name+"]", e, into)
		}
	case nil:
		into[path] = "null"
	default:
		into[path] = fmt.Sprintf("%v", v)
	}
}

// holdsMap tells whether a type keeps what it reads in maps, which have no order.
func holdsMap(t reflect.Type, seen []reflect.Type) bool {
	if slices.Contains(seen, t) {
		return false
	}
	seen = append(seen, t)
	switch t.Kind() {
	case reflect.Map:
		return true
	case reflect.Pointer, reflect.Slice:
		return holdsMap(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if holds(t, t.Field(i).Name) && holdsMap(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}
