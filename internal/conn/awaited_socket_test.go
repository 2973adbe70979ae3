package conn

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// socketPair connects two sockets, by TLS if secure.
func socketPair(t *testing.T, secure bool) (near, far net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	near, err = net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	far, err = listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = near.Close()
		_ = far.Close()
	})
	if !secure {
		return near, far
	}
	lender := httptest.NewUnstartedServer(nil) // of a certificate
	lender.StartTLS()
	lender.Close()
	pool := x509.NewCertPool()
	pool.AddCert(lender.Certificate())
	server := tls.Server(far, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: lender.TLS.Certificates})
	client := tls.Client(near, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: "example.com"})
	shaken := make(chan error, 1)
	go func() { shaken <- server.Handshake() }()
	require.NoError(t, client.Handshake())
	require.NoError(t, <-shaken)
	return client, server
}

// forget has a connection look as if it had not been used for long.
func forget(c *Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.progress = time.Time{}
}

// What is true of pipes in virtual time is true of sockets: a look leaves a connection as it is, and sees that it has ended.
func TestProbeOfSockets(t *testing.T) {
	for name, secure := range map[string]bool{"TCP": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			near, far := socketPair(t, secure)
			opts := testOptions()
			opts.AwaitedOnly = true
			c := New(near, opts)
			got := make(calls, 1)
			for id := range int32(5) {
				forget(c)
				require.False(t, c.Probe())
				got.send(c, id, "x", SendOptions{})
				seen, body, err := readFrame(far)
				require.NoError(t, err)
				_, err = far.Write(answer(seen, body))
				require.NoError(t, err)
				require.Equal(t, outcome{id, "x", nil}, <-got)
			}
			require.NoError(t, far.Close())
			require.Eventually(t, func() bool {
				forget(c)
				return c.Probe()
			}, 10*time.Second, time.Millisecond)
			require.True(t, c.EndedIdle())
			require.NoError(t, c.Close())
		})
	}
}
