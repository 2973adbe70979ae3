package sarama

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// has makes a broker refuse all mechanisms but the given ones, and end the connection with that as Kafka does.
func (b *scriptedBroker) has(mechanisms ...string) {
	b.authenticates("")
	b.on(protocol.KeySaslHandshake, func(r *scriptedRequest) protocol.Message {
		if slices.Contains(mechanisms, r.Body.(*SaslHandshakeRequest).Mechanism) {
			return &SaslHandshakeResponse{EnabledMechanisms: mechanisms}
		}
		answer := &SaslHandshakeResponse{Err: ErrUnsupportedSASLMechanism, EnabledMechanisms: mechanisms}
		protocol.SetVersion(answer, r.Version)
		_, _ = r.conn.Write(b.frame(r, answer))
		return r.cut()
	})
}

func (b *scriptedBroker) asked() []string {
	var all []string
	for _, r := range b.received(protocol.KeySaslHandshake) {
		all = append(all, r.Body.(*SaslHandshakeRequest).Mechanism)
	}
	return all
}

func TestMechanismsInOrderOfPreference(t *testing.T) {
	for name, test := range map[string]struct {
		has   []string
		want  []SASLMechanism
		asked []string
		err   error
	}{
		"first":        {[]string{"OAUTHBEARER", "PLAIN"}, []SASLMechanism{SASLTypeOAuth, SASLTypePlaintext}, []string{"OAUTHBEARER"}, nil},
		"none":         {[]string{"GSSAPI"}, []SASLMechanism{SASLTypeSCRAMSHA512, SASLTypeSCRAMSHA256}, []string{"SCRAM-SHA-512"}, ErrUnsupportedSASLMechanism},
		"no downgrade": {[]string{"PLAIN"}, []SASLMechanism{SASLTypeSCRAMSHA512, SASLTypePlaintext}, []string{"SCRAM-SHA-512"}, ErrUnsupportedSASLMechanism},
		"not listed":   {[]string{"PLAIN"}, []SASLMechanism{SASLTypeSCRAMSHA256}, []string{"SCRAM-SHA-256"}, ErrUnsupportedSASLMechanism},
		"next": {[]string{"SCRAM-SHA-256", "PLAIN"}, []SASLMechanism{SASLTypeSCRAMSHA512, SASLTypePlaintext, SASLTypeSCRAMSHA256},
			[]string{"SCRAM-SHA-512", "SCRAM-SHA-256"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			network := newScriptedNetwork(t)
			far := network.broker(1)
			far.has(test.has...)
			conf := saslConfig(network, "")
			conf.Net.SASL.Mechanisms = test.want
			conf.Net.SASL.TokenProvider = tokens{token: &AccessToken{Token: "t"}}
			conf.Net.SASL.SCRAMClientGeneratorFunc = func() SCRAMClient { return &scriptedSCRAM{} }
			b := openBroker(t, conf, far)
			connected, err := b.Connected()
			require.ErrorIs(t, err, test.err)
			require.Equal(t, test.err == nil, connected)
			require.Equal(t, test.asked, far.asked())
			for _, said := range far.said() {
				require.NotContains(t, said, "secret")
			}
			if test.err == nil {
				far.on(protocol.KeyHeartbeat, answer(&HeartbeatResponse{}))
				_, err = b.Heartbeat(&HeartbeatRequest{})
				require.NoError(t, err)
				require.NoError(t, b.Close())
				return
			}
			var problem *ConnectionError
			require.ErrorAs(t, err, &problem)
			require.Equal(t, ProblemMechanism, problem.Problem)
			require.ErrorContains(t, err, test.has[0])
		})
	}
}

func TestNextMechanismWithTLS(t *testing.T) {
	configured := []SASLMechanism{SASLTypeSCRAMSHA512, SASLTypePlaintext, SASLTypeSCRAMSHA256}
	refused := Wrap(ErrUnsupportedSASLMechanism, &mechanismRefusal{SASLTypeSCRAMSHA512, []string{"SCRAM-SHA-256", "PLAIN"}})
	next, ok := nextMechanism(configured, refused, true)
	require.True(t, ok)
	require.EqualValues(t, SASLTypePlaintext, next)
	next, ok = nextMechanism(configured, refused, false)
	require.True(t, ok)
	require.EqualValues(t, SASLTypeSCRAMSHA256, next)
	_, ok = nextMechanism(configured, errors.New("another"), true)
	require.False(t, ok)
}

