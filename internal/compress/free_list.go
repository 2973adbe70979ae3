package compress

import "runtime"

// freeList keeps what is costly to make for the next call, one per processor at most. Unlike a sync.Pool it is not
// emptied by the garbage collector: some encoders are megabytes, and making them anew twice per collection costs more
// than the work that they do.
type freeList[T any] struct {
	free   chan T
	create func() T
}

func newFreeList[T any](create func() T) freeList[T] {
	return freeList[T]{free: make(chan T, runtime.GOMAXPROCS(0)), create: create}
}

func (l freeList[T]) get() T {
	select {
	case t := <-l.free:
		return t
	default:
		return l.create()
	}
}

func (l freeList[T]) put(t T) {
	select {
	case l.free <- t:
	default: // as many as there are processors are kept
	}
}
