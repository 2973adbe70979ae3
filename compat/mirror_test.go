package compat

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	ibm "github.com/IBM/sarama"
)

// Names of the fields that are not exported, where they are not the same: sarama's and ours.
var renamed = map[string]string{
	"fetchRequestBlock.currentLeaderEpoch":               "leaderEpoch",
	"fetchRequestBlock.fetchOffset":                      "offset",
	"offsetRequestBlock.currentLeaderEpoch":              "leaderEpoch",
	"offsetRequestBlock.maxNumOffsets":                   "maxOffsets",
	"offsetCommitRequestBlock.committedLeaderEpoch":      "leaderEpoch",
	"alterPartitionReassignmentsErrorBlock.errorCode":    "ErrorCode",
	"alterPartitionReassignmentsErrorBlock.errorMessage": "ErrorMessage",
	"AlterUserScramCredentialsUpsert.saltedPassword":     "SaltedPassword",
}

// aside are fields of sarama's in which it keeps what is on its way, and nothing of a message.
var aside = map[string]bool{
	"fetchRequestBlock.Version": true, "Records.recordsType": true, "Record.length": true, "Message.compressedCache": true,
	"Message.compressedSize": true, "RecordBatch.compressedRecords": true, "RecordBatch.recordsLen": true,
	"RecordBatch.partialSize": true, "FetchResponseBlock.recordsNextOffset": true, "FetchResponseBlock.partialBatchSize": true,
	// With it a version that lacks RequireStable drops the field as soon as it is chosen.
	"OffsetFetchRequest.dropUnsupportedRequireStable": true,
	// One field of ours holds the two: see replicas.
	"OffsetRequest.replicaID": true, "OffsetRequest.isReplicaIDSet": true,
}

// holds tells whether a field of sarama's is compared. Of a broker that is what messages tell of it.
func holds(t reflect.Type, name string) bool {
	if t.Name() == "Broker" {
		return name == "id" || name == "addr" || name == "rack"
	}
	return !aside[t.Name()+"."+name]
}

// carry copies a message of one library into that of the other, by the names of sarama's fields. What is nil stays nil.
func carry(dst, src reflect.Value) {
	switch dst.Kind() {
	case reflect.Pointer:
		if !src.IsNil() {
			dst.Set(reflect.New(dst.Type().Elem()))
			carry(dst.Elem(), src.Elem())
		}
	case reflect.Slice:
		if !src.IsNil() {
			dst.Set(reflect.MakeSlice(dst.Type(), src.Len(), src.Len()))
			for i := range src.Len() {
				carry(dst.Index(i), src.Index(i))
			}
		}
	case reflect.Array:
		reflect.Copy(dst, src)
	case reflect.Map:
		if !src.IsNil() {
			dst.Set(reflect.MakeMap(dst.Type()))
			for k, v := range src.Seq2() {
				key, value := reflect.New(dst.Type().Key()).Elem(), reflect.New(dst.Type().Elem()).Elem()
				carry(key, k)
				carry(value, addressable(v))
				dst.SetMapIndex(key, value)
			}
		}
	case reflect.Struct:
		carryStruct(dst, src)
	default:
		dst.Set(src.Convert(dst.Type()))
	}
}

func addressable(v reflect.Value) reflect.Value {
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	return p
}

func carryStruct(dst, src reflect.Value) {
	if dst.Type() == reflect.TypeFor[time.Time]() {
		dst.Set(src)
		return
	}
	theirs, our, toOurs := src, dst, true
	if isOurs(src.Type()) {
		theirs, our, toOurs = dst, src, false
	}
	for i := range theirs.NumField() {
		name := theirs.Type().Field(i).Name
		if !holds(theirs.Type(), name) {
			continue
		}
		ourName := name
		if other, ok := renamed[theirs.Type().Name()+"."+name]; ok {
			ourName = other
		}
		if a, b := field(theirs, i), named(our, ourName); toOurs {
			carry(b, a)
		} else {
			carry(a, b)
		}
	}
	replicas(theirs, our, toOurs)
}

func isOurs(t reflect.Type) bool { return strings.HasPrefix(t.PkgPath(), "github.com/seed20e6684a/") }

// replicas carries what sarama and ours hold differently: the id of the replica that asks for offsets, and of which
// format records are.
func replicas(theirs, our reflect.Value, toOurs bool) {
	switch {
	case theirs.Type().Name() == "OffsetRequest" && toOurs:
		if named(theirs, "isReplicaIDSet").Bool() {
			id := int32(named(theirs, "replicaID").Int())
			named(our, "replica").Set(reflect.ValueOf(&id))
		}
	case theirs.Type().Name() == "OffsetRequest":
		if id := named(our, "replica"); !id.IsNil() {
			named(theirs, "isReplicaIDSet").SetBool(true)
			named(theirs, "replicaID").Set(id.Elem())
		}
	case theirs.Type().Name() == "Records" && !toOurs:
		for i, name := range []string{"MsgSet", "RecordBatch"} {
			if !named(our, name).IsNil() {
				named(theirs, "recordsType").SetInt(int64(1 + i))
			}
		}
	}
}

