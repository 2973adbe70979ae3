package functional_test

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

const (
	plainUsers = `org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="alice-secret" user_admin="admin-secret";`
	scramUsers = `org.apache.kafka.common.security.scram.ScramLoginModule required;`
	tokenUsers = `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="admin";`

	// reauthAfter is the most that a session lasts on the listeners that limit it.
	reauthAfter = 3 * time.Second
)

// fortress is one broker with a listener of each kind.
type fortress struct {
	*cluster.Real
	t         *testing.T
	ca, other *authority
	client    tls.Certificate // of alice, signed by ca
	foreign   tls.Certificate // of alice, signed by other
	kdc       *cluster.KDC
	topic     string
}

func newFortress(t *testing.T) *fortress {
	t.Helper()
	f := &fortress{t: t, ca: newAuthority(t, "test authority"), other: newAuthority(t, "another authority"),
		kdc: cluster.StartKDC(t, "kafka/localhost", "alice", "admin=admin-secret")}
	later := time.Now().Add(time.Hour)
	f.client = loadCertificate(t, f.ca.issue("alice", "alice", later))
	f.foreign = loadCertificate(t, f.other.issue("mallory", "alice", later))
	p := map[string]string{
		"authorizer.class.name":              "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users":                        "User:ANONYMOUS;User:alice;User:admin",
		"delegation.token.secret.key":        "for-tests-alone",
		"ssl.keystore.type":                  "PEM",
		"ssl.truststore.type":                "PEM",
		"ssl.keystore.location":              f.ca.issue("broker", "localhost", later),
		"ssl.truststore.location":            f.ca.trustStore(),
		"ssl.principal.mapping.rules":        "RULE:^CN=([^,]+).*$/$1/,DEFAULT",
		"sasl.kerberos.service.name":         "kafka",
		"listener.name.mtls.ssl.client.auth": "required",
	}
	for name, file := range map[string]string{
		"expired":   f.ca.issue("expired", "localhost", time.Now().Add(-time.Hour)),
		"wrongname": f.ca.issue("wrongname", "kafka.example", later),
	} {
		p["listener.name."+name+".ssl.keystore.type"] = "PEM"
		p["listener.name."+name+".ssl.keystore.location"] = file
	}
	listeners := []cluster.Listener{
		{Name: "TLS", Protocol: "SSL"}, {Name: "MTLS", Protocol: "SSL"},
		{Name: "EXPIRED", Protocol: "SSL"}, {Name: "WRONGNAME", Protocol: "SSL"},
	}
	kerberos := fmt.Sprintf(`com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab="%s" principal="kafka/localhost@%s";`,
		f.kdc.File("kafka.keytab"), f.kdc.Realm)
	for name, mechanisms := range map[string]string{
		"USERS": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512", "SCRAM": "SCRAM-SHA-256", "TOKENS": "OAUTHBEARER", "KERBEROS": "GSSAPI",
	} {
		for suffix, protocol := range map[string]string{"": "SASL_PLAINTEXT", "TLS": "SASL_SSL"} {
			listeners = append(listeners, cluster.Listener{Name: name + suffix, Protocol: protocol, Host: "localhost"})
			prefix := "listener.name." + strings.ToLower(name+suffix) + "."
			maps.Copy(p, map[string]string{
				prefix + "sasl.enabled.mechanisms":                 mechanisms,
				prefix + "plain.sasl.jaas.config":                  plainUsers,
				prefix + "scram-sha-256.sasl.jaas.config":          scramUsers,
				prefix + "scram-sha-512.sasl.jaas.config":          scramUsers,
				prefix + "oauthbearer.sasl.jaas.config":            tokenUsers,
				prefix + "gssapi.sasl.jaas.config":                 kerberos,
				prefix + "oauthbearer.connections.max.reauth.ms":   fmt.Sprint(reauthAfter.Milliseconds()),
				prefix + "scram-sha-512.connections.max.reauth.ms": fmt.Sprint(reauthAfter.Milliseconds()),
				prefix + "gssapi.connections.max.reauth.ms":        fmt.Sprint(reauthAfter.Milliseconds()),
			})
			for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "GSSAPI"} {
				if !strings.Contains(mechanisms, mechanism) {
					delete(p, prefix+strings.ToLower(mechanism)+".sasl.jaas.config")
					delete(p, prefix+strings.ToLower(mechanism)+".connections.max.reauth.ms")
				}
			}
		}
	}
	f.Real = cluster.Start(t, cluster.Options{
		Properties: p, Listeners: listeners, JVM: []string{"-Djava.security.krb5.conf=" + f.kdc.File("krb5.conf")},
		Format: []string{"--add-scram", "SCRAM-SHA-256=[name=alice,password=alice-secret]",
			"--add-scram", "SCRAM-SHA-512=[name=alice,password=alice-secret]"},
	})
	f.topic = f.NewTopic(t, 1)
	return f
}

