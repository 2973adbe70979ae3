package proxy

import "slices"

// AnyKey stands for every API.
const AnyKey int16 = -1

// Action is what a fault does.
type Action int

// The actions.
const (
	// CutRequest closes the connection when a request comes, after Fault.Bytes of its frame have reached the broker.
	CutRequest Action = iota + 1
	// CutAnswer lets the broker act on the request and closes the connection when it answers, after Fault.Bytes of the
	// answer's frame have reached the client.
	CutAnswer
	// SwallowAnswer lets the broker act on the request and drops its answer; the connection stays open.
	SwallowAnswer
	// SwallowRequest drops the request; the connection stays open.
	SwallowRequest
	// HoldRequest keeps the request, and what the client sends after it, until Fault.Until is closed.
	HoldRequest
	// HoldAnswer keeps the answer, and those that come after it, until Fault.Until is closed.
	HoldAnswer
)

// Fault chooses requests and tells what happens to them.
type Fault struct {
	Key   int16           // the API's key, or AnyKey
	Skip  int             // how many such requests pass before, on all connections together
	Count int             // how many are hit then: 0 stands for 1, -1 for all
	Do    Action          //
	Bytes int             // of a frame, its four bytes of size included, that pass before a cut
	Until <-chan struct{} // ends a hold
}

// Armed is a fault of a proxy.
type Armed struct {
	fault Fault
	proxy *Proxy
	hit   chan struct{}

	// guarded by proxy.mu
	matched int
	hits    int
}

// Hit is closed when the fault has been applied to a first request: to the request itself, or to its answer where that
// is what it acts on.
func (a *Armed) Hit() <-chan struct{} { return a.hit }

// Hits returns how many requests the fault was applied to.
func (a *Armed) Hits() int {
	a.proxy.mu.Lock()
	defer a.proxy.mu.Unlock()
	return a.hits
}

// Remove disarms the fault for requests that come from now on.
func (a *Armed) Remove() {
	a.proxy.mu.Lock()
	defer a.proxy.mu.Unlock()
	a.proxy.faults = slices.DeleteFunc(a.proxy.faults, func(other *Armed) bool { return other == a })
}

// takesLocked counts a request and tells whether the fault applies to it.
func (a *Armed) takesLocked(key int16) bool {
	if a.fault.Key != AnyKey && a.fault.Key != key {
		return false
	}
	a.matched++
	index := a.matched - a.fault.Skip // from 1
	count := a.fault.Count
	if count == 0 {
		count = 1
	}
	return index >= 1 && (count < 0 || index <= count)
}

func (a *Armed) applied() {
	a.proxy.mu.Lock()
	defer a.proxy.mu.Unlock()
	a.hits++
	if a.hits == 1 {
		close(a.hit)
	}
}

func (a Action) onAnswer() bool { return a == CutAnswer || a == SwallowAnswer || a == HoldAnswer }
