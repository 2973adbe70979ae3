package sarama

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/internal/conn"
	"github.com/seed20e6684a/sarama/protocol"
)

// says has a peer answer whatever comes with a text and hang up.
func says(text string) func(net.Conn, <-chan struct{}) {
	return func(nc net.Conn, _ <-chan struct{}) {
		_, _ = nc.Read(make([]byte, 4096))
		_, _ = io.WriteString(nc, text)
	}
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// TestMisconfigurations has each problem told apart, with the address and what to do. Real brokers have theirs in
// functional_test.
func TestMisconfigurations(t *testing.T) {
	certificate, pool := selfSigned(t)
	said := map[string]string{}
	check := func(problem ConnectionProblem, addr string, change func(*Config)) {
		t.Helper()
		conf := stubbornConfig(pool)
		conf.Net.TLS.Enable = false
		conf.Net.DialTimeout, conf.Net.WriteTimeout = unhurried, unhurried
		if problem != ProblemNoAnswer {
			conf.Net.ReadTimeout = unhurried
		}
		if change != nil {
			change(conf)
		}
		client, err := NewClient([]string{addr}, conf)
		if err == nil { // what may be so for a part of the cluster only
			err = client.RefreshMetadata("orders")
			require.NoError(t, client.Close())
		}
		require.Error(t, err)
		var explained *ConnectionError
		require.ErrorAs(t, err, &explained, "%v", err)
		require.Equal(t, problem, explained.Problem, "%v", err)
		var named *BrokerError
		require.ErrorAs(t, err, &named)
		require.Equal(t, addr, named.Addr)
		for _, part := range []string{addr, problem.String(), problem.Remedy()} {
			require.ErrorContains(t, err, part)
		}
		text := strings.ReplaceAll(err.Error(), addr, "")
		require.Empty(t, said[text], "the same as that of another")
		said[text] = problem.String()
	}
	withTLS := func(c *Config) { c.Net.TLS.Enable = true }
	withUser := func(c *Config) {
		c.Net.SASL.Enable, c.Net.SASL.User, c.Net.SASL.Password = true, "alice", "secret"
	}
	check(ProblemNameNotResolved, "broker.invalid:9092", nil)
	check(ProblemAddress, "broker-without-port", nil)
	check(ProblemRefused, closedPort(t), nil)
	check(ProblemNotKafka, stubbornPeer(t, says("220 mail.example ESMTP ready\r\n")), nil)
	check(ProblemNotKafka, stubbornPeer(t, says("HTTP/1.1 400 Bad Request\r\n\r\n")), nil)
	check(ProblemNotKafka, stubbornPeer(t, says("SSH-2.0-OpenSSH_9.6\r\n")), nil)
	check(ProblemTLSNotExpected, stubbornPeer(t, says("HTTP/1.1 400 Bad Request\r\n\r\n")), withTLS)
	check(ProblemTLSNotExpected, stubbornPeer(t, says("")), withTLS)
	check(ProblemTLSExpected, stubbornPeer(t, says("\x15\x03\x03\x00\x02\x02\x46")), nil)
	check(ProblemClosed, stubbornPeer(t, says("")), nil)
	check(ProblemNoAnswer, stubbornPeer(t, func(_ net.Conn, ended <-chan struct{}) { <-ended }), nil)
	silent := stubbornTLS(certificate, func(*tls.Conn, <-chan struct{}) {})
	check(ProblemCertificateAuthority, stubbornPeer(t, silent), func(c *Config) { withTLS(c); c.Net.TLS.Config.RootCAs = nil })
	check(ProblemCertificateName, stubbornPeer(t, silent), func(c *Config) { withTLS(c); c.Net.TLS.Config.ServerName = "x.example" })

	far := listenScripted(t, 1)
	far.on(protocol.KeyMetadata, (*scriptedRequest).cut)
	check(ProblemSASLExpected, far.addr(), nil)
	far.has("GSSAPI")
	check(ProblemMechanism, far.addr(), withUser)
	far.on(protocol.KeySaslHandshake, answer(&SaslHandshakeResponse{Err: ErrIllegalSASLState}))
	check(ProblemSASLNotExpected, far.addr(), withUser)
	far.authenticates("")
	far.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{Err: ErrSASLAuthenticationFailed}))
	check(ProblemCredentials, far.addr(), withUser)
	far.on(protocol.KeyMetadata, answer(&protocol.MetadataResponse{Err: ErrClusterAuthorizationFailed, Brokers: []*protocol.BrokerAddress{far.address}}))
	check(ProblemNotAuthorized, far.addr(), func(c *Config) { c.Version = MaxVersion })
	far.on(protocol.KeyApiVersions, answer(&protocol.ApiVersionsResponse{ApiKeys: []protocol.ApiVersionsResponseKey{
		{ApiKey: protocol.KeyApiVersions, MaxVersion: 4}, {ApiKey: protocol.KeyMetadata, MinVersion: 99, MaxVersion: 99},
	}}))
	check(ProblemVersion, far.addr(), nil)
	require.GreaterOrEqual(t, len(said), 10)
}