func (f *fortress) addr(listener string) string {
	_, port, err := net.SplitHostPort(f.Broker(1).ListenerAddr(listener))
	require.NoError(f.t, err)
	return net.JoinHostPort("localhost", port)
}

// config is for a listener with TLS if its name says so.
func (f *fortress) config(listener string) *sarama.Config {
	conf := config(f)
	conf.Metadata.Retry.Max = 0
	conf.Net.DialTimeout, conf.Net.ReadTimeout = 20*time.Second, 20*time.Second
	if strings.HasSuffix(listener, "TLS") || listener == "EXPIRED" || listener == "WRONGNAME" {
		conf.Net.TLS.Enable = true
		conf.Net.TLS.Config = &tls.Config{RootCAs: f.ca.pool()}
	}
	return conf
}

// authenticating is config with a mechanism, as alice with the right secret.
func (f *fortress) authenticating(listener string, mechanism sarama.SASLMechanism) *sarama.Config {
	conf := f.config(listener)
	s := &conf.Net.SASL
	s.Enable, s.Mechanism, s.User, s.Password = true, mechanism, "alice", "alice-secret"
	s.TokenProvider = unsecuredTokens{lifetime: time.Hour}
	s.GSSAPI = sarama.GSSAPIConfig{
		AuthType: sarama.KRB5_KEYTAB_AUTH, KeyTabPath: f.kdc.File("alice.keytab"), CCachePath: f.kdc.File("alice.ccache"),
		KerberosConfigPath: f.kdc.File("krb5.conf"), ServiceName: "kafka", Username: "alice", Realm: f.kdc.Realm, DisablePAFXFAST: true,
	}
	return conf
}

// unsecuredTokens are tokens that Kafka takes without a signature, for tests.
type unsecuredTokens struct {
	lifetime time.Duration
	issued   *int
	mu       *sync.Mutex
}

func (p unsecuredTokens) Token() (*sarama.AccessToken, error) {
	if p.issued != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		*p.issued++
	}
	now := time.Now()
	claims := fmt.Sprintf(`{"sub":"alice","iat":%d,"exp":%d}`, now.Add(-2*time.Hour).Unix(), now.Add(p.lifetime).Unix())
	encoded := base64.RawURLEncoding.EncodeToString
	return &sarama.AccessToken{Token: encoded([]byte(`{"alg":"none"}`)) + "." + encoded([]byte(claims)) + "."}, nil
}

// works sends a record by a listener.
func (f *fortress) works(t *testing.T, listener string, conf *sarama.Config) {
	t.Helper()
	producer, err := sarama.NewSyncProducer([]string{f.addr(listener)}, conf)
	require.NoError(t, err)
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: f.topic, Value: sarama.StringEncoder("x")})
	require.NoError(t, err)
	require.NoError(t, producer.Close())
}

// fails requires that a client does not get in, and is told why.
func (f *fortress) fails(t *testing.T, listener string, conf *sarama.Config, problem sarama.ConnectionProblem, texts ...string) string {
	t.Helper()
	client, err := sarama.NewClient([]string{f.addr(listener)}, conf)
	if err == nil {
		_ = client.Close()
	}
	require.Error(t, err)
	var explained *sarama.ConnectionError
	require.ErrorAs(t, err, &explained, "%v", err)
	require.Equal(t, problem, explained.Problem, "%v", err)
	for _, text := range append(texts, f.addr(listener), problem.Remedy()) {
		require.ErrorContains(t, err, text)
	}
	require.NotContains(t, err.Error(), "secret")
	return err.Error()
}

