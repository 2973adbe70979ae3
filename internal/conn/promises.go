package conn

// promises is a queue of requests.
type promises struct {
	ring  []request // a power of two
	first uint64    // the number of the oldest; numbers never repeat
	next  uint64    // the number of the next that is pushed
}

func (p *promises) empty() bool { return p.first == p.next }

func (p *promises) at(number uint64) *request { return &p.ring[number&uint64(len(p.ring)-1)] }

func (p *promises) oldest() *request { return p.at(p.first) }

func (p *promises) push(r request) {
	if int(p.next-p.first) == len(p.ring) {
		p.grow()
	}
	*p.at(p.next) = r
	p.next++
}

func (p *promises) grow() {
	bigger := promises{ring: make([]request, max(2*len(p.ring), 8)), first: p.first, next: p.next}
	for number := p.first; number != p.next; number++ {
		*bigger.at(number) = *p.at(number)
	}
	*p = bigger
}

func (p *promises) pop() request {
	r := *p.oldest()
	*p.oldest() = request{} // it holds on to memory that is not the connection's any more
	p.first++
	return r
}
