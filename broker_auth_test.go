package sarama

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func saslConfig(network *scriptedNetwork, mechanism SASLMechanism) *Config {
	conf := network.config()
	conf.Version = V2_8_0_0
	conf.Net.SASL.Enable = true
	conf.Net.SASL.Mechanism = mechanism
	conf.Net.SASL.User = "alice"
	conf.Net.SASL.Password = "secret"
	return conf
}

// authenticates makes a broker accept a mechanism, with the given challenges.
func (b *scriptedBroker) authenticates(challenges ...string) {
	answers := make([]protocol.Message, len(challenges))
	for i, challenge := range challenges {
		answers[i] = &SaslAuthenticateResponse{SaslAuthBytes: []byte(challenge)}
	}
	b.on(protocol.KeySaslHandshake, answer(&SaslHandshakeResponse{}))
	b.on(protocol.KeySaslAuthenticate, answer(answers...))
}

// said is what a broker was told in SaslAuthenticate requests.
func (b *scriptedBroker) said() []string {
	var all []string
	for _, r := range b.received(protocol.KeySaslAuthenticate) {
		all = append(all, string(r.Body.(*SaslAuthenticateRequest).SaslAuthBytes))
	}
	return all
}

func TestSASLPlain(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	newScriptedCluster(far)
	far.authenticates("")
	conf := saslConfig(network, SASLTypePlaintext)
	b := openBroker(t, conf, far)
	_, err := b.GetMetadata(&MetadataRequest{})
	require.NoError(t, err)
	require.Equal(t, []string{"\x00alice\x00secret"}, far.said())
	handshake := far.received(protocol.KeySaslHandshake)
	require.Len(t, handshake, 1)
	require.EqualValues(t, 1, handshake[0].Version)
	require.Equal(t, "PLAIN", handshake[0].Body.(*SaslHandshakeRequest).Mechanism)
	require.EqualValues(t, 2, far.received(protocol.KeySaslAuthenticate)[0].Version)

	conf.Net.SASL.Handshake = false
	conf.Net.SASL.AuthIdentity = "admin"
	b = openBroker(t, conf, far)
	connected, err := b.Connected()
	require.True(t, connected, "%v", err)
	require.Len(t, far.received(protocol.KeySaslHandshake), 1)
	require.Equal(t, "admin\x00alice\x00secret", far.said()[1])
}

func TestSASLRefusals(t *testing.T) {
	message := "bad credentials, go away"
	for name, test := range map[string]struct {
		set   func(*scriptedBroker)
		cause error
		text  string
	}{
		"mechanism": {func(b *scriptedBroker) {
			b.on(protocol.KeySaslHandshake, answer(&SaslHandshakeResponse{Err: ErrUnsupportedSASLMechanism, EnabledMechanisms: []string{"GSSAPI"}}))
		}, ErrUnsupportedSASLMechanism, `asked for PLAIN, the broker has ["GSSAPI"]`},
		"credentials": {func(b *scriptedBroker) {
			b.authenticates("")
			b.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{Err: ErrSASLAuthenticationFailed, ErrorMessage: &message}))
		}, ErrSASLAuthenticationFailed, message},
		"cut": {func(b *scriptedBroker) {
			b.authenticates("")
			b.on(protocol.KeySaslAuthenticate, (*scriptedRequest).cut)
		}, io.EOF, "SaslAuthenticate"},
	} {
		t.Run(name, func(t *testing.T) {
			network := newScriptedNetwork(t)
			far := network.broker(1)
			test.set(far)
			b := openBroker(t, saslConfig(network, SASLTypePlaintext), far)
			connected, err := b.Connected()
			require.False(t, connected)
			require.ErrorIs(t, err, test.cause)
			require.ErrorContains(t, err, test.text)
			require.ErrorContains(t, err, "b1:9092")
			require.NotContains(t, err.Error(), "secret")
			_, err = b.Heartbeat(&HeartbeatRequest{})
			require.ErrorIs(t, err, test.cause)
			require.NoError(t, b.Open(network.config()))
			connected, err = b.Connected()
			require.True(t, connected, "%v", err)
		})
	}
}

type tokens struct {
	token *AccessToken
	err   error
}

func (p tokens) Token() (*AccessToken, error) { return p.token, p.err }

func TestSASLOAuthBearer(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	far.authenticates("")
	conf := saslConfig(network, SASLTypeOAuth)
	conf.Net.SASL.TokenProvider = tokens{token: &AccessToken{Token: "t", Extensions: map[string]string{"x": "y"}}}
	connected, err := openBroker(t, conf, far).Connected()
	require.True(t, connected, "%v", err)
	require.Equal(t, []string{"n,,\x01auth=Bearer t\x01x=y\x01\x01"}, far.said())

	reason := errors.New("no token today")
	conf.Net.SASL.TokenProvider = tokens{err: reason}
	_, err = openBroker(t, conf, far).Connected()
	require.ErrorIs(t, err, reason)
	conf.Net.SASL.TokenProvider = tokens{}
	_, err = openBroker(t, conf, far).Connected()
	require.ErrorContains(t, err, "has given nil")
	conf.Net.SASL.TokenProvider = tokens{token: &AccessToken{Extensions: map[string]string{"auth": "y"}}}
	_, err = openBroker(t, conf, far).Connected()
	require.ErrorContains(t, err, "extension `auth` is invalid")
}