func TestSecurity(t *testing.T) {
	f := newFortress(t)
	t.Run("mechanisms", f.mechanisms)
	t.Run("handshake 0", f.handshake0)
	t.Run("certificates", f.certificates)
	t.Run("SCRAM", f.scram)
	t.Run("misconfigurations", f.misconfigurations)
	t.Run("diagnosis", f.diagnosis)
	t.Run("sessions", f.sessions)
}

var listenersOf = map[sarama.SASLMechanism]string{
	sarama.SASLTypePlaintext: "USERS", sarama.SASLTypeSCRAMSHA256: "USERS", sarama.SASLTypeSCRAMSHA512: "USERS",
	sarama.SASLTypeOAuth: "TOKENS", sarama.SASLTypeGSSAPI: "KERBEROS",
}

// mechanisms authenticates by each mechanism, with and without TLS, with right and wrong credentials.
func (f *fortress) mechanisms(t *testing.T) {
	for mechanism, name := range listenersOf {
		for _, listener := range []string{name, name + "TLS"} {
			t.Run(fmt.Sprint(mechanism, " ", listener), func(t *testing.T) {
				f.works(t, listener, f.authenticating(listener, mechanism))

				wrong := f.authenticating(listener, mechanism)
				wrong.Net.SASL.Password = "wrong-secret"
				wrong.Net.SASL.TokenProvider = unsecuredTokens{lifetime: -time.Hour}
				if mechanism != sarama.SASLTypeGSSAPI {
					f.fails(t, listener, wrong, sarama.ProblemCredentials)
				}
			})
		}
	}
	t.Run("credentials cache", func(t *testing.T) {
		conf := f.authenticating("KERBEROS", sarama.SASLTypeGSSAPI)
		conf.Net.SASL.GSSAPI.AuthType = sarama.KRB5_CCACHE_AUTH
		f.works(t, "KERBEROS", conf)
	})
	t.Run("Kerberos password", func(t *testing.T) {
		conf := f.authenticating("KERBEROS", sarama.SASLTypeGSSAPI)
		k := &conf.Net.SASL.GSSAPI
		k.AuthType, k.Username, k.Password, k.DisablePAFXFAST = sarama.KRB5_USER_AUTH, "admin", "admin-secret", false
		f.works(t, "KERBEROS", conf)
		k.Password = "wrong-secret"
		_, err := sarama.NewClient([]string{f.addr("KERBEROS")}, conf)
		require.ErrorContains(t, err, "login to Kerberos")
		require.ErrorContains(t, err, f.addr("KERBEROS"))
		require.NotContains(t, err.Error(), "secret")
	})
	t.Run("wrong ticket", func(t *testing.T) {
		conf := f.authenticating("KERBEROS", sarama.SASLTypeGSSAPI)
		conf.Net.SASL.GSSAPI.KeyTabPath = f.kdc.File("kafka.keytab")
		_, err := sarama.NewClient([]string{f.addr("KERBEROS")}, conf)
		require.ErrorContains(t, err, f.addr("KERBEROS"))
		require.ErrorContains(t, err, "alice")
	})
	t.Run("preference", func(t *testing.T) {
		conf := f.authenticating("SCRAMTLS", "")
		conf.Net.SASL.Mechanisms = []sarama.SASLMechanism{sarama.SASLTypeSCRAMSHA512, sarama.SASLTypePlaintext, sarama.SASLTypeSCRAMSHA256}
		f.works(t, "SCRAMTLS", conf)
	})
}

// handshake0 authenticates without Kafka's headers around the tokens.
func (f *fortress) handshake0(t *testing.T) {
	for mechanism, listener := range listenersOf {
		if mechanism == sarama.SASLTypeOAuth { // it came when there were headers
			continue
		}
		t.Run(string(mechanism), func(t *testing.T) {
			conf := f.authenticating(listener, mechanism)
			conf.Net.SASL.Version, conf.ApiVersionsRequest = sarama.SASLHandshakeV0, false
			f.works(t, listener, conf)
			if mechanism != sarama.SASLTypeGSSAPI {
				conf.Net.SASL.Password = "wrong-secret"
				f.fails(t, listener, conf, sarama.ProblemCredentials)
			}
		})
	}
}

