package sarama

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// selfSigned is a certificate for 127.0.0.1, and the pool that trusts it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broker"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"kafka.example"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestBrokerOverTLS(t *testing.T) {
	certificate, pool := selfSigned(t)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			nc, err := listener.Accept()
			if err != nil {
				return
			}
			go hostileBroker{script: metadataAnswer}.serve(nc)
		}
	}()

	conf := hostileConfig(false)
	conf.Net.TLS.Enable = true
	conf.Net.TLS.Config = &tls.Config{RootCAs: pool}
	b := openAt(t, listener.Addr().String(), conf)
	for range 3 {
		_, err = b.GetMetadata(&MetadataRequest{Version: 4})
		require.NoError(t, err)
	}
	state, ok := b.TLSConnectionState()
	require.True(t, ok)
	require.True(t, state.HandshakeComplete)
	require.Empty(t, conf.Net.TLS.Config.ServerName, "the configuration is the user's")
	require.NoError(t, b.Close())
	_, ok = b.TLSConnectionState()
	require.False(t, ok)

	conf.Net.TLS.Config = &tls.Config{RootCAs: pool, ServerName: "another.example"}
	_, err = openAt(t, listener.Addr().String(), conf).Connected()
	var wrongName x509.HostnameError
	require.ErrorAs(t, err, &wrongName)

	conf.Net.TLS.Config = nil
	_, err = openAt(t, listener.Addr().String(), conf).Connected()
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, err, &unknown)
}

func TestTLSNameOfEachBroker(t *testing.T) {
	require.Equal(t, "b1", tlsConfigFor("b1:9092", nil).ServerName)
	require.EqualValues(t, tls.VersionTLS12, tlsConfigFor("b1:9092", nil).MinVersion)
	named := &tls.Config{ServerName: "kafka.example"}
	require.Same(t, named, tlsConfigFor("b1:9092", named))
}