// scriptedSCRAM says what it was told, in brackets, and is done after two steps.
type scriptedSCRAM struct {
	begun string
	steps int
	fail  error
}

func (s *scriptedSCRAM) Begin(user, password, authzID string) error {
	s.begun = strings.Join([]string{user, password, authzID}, "/")
	return nil
}

func (s *scriptedSCRAM) Step(challenge string) (string, error) {
	s.steps++
	if s.steps == 3 {
		return "", s.fail
	}
	return "[" + challenge + "]", nil
}

func (s *scriptedSCRAM) Done() bool { return s.steps == 3 }

func TestSASLSCRAM(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	far.authenticates("one", "two")
	conf := saslConfig(network, SASLTypeSCRAMSHA256)
	conf.Net.SASL.SCRAMAuthzID = "admin"
	client := &scriptedSCRAM{}
	conf.Net.SASL.SCRAMClientGeneratorFunc = func() SCRAMClient { return client }
	connected, err := openBroker(t, conf, far).Connected()
	require.True(t, connected, "%v", err)
	require.Equal(t, []string{"[]", "[one]"}, far.said())
	require.Equal(t, "alice/secret/admin", client.begun)

	client = &scriptedSCRAM{fail: errors.New("server signature is wrong")}
	_, err = openBroker(t, conf, far).Connected()
	require.ErrorIs(t, err, client.fail)
}

// bareBroker plays a broker that authenticates without Kafka's headers: it answers each sized message of a connection with
// the next of the answers, and "" with the end of the connection.
func bareBroker(t *testing.T, handshake bool, answers ...string) (*Config, chan string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	heard := make(chan string, len(answers)+1)
	go func() {
		nc, err := listener.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		for i := -1; i < len(answers); i++ {
			var size [4]byte
			if _, err := io.ReadFull(nc, size[:]); err != nil {
				return
			}
			message := make([]byte, binary.BigEndian.Uint32(size[:]))
			if _, err := io.ReadFull(nc, message); err != nil {
				return
			}
			out := ""
			switch {
			case i >= 0:
				out = answers[i]
			case handshake:
				out = string(handshakeAnswer(message))
			default:
				i++
				out = answers[0]
			}
			heard <- string(message)
			if out == "cut" {
				return
			}
			_, _ = nc.Write([]byte(out))
		}
		_, _ = io.Copy(io.Discard, nc)
	}()
	t.Cleanup(func() { _ = listener.Close() })
	conf := saslConfig(&scriptedNetwork{}, SASLTypePlaintext)
	conf.Net.Proxy.Enable = false
	conf.Net.SASL.Version = SASLHandshakeV0
	conf.Net.SASL.Handshake = handshake
	conf.ApiVersionsRequest = false
	conf.ClientID = listener.Addr().String()
	return conf, heard
}

func handshakeAnswer(request []byte) []byte {
	header, _, _ := protocol.CutRequestHeader(request)
	frame := protocol.AppendResponseHeader(nil, header.Key, header.Version, header.CorrelationID)
	frame, _ = protocol.AppendBody(frame, &SaslHandshakeResponse{EnabledMechanisms: []string{"PLAIN"}})
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	return frame
}

func TestSASLVersion0(t *testing.T) {
	open := func(conf *Config) (bool, error) {
		b := NewBroker(conf.ClientID)
		require.NoError(t, b.Open(conf))
		t.Cleanup(func() { _ = b.Close() })
		return b.Connected()
	}
	conf, heard := bareBroker(t, true, "\x00\x00\x00\x00")
	connected, err := open(conf)
	require.True(t, connected, "%v", err)
	require.Contains(t, <-heard, "PLAIN")
	require.Equal(t, "\x00alice\x00secret", <-heard)

	conf, heard = bareBroker(t, false, "\x00\x00\x00\x00")
	connected, err = open(conf)
	require.True(t, connected, "%v", err)
	require.Equal(t, "\x00alice\x00secret", <-heard)

	conf, _ = bareBroker(t, true, "cut")
	_, err = open(conf)
	require.ErrorIs(t, err, io.EOF)
	require.ErrorContains(t, err, "refuses the credentials")

	var garbage PacketDecodingError
	conf, _ = bareBroker(t, true, "HTTP/1.1 400")
	_, err = open(conf)
	require.ErrorAs(t, err, &garbage)
	conf, _ = bareBroker(t, false, "\xff\xff\xff\xff")
	_, err = open(conf)
	require.ErrorAs(t, err, &garbage)

	conf, heard = bareBroker(t, true, "\x00\x00\x00\x03one", "\x00\x00\x00\x03two")
	conf.Net.SASL.Mechanism = SASLTypeSCRAMSHA512
	conf.Net.SASL.SCRAMClientGeneratorFunc = func() SCRAMClient { return &scriptedSCRAM{} }
	connected, err = open(conf)
	require.True(t, connected, "%v", err)
	require.Contains(t, <-heard, "SCRAM-SHA-512")
	require.Equal(t, "[]", <-heard)
	require.Equal(t, "[one]", <-heard)
}

