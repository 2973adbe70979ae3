package conn

import (
	"context"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// loopback makes a connection over TCP to a peer that answers each request with eight bytes.
func loopback(b *testing.B, requestSize int) *Conn {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go func() {
		nc, err := listener.Accept()
		if err != nil {
			return
		}
		in := make([]byte, requestSize)
		out := answer(0, "12345678")
		for {
			if _, err := io.ReadFull(nc, in); err != nil {
				_ = nc.Close()
				return
			}
			copy(out[4:8], in[4:8])
			_, _ = nc.Write(out)
		}
	}()
	nc, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(b, err)
	c := New(nc, testOptions())
	b.Cleanup(func() {
		_ = c.Close()
		_ = listener.Close()
	})
	return c
}

func BenchmarkRoundTrip(b *testing.B) {
	f := frame(1, "body")
	c := loopback(b, 12)
	answered := make(chan error, 1)
	done := func(_ []byte, err error) { answered <- err }
	b.ReportAllocs()
	for b.Loop() {
		c.Send(context.Background(), f, 1, SendOptions{}, done)
		if err := <-answered; err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAttended is a round trip whose sender reads.
func BenchmarkAttended(b *testing.B) {
	f := frame(1, "body")
	c := loopback(b, 12)
	answered := make(chan error, 1)
	done := func(_ []byte, err error) { answered <- err }
	b.ReportAllocs()
	for b.Loop() {
		if c.Send(context.Background(), f, 1, SendOptions{Attend: true}, done) {
			c.Attend()
		}
		if err := <-answered; err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPipelined(b *testing.B) {
	f := frame(1, "body")
	c := loopback(b, 12)
	answered := make(chan error, 1)
	left := b.N
	done := func(_ []byte, err error) {
		if left--; left == 0 || err != nil {
			answered <- err
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		c.Send(context.Background(), f, 1, SendOptions{}, done)
	}
	require.NoError(b, <-answered)
}