func (f *fortress) certificates(t *testing.T) {
	f.works(t, "TLS", f.config("TLS"))
	mutual := f.config("MTLS")
	mutual.Net.TLS.Config.Certificates = []tls.Certificate{f.client}
	f.works(t, "MTLS", mutual)

	// The certificate that is asked for changes between two connections.
	asked := 0
	rotated := f.config("MTLS")
	rotated.Net.TLS.Config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked++
		if asked == 1 {
			return &f.foreign, nil
		}
		return &f.client, nil
	}
	f.fails(t, "MTLS", rotated, sarama.ProblemClientCertificate)
	f.works(t, "MTLS", rotated)

	f.fails(t, "MTLS", f.config("MTLS"), sarama.ProblemClientCertificate)
	foreign := f.config("MTLS")
	foreign.Net.TLS.Config.Certificates = []tls.Certificate{f.foreign}
	f.fails(t, "MTLS", foreign, sarama.ProblemClientCertificate)
	unknown := f.config("TLS")
	unknown.Net.TLS.Config.RootCAs = f.other.pool()
	f.fails(t, "TLS", unknown, sarama.ProblemCertificateAuthority, "test authority")
	f.fails(t, "EXPIRED", f.config("EXPIRED"), sarama.ProblemCertificateExpired)
	f.fails(t, "WRONGNAME", f.config("WRONGNAME"), sarama.ProblemCertificateName, "kafka.example")
	named := f.config("WRONGNAME")
	named.Net.TLS.Config.ServerName = "kafka.example"
	client, err := sarama.NewClient([]string{f.addr("WRONGNAME")}, named)
	require.NoError(t, err)
	require.NoError(t, client.Close())
}

// scram authenticates users that the library's own admin made, and delegation tokens.
func (f *fortress) scram(t *testing.T) {
	old, admin := newAdmin(t, []string{f.addr("USERS")}, f.authenticating("USERS", sarama.SASLTypeSCRAMSHA256))
	for _, user := range []struct{ name, password string }{
		{"carol", "carol-secret"}, {"a=b,c", "p=1,2"}, {"juergen", "pässwörd 密码"},
	} {
		_, err := old.UpsertUserScramCredentials([]sarama.AlterUserScramCredentialsUpsert{{
			Name: user.name, Mechanism: sarama.SCRAM_MECHANISM_SHA_512, Iterations: 8192,
			Salt: []byte("salt of " + user.name), Password: []byte(user.password),
		}})
		require.NoError(t, err)
		conf := f.authenticating("USERS", sarama.SASLTypeSCRAMSHA512)
		conf.Net.SASL.User, conf.Net.SASL.Password = user.name, user.password
		eventually(t, func() error {
			client, err := sarama.NewClient([]string{f.addr("USERS")}, conf)
			if err == nil {
				err = client.Close()
			}
			return err
		})
	}
	token, err := admin.CreateDelegationToken(within(t), sarama.DelegationTokenOptions{})
	require.NoError(t, err)
	conf := f.authenticating("USERS", sarama.SASLTypeSCRAMSHA256)
	conf.Net.SASL.User, conf.Net.SASL.Password = token.TokenId, base64.StdEncoding.EncodeToString(token.Hmac)
	conf.Net.SASL.DelegationToken = true
	eventually(t, func() error {
		client, err := sarama.NewClient([]string{f.addr("USERS")}, conf)
		if err == nil {
			err = client.Close()
		}
		return err
	})
}