// named is a field by its name, an unexported one too.
func named(v reflect.Value, name string) reflect.Value {
	at, ok := v.Type().FieldByName(name)
	if !ok {
		panic(fmt.Sprintf("%v has no field %s", v.Type(), name))
	}
	return field(v, at.Index[0])
}

// flat lists the fields of a message of sarama's with their values, and of slices, maps and pointers whether they are nil.
func flat(v reflect.Value, path string, into map[string]string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if v.IsNil() && (v.Kind() != reflect.Map || !unseen.MatchString(path)) {
			into[path] = "nil"
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		flat(v.Elem(), path, into)
	case reflect.Slice:
		into[path] = fmt.Sprintf("%d elements", v.Len())
		for i := range v.Len() {
			flat(v.Index(i), fmt.Sprintf("%s[%d]", path, i), into)
		}
	case reflect.Map:
		into[path] = fmt.Sprintf("%d keys", v.Len())
		for k, e := range v.Seq2() {
			flat(addressable(e), fmt.Sprintf("%s[%v]", path, reflect.Indirect(k)), into)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			into[path] = field(v, 0).String() + v.Interface().(time.Time).UTC().String()
			return
		}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; holds(v.Type(), name) {
				flat(field(v, i), path+"."+name, into)
			}
		}
	default:
		into[path] = fmt.Sprint(v)
	}
}

// unseen matches the paths of fields that are not exported, with their indices: whether a map there is nil or empty shows in
// nothing but what is written.
var unseen = regexp.MustCompile(`\.[a-z][A-Za-z]*(\[[^]]*\])*$`)

var index = regexp.MustCompile(`\[[^]]*\]`)

// differing lists the fields in which two messages of sarama's are not the same, each with an example.
func differing(a, b any) map[string]string {
	left, right := make(map[string]string), make(map[string]string)
	flat(reflect.ValueOf(a), "", left)
	flat(reflect.ValueOf(b), "", right)
	all := make(map[string]string)
	for _, pair := range [][2]map[string]string{{left, right}, {right, left}} {
		for path := range pair[0] {
			if left[path] != right[path] {
				all[strings.TrimPrefix(index.ReplaceAllString(path, ""), ".")] = fmt.Sprintf("%s is %s, not %s", path, right[path], left[path])
			}
		}
	}
	return all
}

// fill gives the fields of a message of sarama's random values, nil and empty ones among them.
func fill(rng *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 1)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		switch v.Type() {
		case reflect.TypeFor[time.Duration]():
			v.SetInt(int64(time.Duration(rng.IntN(10000)) * time.Millisecond))
		case reflect.TypeFor[ibm.ScramMechanismType]():
			v.SetInt(1 + rng.Int64N(2))
		case reflect.TypeFor[ibm.IsolationLevel]():
			v.SetInt(rng.Int64N(2))
		default:
			v.SetInt(rng.Int64N(100))
		}
	case reflect.Float64:
		v.SetFloat(float64(rng.IntN(1000)) / 8)
	case reflect.String:
		v.SetString(strings.Repeat(fmt.Sprintf("%x", rng.Uint32()), rng.IntN(3)))
	case reflect.Uint8:
		v.SetUint(uint64(rng.IntN(256)))
	case reflect.Pointer:
		if rng.IntN(4) > 0 {
			fillPointer(rng, v)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(rng, v.Index(i))
		}
	case reflect.Slice:
		if n := rng.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fillElement(rng, v.Index(i))
			}
		}
	case reflect.Map:
		if n := rng.IntN(4) - 1; n >= 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for range n {
				key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				fill(rng, key)
				fillElement(rng, value)
				v.SetMapIndex(key, value)
			}
		}
	case reflect.Struct:
		fillStruct(rng, v)
	default:
		panic(fmt.Sprintf("a value of type %v", v.Type()))
	}
}

// fillElement is fill for what is never nil.
func fillElement(rng *rand.Rand, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		fillPointer(rng, v)
		return
	}
	fill(rng, v)
}

func fillPointer(rng *rand.Rand, v reflect.Value) {
	v.Set(reflect.New(v.Type().Elem()))
	fill(rng, v.Elem())
}

func fillStruct(rng *rand.Rand, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		if rng.IntN(3) > 0 {
			v.Set(reflect.ValueOf(time.UnixMilli(rng.Int64N(1 << 41))))
		}
		return
	case filled[v.Type().Name()] != nil:
		filled[v.Type().Name()](rng, v)
		return
	}
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; holds(v.Type(), name) && name != "Version" {
			fill(rng, field(v, i))
		}
	}
	if fix := fixed[v.Type().Name()]; fix != nil {
		fix(rng, v)
	}
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
