package sarama

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	stubbornTimeout = 300 * time.Millisecond
	closeLimit      = time.Second
	unhurried       = 30 * time.Second // for what comes in the end, on a machine with much else to do
)

// stubbornPeer listens, and has serve do what it likes with each connection until the test ends.
func stubbornPeer(t *testing.T, serve func(nc net.Conn, ended <-chan struct{})) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		for {
			nc, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer nc.Close()
				serve(nc, ended)
			})
		}
	})
	t.Cleanup(func() {
		close(ended)
		_ = listener.Close()
		work.Wait()
	})
	return listener.Addr().String()
}

// trickle writes a byte now and then.
func trickle(w io.Writer, bytes []byte, ended <-chan struct{}) {
	ticker := time.NewTicker(stubbornTimeout / 10)
	defer ticker.Stop()
	for i := 0; ; i++ {
		if _, err := w.Write(bytes[min(i, len(bytes)-1) : min(i, len(bytes)-1)+1]); err != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-ended:
			return
		}
	}
}

func stubbornConfig(pool *x509.CertPool) *Config {
	conf := NewConfig()
	conf.Metadata.Retry.Max = 0
	conf.Net.DialTimeout, conf.Net.ReadTimeout, conf.Net.WriteTimeout = stubbornTimeout, stubbornTimeout, stubbornTimeout
	conf.Net.TLS.Enable = true
	conf.Net.TLS.Config = &tls.Config{RootCAs: pool}
	return conf
}

// stubbornTLS answers the TLS handshake and then does what serve does.
func stubbornTLS(certificate tls.Certificate, serve func(nc *tls.Conn, ended <-chan struct{})) func(net.Conn, <-chan struct{}) {
	return func(nc net.Conn, ended <-chan struct{}) {
		secure := tls.Server(nc, &tls.Config{Certificates: []tls.Certificate{certificate}})
		if secure.Handshake() == nil {
			serve(secure, ended)
		}
	}
}

// TestStubbornTLSEndpoints: whatever a peer does not do, the failure comes within the configured timeouts.
func TestStubbornTLSEndpoints(t *testing.T) {
	certificate, pool := selfSigned(t)
	for name, test := range map[string]struct {
		serve   func(net.Conn, <-chan struct{})
		allowed time.Duration // by the configuration
	}{
		"never answers": {func(_ net.Conn, ended <-chan struct{}) { <-ended }, stubbornTimeout},
		"a byte at a time": {func(nc net.Conn, ended <-chan struct{}) {
			trickle(nc, []byte{0x16, 3, 3, 0x3f, 0xff, 2, 0, 0x3f, 0xfb, 3, 3}, ended)
		}, stubbornTimeout},
		"stops after the handshake": {stubbornTLS(certificate, func(_ *tls.Conn, ended <-chan struct{}) { <-ended }), 2 * stubbornTimeout},
		"an answer byte by byte": {stubbornTLS(certificate, func(nc *tls.Conn, ended <-chan struct{}) {
			go func() { _, _ = io.Copy(io.Discard, nc) }()
			trickle(nc, []byte{0, 0x0f, 0xff, 0xff, 0, 0, 0, 0, 0}, ended)
		}), 3 * stubbornTimeout}, // its beginning and its end have each their time
	} {
		t.Run(name, func(t *testing.T) {
			addr := stubbornPeer(t, test.serve)
			start := time.Now()
			_, err := NewClient([]string{addr}, stubbornConfig(pool))
			took := time.Since(start)
			require.ErrorIs(t, err, ErrOutOfBrokers)
			require.ErrorContains(t, err, addr)
			var problem *ConnectionError
			require.ErrorAs(t, err, &problem)
			require.Equal(t, ProblemNoAnswer, problem.Problem, "%v", err)
			require.Less(t, took, test.allowed+closeLimit)

			// Close does not wait for it.
			conf := stubbornConfig(pool)
			conf.Net.DialTimeout, conf.Net.ReadTimeout = time.Minute, time.Minute
			b := openAt(t, addr, conf)
			start = time.Now()
			_ = b.Close()
			require.Less(t, time.Since(start), closeLimit)
		})
	}
}

// TestStubbornReader has a broker stop reading in the middle of large requests.
func TestStubbornReader(t *testing.T) {
	certificate, pool := selfSigned(t)
	stopped := make(chan struct{}, 10)
	addr := stubbornPeer(t, stubbornTLS(certificate, func(nc *tls.Conn, ended <-chan struct{}) {
		var size [4]byte
		_, _ = io.ReadFull(nc, size[:])
		request := make([]byte, binary.BigEndian.Uint32(size[:]))
		_, _ = io.ReadFull(nc, request)
		_, _ = nc.Write(metadataAnswer(request))
		stopped <- struct{}{}
		<-ended
	}))
	large := &SaslAuthenticateRequest{SaslAuthBytes: bytes.Repeat([]byte{1}, 60<<20)}
	for _, closing := range []bool{false, true} {
		conf := stubbornConfig(pool)
		conf.ApiVersionsRequest = false
		conf.Net.DialTimeout, conf.Net.ReadTimeout = 10*time.Second, 10*time.Second
		if closing {
			conf.Net.WriteTimeout = time.Minute
		}
		b := openAt(t, addr, conf)
		_, err := b.GetMetadata(&MetadataRequest{Version: 4})
		require.NoError(t, err)
		<-stopped
		failed := make(chan error, 1)
		begun := make(chan struct{})
		go func() {
			close(begun)
			failed <- b.call(t.Context(), large, new(SaslAuthenticateResponse))
		}()
		<-begun
		start := time.Now()
		if closing {
			_ = b.Close()
			require.Less(t, time.Since(start), closeLimit)
		}
		require.Error(t, <-failed)
		require.Less(t, time.Since(start), 5*time.Second)
		_ = b.Close()
	}
}