// misconfigurations are at least ten, and each is told apart.
func (f *fortress) misconfigurations(t *testing.T) {
	said := map[string]bool{}
	count := 0
	check := func(name, listener string, conf *sarama.Config, problem sarama.ConnectionProblem, texts ...string) {
		t.Run(name, func(t *testing.T) {
			text := f.fails(t, listener, conf, problem, texts...)
			t.Log(text)
			count++
			said[problem.String()] = true
		})
	}
	check("TLS expected", "TLS", f.config(""), sarama.ProblemTLSExpected)
	check("TLS not expected", "PLAINTEXT", f.config("TLS"), sarama.ProblemTLSNotExpected)
	check("SASL expected", "USERS", f.config(""), sarama.ProblemSASLExpected)
	check("SASL not expected", "PLAINTEXT", f.authenticating("", sarama.SASLTypePlaintext), sarama.ProblemSASLNotExpected)
	check("mechanism", "SCRAM", f.authenticating("", sarama.SASLTypePlaintext), sarama.ProblemMechanism, "SCRAM-SHA-256")
	wrong := f.authenticating("", sarama.SASLTypePlaintext)
	wrong.Net.SASL.Password = "wrong-secret"
	check("credentials", "USERS", wrong, sarama.ProblemCredentials)
	unknown := f.config("TLS")
	unknown.Net.TLS.Config.RootCAs = nil
	check("authority", "TLS", unknown, sarama.ProblemCertificateAuthority)
	check("expired", "EXPIRED", f.config("EXPIRED"), sarama.ProblemCertificateExpired)
	check("name", "WRONGNAME", f.config("WRONGNAME"), sarama.ProblemCertificateName)
	check("no client certificate", "MTLS", f.config("MTLS"), sarama.ProblemClientCertificate)
	old := f.config("TLS")
	old.Net.TLS.Config.MinVersion, old.Net.TLS.Config.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
	check("old TLS", "TLS", old, sarama.ProblemTLSVersion)
	require.Len(t, said, count)
}

// diagnosis looks at the broker from listeners that work and that do not.
func (f *fortress) diagnosis(t *testing.T) {
	d, err := sarama.Diagnose(t.Context(), []string{f.addr("USERSTLS")}, f.authenticating("USERSTLS", sarama.SASLTypeSCRAMSHA512))
	require.NoError(t, err)
	require.True(t, d.OK(), d.String())
	for _, part := range []string{"TLS 1.3", "SASL: SCRAM-SHA-512 as alice", "cluster permissions: ", "ALTER", "message.max.bytes: 1048588"} {
		require.Contains(t, strings.ToUpper(d.String()), strings.ToUpper(part))
	}
	t.Log(d)
	d, err = sarama.Diagnose(t.Context(), []string{f.addr("TOKENS")}, f.authenticating("TOKENS", sarama.SASLTypePlaintext))
	require.NoError(t, err)
	require.Contains(t, d.String(), "failed  SASL: the SASL mechanism is not enabled")
	require.NotContains(t, d.String(), "secret")
}

// sessions keeps 8 requests in flight on connections whose sessions end after three seconds.
func (f *fortress) sessions(t *testing.T) {
	for mechanism, listener := range map[sarama.SASLMechanism]string{
		sarama.SASLTypeOAuth: "TOKENS", sarama.SASLTypeSCRAMSHA512: "USERSTLS", sarama.SASLTypeGSSAPI: "KERBEROS",
	} {
		t.Run(string(mechanism), func(t *testing.T) {
			conf := f.authenticating(listener, mechanism)
			conf.Net.MaxOpenRequests = 8
			conf.Producer.Retry.Max = 0
			var issued int
			conf.Net.SASL.TokenProvider = unsecuredTokens{time.Hour, &issued, new(sync.Mutex)}
			broker := sarama.NewBroker(f.addr(listener))
			require.NoError(t, broker.Open(conf))
			defer broker.Close()
			var workers sync.WaitGroup
			var mu sync.Mutex
			requests, broken := 0, []error(nil)
			end := time.Now().Add(4*reauthAfter + time.Second)
			for range 8 {
				workers.Go(func() {
					for time.Now().Before(end) {
						_, err := broker.GetMetadata(&sarama.MetadataRequest{Version: 5, Topics: []string{f.topic}})
						mu.Lock()
						requests++
						if err != nil {
							broken = append(broken, err)
						}
						mu.Unlock()
						if err != nil {
							return
						}
					}
				})
			}
			workers.Wait()
			require.Empty(t, broken)
			if mechanism == sarama.SASLTypeOAuth {
				require.GreaterOrEqual(t, issued, 4)
			}
			t.Logf("%d requests over %v, none broken", requests, 4*reauthAfter+time.Second)
		})
	}
}