func TestSASLVersion0WithoutAnswer(t *testing.T) {
	conf, _ := bareBroker(t, false, "\x00\x00\x00\x05") // announces more than comes
	conf.Net.ReadTimeout = 50 * time.Millisecond
	b := NewBroker(conf.ClientID)
	require.NoError(t, b.Open(conf))
	_, err := b.Connected()
	var network net.Error
	require.ErrorAs(t, err, &network)
	require.True(t, network.Timeout())
}

func TestSessionsAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newScriptedNetwork(t)
		far := network.broker(1)
		far.authenticates("")
		far.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{SessionLifetimeMs: 60_000}))
		far.on(protocol.KeyHeartbeat, answer(&HeartbeatResponse{}))
		b := openBroker(t, saslConfig(network, SASLTypePlaintext), far)
		beat := func() {
			_, err := b.Heartbeat(&HeartbeatRequest{})
			require.NoError(t, err)
		}
		beat()
		time.Sleep(50 * time.Second)
		beat()
		require.Len(t, far.said(), 1)
		time.Sleep(8 * time.Second) // 58 of 60 s
		done := make(chan struct{}, 20)
		for range 20 {
			go func() {
				beat()
				done <- struct{}{}
			}()
		}
		for range 20 {
			<-done
		}
		require.Len(t, far.said(), 2)
		time.Sleep(50 * time.Second)
		beat()
		require.Len(t, far.said(), 2, "a new session")
		require.Len(t, network.dialed(), 1)

		far.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{Err: ErrSASLAuthenticationFailed}))
		time.Sleep(time.Minute)
		_, err := b.Heartbeat(&HeartbeatRequest{})
		require.ErrorIs(t, err, ErrSASLAuthenticationFailed)
		require.True(t, unsent(err))
		connected, _ := b.Connected()
		require.False(t, connected)
	})
}

func TestMechanismThatIsNotThere(t *testing.T) {
	l := readyLink(V2_8_0_0, nil)
	l.mechanism = "NTLM"
	_, err := l.conversation(t.Context())
	require.EqualError(t, err, "kafka: invalid configuration (Net.SASL.Mechanism NTLM is not supported)")
}

// What a broker says of a failure goes into logs. It may repeat what it was told.
func TestRefusalsDoNotRepeatSecrets(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	far.authenticates("")
	message := "no user alice with canary \"password\n"
	far.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{Err: ErrSASLAuthenticationFailed, ErrorMessage: &message}))
	conf := saslConfig(network, SASLTypePlaintext)
	conf.Net.SASL.Password = "canary \"password"
	_, err := openBroker(t, conf, far).Connected()
	require.ErrorContains(t, err, "alice with [REDACTED]")
	requireNoCanary(t, err.Error())
}

// A peer that is not authenticated yet is not given the memory that answers to requests may need.
func TestAnswersBeforeAuthenticationAreSmall(t *testing.T) {
	for name, key := range map[string]int16{"versions": protocol.KeyApiVersions, "handshake": protocol.KeySaslHandshake, "authenticate": protocol.KeySaslAuthenticate} {
		t.Run(name, func(t *testing.T) {
			network := newScriptedNetwork(t)
			far := network.broker(1)
			far.authenticates("")
			far.on(key, func(r *scriptedRequest) protocol.Message {
				frame := binary.BigEndian.AppendUint32(nil, maxEarlyAnswer+1)
				_, _ = r.conn.Write(binary.BigEndian.AppendUint32(frame, uint32(r.CorrelationID)))
				return nil
			})
			_, err := openBroker(t, saslConfig(network, SASLTypePlaintext), far).Connected()
			var foreign PacketDecodingError
			require.ErrorAs(t, err, &foreign)
			require.ErrorContains(t, err, "1048577")
		})
	}
	l := readyLink(V2_8_0_0, nil)
	require.EqualValues(t, maxEarlyAnswer, l.maxFrame())
	l.made.Store(true)
	require.Equal(t, MaxResponseSize, l.maxFrame())
}

func TestSessionLifetimesDoNotOverflow(t *testing.T) {
	for lifetime, limited := range map[int64]bool{math.MaxInt64: true, math.MinInt64: false, math.MinInt64 + 1e15: false, 1: true, 0: false} {
		network := newScriptedNetwork(t)
		far := network.broker(1)
		far.authenticates("")
		far.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{SessionLifetimeMs: lifetime}))
		b := openBroker(t, saslConfig(network, SASLTypePlaintext), far)
		connected, err := b.Connected()
		require.True(t, connected, "%v", err)
		session := &b.lastLink().session
		require.Equal(t, limited, session.limited.Load(), lifetime)
		if lifetime == math.MaxInt64 {
			require.Greater(t, time.Until(session.renewAt), 200*365*24*time.Hour)
		}
	}
}
