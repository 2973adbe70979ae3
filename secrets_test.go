package sarama

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/proxy"

	"github.com/seed20e6684a/sarama/protocol"
)

// requireNoCanary requires that a text holds none of the secrets of these tests, in any encoding that one would think of.
func requireNoCanary(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{
		"canary", base64.StdEncoding.EncodeToString([]byte("canary-password"))[:16], fmt.Sprintf("%x", "canary"),
		"99 97 110 97 114 121", // its bytes, as fmt prints them
	} {
		require.NotContains(t, strings.ToLower(text), strings.ToLower(secret))
	}
}

// secretTokens is a provider that is careless with its token.
type secretTokens struct{ Token1 string }

func (p secretTokens) Token() (*AccessToken, error) {
	return &AccessToken{Token: p.Token1, Extensions: map[string]string{"x": "y"}}, nil
}

// secretDialer is a dialer that is careless with its password.
type secretDialer struct {
	proxy.Dialer
	Password string
}

func secretConfig() *Config {
	conf := NewConfig()
	conf.Net.SASL.Enable = true
	conf.Net.SASL.User = "alice"
	conf.Net.SASL.Password = "canary-password"
	conf.Net.SASL.TokenProvider = secretTokens{"canary-token"}
	conf.Net.SASL.GSSAPI.Password = "canary-kerberos"
	conf.Net.Proxy.Dialer = secretDialer{proxy.Direct, "canary-proxy"}
	conf.Net.TLS.Config = &tls.Config{ServerName: "broker.example"}
	return conf
}

func TestConfigIsPrintedWithoutSecrets(t *testing.T) {
	conf := secretConfig()
	for _, value := range []any{conf, *conf, []*Config{conf}, struct{ C Config }{*conf}, conf.Net.SASL.GSSAPI, &conf.Net.SASL.GSSAPI,
		AccessToken{Token: "canary"}, &AccessToken{Token: "canary"}, OIDCConfig{ClientSecret: "canary"}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			text := fmt.Sprintf(verb, value)
			requireNoCanary(t, text)
			require.NotEmpty(t, text)
		}
		text, err := json.Marshal(value)
		if _, isToken := value.(AccessToken); isToken {
			continue // tokens are kept in files by some
		}
		if _, isToken := value.(*AccessToken); isToken {
			continue
		}
		require.NoError(t, err)
		requireNoCanary(t, string(text))
	}
	text := fmt.Sprintf("%+v", conf)
	require.Contains(t, text, "User:alice Password:[REDACTED]")
	require.Contains(t, text, "TokenProvider:(sarama.secretTokens)")
	require.Contains(t, text, "ReadTimeout:30s")
	encoded, err := json.Marshal(conf)
	require.NoError(t, err)
	var back map[string]any
	require.NoError(t, json.Unmarshal(encoded, &back))
	require.Equal(t, "[REDACTED]", back["Net"].(map[string]any)["SASL"].(map[string]any)["Password"])
	require.Equal(t, "30s", back["Net"].(map[string]any)["ReadTimeout"])
	require.Equal(t, "canary-password", conf.Net.SASL.Password, "the configuration itself is as it was")
	require.Equal(t, "Password:", strings.Fields(strings.SplitAfter(fmt.Sprintf("%+v", NewConfig()), "User:")[1])[0])
}

