package sarama

// spacing is channels that nobody uses. They lie in memory between channels that several goroutines use for each message:
// the runtime allocates things of a size and kind side by side, and locks that share a cache line have each use of one slow
// down the other, which took half again the time of a message.
type spacing []chan *ProducerMessage

// spaceOut returns c, with room before and behind it as long as s is kept. c's elements are pointers: channels of others are
// allocated elsewhere.
func spaceOut[E any](s *spacing, n int) chan *E {
	s.add()
	c := make(chan *E, n)
	s.add()
	return c
}

func (s *spacing) add() {
	for range 3 { // a channel takes about 100 bytes; processors fetch 128 at a time
		*s = append(*s, make(chan *ProducerMessage, 1))
	}
}
