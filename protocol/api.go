package protocol

import "fmt"

// API is a row of the table of APIs: a request and its response under one key.
type API struct {
	// Key is the number of the API in a request's header.
	Key int16
	// Name is Kafka's name of the API, such as "Fetch".
	Name string
	// MinVersion and MaxVersion are the range of versions that this package knows.
	MinVersion, MaxVersion int16
	// FlexibleVersion is the first version with compact encodings and tagged
	// fields (KIP-482); it is above MaxVersion where the API has none.
	FlexibleVersion int16
}

// target tells which broker can answer an API's requests.
type target int8

const (
	toAny target = iota
	toLeader
	toController
	toGroupCoordinator
	toTransactionCoordinator
	toEachBroker
)

// never is the first flexible version of an API that has none.
const never = 1<<15 - 1

// api is a row of the table: all that varies by API key.
type api struct {
	key      int16
	name     string
	min, max int16
	flexible int16
	target   target
	since    releases // the release that introduced each version; a version without one is not released yet
	request  func() Message
	response func() Message
}

// table holds the rows by key; a key without a row has none.
var table = func() (t [128]*api) {
	for _, rows := range [][]api{coreAPIs, adminAPIs} {
		for i := range rows {
			t[rows[i].key] = &rows[i]
		}
	}
	return t
}()

func lookup(key int16) *api {
	if key < 0 || int(key) >= len(table) {
		return nil
	}
	return table[key]
}

// APIs returns the APIs that this package knows, by ascending key.
func APIs() []API {
	var all []API
	for _, a := range table {
		if a != nil {
			all = append(all, API{a.key, a.name, a.min, a.max, a.flexible})
		}
	}
	return all
}

// Name returns Kafka's name of an API, or "API key N" of an unknown one.
func Name(key int16) string {
	if a := lookup(key); a != nil {
		return a.name
	}
	return fmt.Sprintf("API key %d", key)
}

// NewRequest returns an empty request of an API at a version.
func NewRequest(key, version int16) (Message, error) {
	a, err := known(key, version)
	if err != nil {
		return nil, err
	}
	m := a.request()
	SetVersion(m, version)
	return m, nil
}

// NewResponse returns an empty response of an API at a version.
func NewResponse(key, version int16) (Message, error) {
	a, err := known(key, version)
	if err != nil {
		return nil, err
	}
	m := a.response()
	SetVersion(m, version)
	return m, nil
}

func known(key, version int16) (*api, error) {
	a := lookup(key)
	if a == nil || a.request == nil || a.response == nil {
		return nil, fmt.Errorf("kafka: unknown API key %d", key)
	}
	if version < a.min || version > a.max {
		return nil, fmt.Errorf("kafka: %s has no version %d (%d to %d are known)", a.name, version, a.min, a.max)
	}
	return a, nil
}

// MaxVersionFor returns the highest version of an API that brokers of a Kafka
// version serve and this package knows, or -1 if they do not serve the API.
func MaxVersionFor(key int16, kafka KafkaVersion) int16 {
	a := lookup(key)
	if a == nil {
		return -1
	}
	v := int16(-1)
	for i, r := range a.since {
		if !kafka.IsAtLeast(r.version()) {
			break
		}
		v = int16(i)
	}
	return min(v, a.max)
}

// MinVersionOf returns the lowest version of an API that this package knows.
func MinVersionOf(key int16) int16 {
	if a := lookup(key); a != nil {
		return a.min
	}
	return 0
}

func isFlexible(key, version int16) bool {
	a := lookup(key)
	return a != nil && version >= a.flexible
}