// TestSecretsReachNoLogAndNoError has each mechanism accepted, refused, and cut, by either version of the handshake.
func TestSecretsReachNoLogAndNoError(t *testing.T) {
	var log, records bytes.Buffer
	captureLog(t, &log)
	handler := slog.NewJSONHandler(&records, &slog.HandlerOptions{Level: slog.LevelDebug})
	structured := false
	for _, mechanism := range []SASLMechanism{SASLTypePlaintext, SASLTypeOAuth, SASLTypeSCRAMSHA256, SASLTypeSCRAMSHA512} {
		for name, answers := range map[string]func(*scriptedBroker){
			"accepted": func(b *scriptedBroker) { b.authenticates("") },
			"refused": func(b *scriptedBroker) {
				b.authenticates("")
				b.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{Err: ErrSASLAuthenticationFailed}))
			},
			"challenged": func(b *scriptedBroker) { b.authenticates(`{"status":"invalid_token"}`, "") },
			"cut": func(b *scriptedBroker) {
				b.authenticates("")
				b.on(protocol.KeySaslAuthenticate, (*scriptedRequest).cut)
			},
			"disabled": func(b *scriptedBroker) { b.has("NONE") },
		} {
			network := newScriptedNetwork(t)
			far := network.broker(1)
			answers(far)
			conf := network.config()
			secret := secretConfig()
			conf.Net.SASL = secret.Net.SASL
			conf.Net.SASL.Mechanism = mechanism
			conf.Version = V2_8_0_0
			if structured = !structured; structured {
				conf.Slog = slog.New(handler)
			}
			b := openBroker(t, conf, far)
			_, err := b.Connected()
			good := name == "accepted" && !isSCRAM(mechanism) || name == "challenged" && mechanism == SASLTypePlaintext
			require.Equal(t, good, err == nil, "%s %s: %v", mechanism, name, err)
			_ = b.Close()
			requireNoCanary(t, fmt.Sprintf("%v %+v %#v", err, err, err))
		}
	}
	for _, answers := range [][]string{{"cut"}, {"\x00\x00\x00\x00"}, {"HTTP/1.1 400"}} {
		conf, _ := bareBroker(t, true, answers...)
		conf.Net.SASL.Password = "canary-password"
		b := NewBroker(conf.ClientID)
		require.NoError(t, b.Open(conf))
		_, err := b.Connected()
		_ = b.Close()
		requireNoCanary(t, fmt.Sprintf("%v %+v %#v", err, err, err))
	}
	require.NotEmpty(t, log.String())
	requireNoCanary(t, log.String())
	require.NotEmpty(t, records.String())
	requireNoCanary(t, records.String())
}

// TestForeignTextsAreQuoted has a broker say things that would make lines of their own in a log.
func TestForeignTextsAreQuoted(t *testing.T) {
	var log bytes.Buffer
	captureLog(t, &log)
	const evil = "evil\nERROR the log is mine\x1b[2J"
	network := newScriptedNetwork(t)
	far := network.broker(1)
	far.on(protocol.KeyMetadata, func(*scriptedRequest) protocol.Message {
		return &protocol.MetadataResponse{
			Brokers: []*protocol.BrokerAddress{{ID: 7, Host: evil, Port: 9092}, far.address},
			Topics: []*TopicMetadata{{Name: "t" + evil, Err: ErrInvalidTopic}, {Name: "orders" + evil, Partitions: []*PartitionMetadata{
				{ID: 0, Leader: 7, Replicas: []int32{7}}, {ID: 1, Leader: -1, Err: ErrLeaderNotAvailable},
			}}},
		}
	})
	far.on(protocol.KeyFindCoordinator, answer(&protocol.FindCoordinatorResponse{Err: ErrGroupAuthorizationFailed}))
	conf := network.config()
	conf.Metadata.Retry.Max = 1
	conf.Metadata.Retry.Backoff = 0
	c, err := NewClient([]string{far.addr()}, conf)
	require.NoError(t, err)
	topics, err := c.Topics()
	require.NoError(t, err)
	require.Empty(t, topics)
	broker, err := c.Broker(7)
	require.NoError(t, err)
	_, err = broker.GetMetadata(&MetadataRequest{})
	require.Error(t, err)
	require.Equal(t, 1, strings.Count(err.Error(), "\n")+1, "%q", err.Error())
	_ = c.RefreshMetadata("orders" + evil)
	_, _ = c.Coordinator("group" + evil)
	require.NoError(t, c.Close())

	message := evil
	far.authenticates("")
	far.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{Err: ErrSASLAuthenticationFailed, ErrorMessage: &message}))
	_, err = openBroker(t, saslConfig(network, SASLTypePlaintext), far).Connected()
	require.ErrorContains(t, err, `evil\nERROR`)
	far.has(evil)
	_, err = openBroker(t, saslConfig(network, SASLTypePlaintext), far).Connected()
	require.ErrorContains(t, err, `evil\nERROR`)

	for line := range strings.Lines(log.String()) {
		require.False(t, strings.HasPrefix(line, "ERROR the log is mine"), log.String())
	}
	require.NotContains(t, log.String(), "\x1b")
}

// TestMillionBrokers has metadata name a million brokers: that is taken for what it is.
func TestMillionBrokers(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	brokers := make([]*protocol.BrokerAddress, 1_000_000)
	for i := range brokers {
		brokers[i] = &protocol.BrokerAddress{ID: int32(i), Host: "b", Port: int32(i % 65536)}
	}
	far.on(protocol.KeyMetadata, answer(&protocol.MetadataResponse{Brokers: brokers}))
	conf := network.config()
	conf.Metadata.Retry.Max = 0
	_, err := NewClient([]string{far.addr()}, conf)
	require.ErrorIs(t, err, ErrOutOfBrokers)
	require.ErrorContains(t, err, "1000000 brokers")
	require.Equal(t, []string{far.addr()}, network.dialed())
}
