package memory

import (
	"bytes"
	"runtime"
	"testing"
)

func TestUncleared(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 7, 8, 4095, 64 << 10, 1<<20 + 1} {
		m := Uncleared(n)
		if len(m) != max(n, 0) || cap(m) != len(m) {
			t.Fatalf("Uncleared(%d): length %d, capacity %d", n, len(m), cap(m))
		}
		want := bytes.Repeat([]byte{byte(n)}, len(m))
		copy(m, want)
		runtime.GC()
		if !bytes.Equal(m, want) {
			t.Fatalf("Uncleared(%d): other bytes than those written", n)
		}
	}
}

func TestUnclearedIsNobodyElses(t *testing.T) {
	a, b := Uncleared(100), Uncleared(100)
	copy(a, bytes.Repeat([]byte{1}, 100))
	copy(b, bytes.Repeat([]byte{2}, 100))
	if bytes.IndexByte(a, 2) >= 0 || bytes.IndexByte(b, 1) >= 0 {
		t.Fatal("two calls share memory")
	}
}

func BenchmarkUncleared(b *testing.B) {
	for name, give := range map[string]func(int) []byte{"uncleared": Uncleared, "make": func(n int) []byte { return make([]byte, n) }} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(1 << 20)
			for b.Loop() {
				kept = give(1 << 20)
			}
		})
	}
}

var kept []byte