// TLS whose peer may be anybody protects no secret.
func TestPeersThatAreNotVerified(t *testing.T) {
	l := readyLink(V2_8_0_0, nil)
	for _, test := range []struct {
		tls  *tls.Conn
		conf *tls.Config
		want bool
	}{
		{nil, &tls.Config{}, false},
		{&tls.Conn{}, nil, true},
		{&tls.Conn{}, &tls.Config{}, true},
		{&tls.Conn{}, &tls.Config{InsecureSkipVerify: true}, false},
		{&tls.Conn{}, &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(tls.ConnectionState) error { return nil }}, true},
		{&tls.Conn{}, &tls.Config{InsecureSkipVerify: true, VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error { return nil }}, true},
	} {
		l.tls, l.conf.Net.TLS.Config = test.tls, test.conf
		require.Equal(t, test.want, l.knowsPeer(), "%+v", test.conf)
	}
	var log bytes.Buffer
	captureLog(t, &log)
	l.conf.Net.TLS.Config = &tls.Config{InsecureSkipVerify: true}
	for range 2 {
		l.mechanism = SASLTypeSCRAMSHA256
		l.warnOfPlainSecrets()
		l.mechanism = SASLTypePlaintext
		l.warnOfPlainSecrets()
	}
	require.Equal(t, 1, strings.Count(log.String(), "certificate is not verified"), log.String())
}

func TestRefusalsNameFewMechanisms(t *testing.T) {
	refused := &mechanismRefusal{SASLTypePlaintext, slices.Repeat([]string{strings.Repeat("x", 1000)}, 100_000)}
	require.ErrorContains(t, refused, " and 99990 more")
	require.Less(t, len(refused.Error()), 500)
}

func TestBuiltInSCRAM(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	far.authenticates("r=foreign,s=c2FsdA==,i=4096")
	conf := saslConfig(network, SASLTypeSCRAMSHA512)
	conf.Net.SASL.SCRAMAuthzID = "admin"
	_, err := openBroker(t, conf, far).Connected()
	require.ErrorContains(t, err, "SCRAM-SHA-512: the server's nonce")
	require.True(t, strings.HasPrefix(far.said()[0], "n,a=admin,n=alice,r="), far.said()[0])
	require.NotContains(t, far.said()[0], "tokenauth")

	conf.Net.SASL.DelegationToken = true
	conf.Net.SASL.Mechanism = SASLTypeSCRAMSHA256
	_, err = openBroker(t, conf, far).Connected()
	require.ErrorContains(t, err, "SCRAM-SHA-256: the server's nonce")
	require.True(t, strings.HasSuffix(far.said()[1], ",tokenauth=true"), far.said()[1])
}

// contextTokens gives no token until its context ends.
type contextTokens struct{ asked chan struct{} }

func (contextTokens) Token() (*AccessToken, error) { panic("TokenContext takes its place") }

func (p contextTokens) TokenContext(ctx context.Context) (*AccessToken, error) {
	close(p.asked)
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

// slowTokens gives no token before it is told to.
type slowTokens chan struct{}

func (p slowTokens) Token() (*AccessToken, error) {
	<-p
	return nil, errors.New("too late")
}

func TestTokensAreNotWaitedForAnyLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newScriptedNetwork(t)
		far := network.broker(1)
		conf := saslConfig(network, SASLTypeOAuth)
		for _, provider := range []AccessTokenProvider{contextTokens{make(chan struct{})}, slowTokens(make(chan struct{}))} {
			conf.Net.SASL.TokenProvider = provider
			if _, ok := provider.(contextTokens); ok { // closing ends it
				b := openBroker(t, conf, far)
				<-provider.(contextTokens).asked
				start := time.Now()
				require.NoError(t, b.Close())
				require.Zero(t, time.Since(start))
				continue
			}
			start := time.Now()
			_, err := openBroker(t, conf, far).Connected()
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorContains(t, err, "getting an access token")
			require.Equal(t, conf.Net.DialTimeout, time.Since(start))
			close(provider.(slowTokens))
		}
	})
}

func TestPlainWithoutTLSWarnsOnce(t *testing.T) {
	var log bytes.Buffer
	captureLog(t, &log)
	network := newScriptedNetwork(t)
	far := network.broker(1)
	far.authenticates("")
	conf := saslConfig(network, SASLTypePlaintext)
	for range 3 {
		connected, err := openBroker(t, conf, far).Connected()
		require.True(t, connected, "%v", err)
	}
	require.Equal(t, 1, strings.Count(log.String(), "without TLS"), log.String())
}