// TestBrokersThatMetadataNameAreNoMystery: where another broker of the cluster has answered, SASL and TLS are not what is wrong.
func TestBrokersThatMetadataNameAreNoMystery(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b).setTopic("orders", 1, ledBy(0, 1, 0))
		conf := net.config()
		conf.Metadata.Retry.Max = 0
		c := testClient(t, conf, b)
		b.on(protocol.KeyListOffsets, (*scriptedRequest).cut)
		_, err := c.GetOffset("orders", 0, OffsetNewest)
		require.ErrorIs(t, err, io.EOF)
		require.ErrorContains(t, err, "offset of orders-0: broker b1:9092: ListOffsets v")
		var explained *ConnectionError
		require.NotErrorAs(t, err, &explained)
	})
}

// TestCredentialsThatCannotBeHad: the broker is not at fault, whatever the reason looks like.
func TestCredentialsThatCannotBeHad(t *testing.T) {
	bubble(t, func(t *testing.T, network *scriptedNetwork) {
		far := network.broker(1)
		far.authenticates("")
		conf := saslConfig(network, SASLTypeOAuth)
		conf.Net.DialTimeout = time.Second
		var explained *ConnectionError
		for _, reason := range []error{io.EOF, context.DeadlineExceeded, &net.DNSError{Err: "no such host", Name: "idp"}} {
			conf.Net.SASL.TokenProvider = tokens{err: reason}
			_, err := openBroker(t, conf, far).Connected()
			require.ErrorIs(t, err, reason)
			require.ErrorContains(t, err, "broker b1:9092: getting an access token: ")
			require.NotErrorAs(t, err, &explained)
		}
		conf.Net.SASL.TokenProvider = noTokens{}
		_, err := openBroker(t, conf, far).Connected()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "getting an access token: Net.SASL.TokenProvider has given none within Config.Net.DialTimeout (1s): ")
		require.NotErrorAs(t, err, &explained)
	})
}

// noTokens gives none, as long as one likes to wait.
type noTokens struct{}

func (noTokens) Token() (*AccessToken, error) { return nil, nil }

func (noTokens) TokenContext(ctx context.Context) (*AccessToken, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestExplainLeavesTheRest(t *testing.T) {
	conf := NewConfig()
	for _, err := range []error{errors.New("x"), io.EOF, context.Canceled, &conn.TimeoutError{}, syscall.ECONNREFUSED} {
		require.Equal(t, err, explain(stageUsed, conf, err))
	}
	once := explain(stageDial, conf, syscall.ECONNREFUSED)
	require.Equal(t, once, explain(stageDial, conf, once))
	named := explain(stageDial, conf, &BrokerError{"b:1", syscall.ECONNREFUSED})
	require.ErrorIs(t, named, syscall.ECONNREFUSED)
	require.True(t, strings.HasPrefix(named.Error(), "broker b:1: the connection is refused: check"), named.Error())
	require.NoError(t, explain(stageDial, conf, nil))
}

func TestProblemsHaveTexts(t *testing.T) {
	seen := map[string]bool{}
	for p := ProblemNameNotResolved; p <= ProblemAddress; p++ {
		require.NotEmpty(t, p.Remedy())
		for _, text := range []string{p.String(), p.Remedy()} {
			require.False(t, seen[text], text)
			seen[text] = true
		}
	}
	require.Equal(t, "unknown problem 0", fmt.Sprint(ConnectionProblem(0)))
	require.Empty(t, ConnectionProblem(0).Remedy())
}

func TestPrintable(t *testing.T) {
	require.Equal(t, "orders-ü", printable("orders-ü"))
	require.Equal(t, `"a\nb"`, printable("a\nb"))
	require.Equal(t, `"\xff"`, printable("\xff"))
	require.Len(t, printable(strings.Repeat("x", 5000)), maxForeignText+3)
	said := "no\nroom"
	require.EqualError(t, withMessage(ErrPolicyViolation, &said), ErrPolicyViolation.Error()+`: "no\nroom"`)
}

// TestProblemsAreDocumented has the page of troubles say what each problem says, and its remedy.
func TestProblemsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("docs/troubleshooting.md")
	require.NoError(t, err)
	for problem, texts := range problemTexts {
		require.Contains(t, string(page), fmt.Sprintf("| %s | %s |", texts.what, texts.remedy), "problem %d", problem)
	}
	for _, one := range brokerLimits {
		if _, remedy := one.judge(NewConfig(), 0); remedy == "" {
			if _, remedy = one.judge(NewConfig(), math.MaxInt64/int64(time.Millisecond)); remedy == "" {
				continue // it is told, and never wrong
			}
		}
		require.Contains(t, string(page), "`"+one.setting+"`")
	}
	for _, said := range []string{errNoBrokersInMetadata.Error(), ErrOutOfBrokers.Error()} {
		require.Contains(t, string(page), strings.TrimPrefix(said, "kafka: "))
	}
}
