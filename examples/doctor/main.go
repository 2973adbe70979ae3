// Doctor looks at what a client of a Kafka cluster needs, step by step, and says what is wrong and what to do.
//
//	go run ./examples/doctor -brokers localhost:9092
//	KAFKA_PASSWORD=... go run ./examples/doctor -brokers broker.example:9094 -tls -ca ca.pem -sasl SCRAM-SHA-512 -user alice
//
// It exits with 0 if nothing failed, with 1 if something did, and with 2 if it was called wrongly.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

const usage = `Looks at what a client of a Kafka cluster needs: names, connections, certificates, authentication,
every address that the cluster advertises, permissions, limits. Says what is wrong, and what to do.

Usage: doctor [flags]

Secrets come from the environment: KAFKA_PASSWORD, KAFKA_CLIENT_SECRET.
Exit code: 0 nothing failed, 1 something did, 2 wrong flags.

`

func main() { cli.Main(run) }

// visit is what the flags say.
type visit struct {
	brokers, version                string
	timeout                         time.Duration
	asJSON                          bool
	tls                             bool
	ca, certificate, key, name      string
	mechanisms, user                string
	tokenURL, clientID, scopes      string
	keytab, realm, service, krb5    string
	delegationToken, verboseLogging bool
}

func (v *visit) flags(stderr io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("doctor", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprint(stderr, usage)
		f.PrintDefaults()
	}
	f.StringVar(&v.brokers, "brokers", cli.Environment("KAFKA_BROKERS", "localhost:9092"), "brokers to start from, `host:port,...`; default from KAFKA_BROKERS")
	f.StringVar(&v.version, "version", sarama.MaxVersion.String(), "Kafka `version` to speak, at most the brokers'")
	f.DurationVar(&v.timeout, "timeout", 10*time.Second, "how long each step may take")
	f.BoolVar(&v.asJSON, "json", false, "print JSON")
	f.BoolVar(&v.tls, "tls", false, "use TLS; -ca, -cert and -servername imply it")
	f.StringVar(&v.ca, "ca", "", "PEM `file` with the authorities to trust, in place of the system's")
	f.StringVar(&v.certificate, "cert", "", "PEM `file` with the client's certificate")
	f.StringVar(&v.key, "key", "", "PEM `file` with the certificate's key; by default it is in -cert")
	f.StringVar(&v.name, "servername", "", "`name` to find in the brokers' certificates, in place of their hosts")
	f.StringVar(&v.mechanisms, "sasl", "", "SASL `mechanisms`, most wanted first: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER, GSSAPI")
	f.StringVar(&v.user, "user", "", "user `name`, or a delegation token's id; the password is KAFKA_PASSWORD")
	f.BoolVar(&v.delegationToken, "delegation-token", false, "-user and KAFKA_PASSWORD are a delegation token's id and HMAC")
	f.StringVar(&v.tokenURL, "token-url", "", "OAUTHBEARER: the provider's token endpoint, a `URL`")
	f.StringVar(&v.clientID, "client-id", "", "OAUTHBEARER: the client's `id` there; its secret is KAFKA_CLIENT_SECRET")
	f.StringVar(&v.scopes, "scopes", "", "OAUTHBEARER: `scopes` to ask for, separated by commas")
	f.StringVar(&v.keytab, "keytab", "", "GSSAPI: keytab `file`; without it KAFKA_PASSWORD is the principal's")
	f.StringVar(&v.realm, "realm", "", "GSSAPI: `realm`")
	f.StringVar(&v.service, "service", "kafka", "GSSAPI: the brokers' service `name`")
	f.StringVar(&v.krb5, "krb5", "/etc/krb5.conf", "GSSAPI: configuration `file`")
	f.BoolVar(&v.verboseLogging, "v", false, "log what the library does")
	return f
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	failed := false
	code := cli.Run("doctor", stderr, func() error {
		var v visit
		flags := v.flags(stderr)
		if err := cli.Parse(flags, args); err != nil {
			return err
		}
		if flags.NArg() > 0 {
			return cli.UsageError("there is nothing to say beside flags")
		}
		addrs, err := cli.Brokers(v.brokers)
		if err != nil {
			return err
		}
		conf, err := v.config()
		if err != nil {
			return err
		}
		if v.verboseLogging {
			sarama.Logger = log.New(stderr, "", log.Ltime)
		}
		diagnosis, err := sarama.Diagnose(ctx, addrs, conf)
		if err != nil {
			return cli.UsageError(err.Error())
		}
		failed = !diagnosis.OK()
		return v.report(stdout, diagnosis)
	})
	if code == cli.ExitOK && failed {
		return cli.ExitFailure
	}
	return code
}

func (v *visit) report(w io.Writer, d *sarama.Diagnosis) error {
	if v.asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(d)
	}
	verdict := "all is well"
	switch problems := d.Problems(); {
	case !d.OK():
		verdict = "something is wrong"
	case len(problems) > 0:
		verdict = fmt.Sprintf("it works, with %d warnings", len(problems))
	}
	_, err := fmt.Fprintf(w, "%s%s\n", d, verdict)
	return err
}

func (v *visit) config() (*sarama.Config, error) {
	conf := sarama.NewConfig()
	conf.ClientID = "doctor"
	var err error
	if conf.Version, err = sarama.ParseKafkaVersion(v.version); err != nil {
		return nil, cli.UsageError("-version: " + err.Error())
	}
	conf.Net.DialTimeout, conf.Net.ReadTimeout, conf.Net.WriteTimeout = v.timeout, v.timeout, v.timeout
	if conf.Net.TLS.Config, err = v.tlsConfig(); err != nil {
		return nil, err
	}
	conf.Net.TLS.Enable = v.tls || v.ca != "" || v.certificate != "" || v.name != ""
	return conf, v.authenticate(conf)
}

func (v *visit) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: v.name}
	if v.ca != "" {
		text, err := os.ReadFile(v.ca)
		if err != nil {
			return nil, cli.UsageError("-ca: " + err.Error())
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, cli.UsageError("-ca: there is no certificate in " + v.ca)
		}
	}
	if v.certificate != "" {
		key := v.key
		if key == "" {
			key = v.certificate
		}
		certificate, err := tls.LoadX509KeyPair(v.certificate, key)
		if err != nil {
			return nil, cli.UsageError("-cert: " + err.Error())
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}

func (v *visit) authenticate(conf *sarama.Config) error {
	if v.mechanisms == "" {
		return nil
	}
	s := &conf.Net.SASL
	s.Enable, s.User, s.Password, s.DelegationToken = true, v.user, os.Getenv("KAFKA_PASSWORD"), v.delegationToken
	for mechanism := range strings.SplitSeq(v.mechanisms, ",") {
		s.Mechanisms = append(s.Mechanisms, sarama.SASLMechanism(strings.ToUpper(strings.TrimSpace(mechanism))))
	}
	s.Mechanism = s.Mechanisms[0]
	s.GSSAPI = sarama.GSSAPIConfig{AuthType: sarama.KRB5_USER_AUTH, KeyTabPath: v.keytab, KerberosConfigPath: v.krb5,
		ServiceName: v.service, Username: v.user, Password: s.Password, Realm: v.realm}
	if v.keytab != "" {
		s.GSSAPI.AuthType = sarama.KRB5_KEYTAB_AUTH
	}
	if v.tokenURL == "" {
		return nil
	}
	oidc := sarama.OIDCConfig{TokenURL: v.tokenURL, ClientID: v.clientID, ClientSecret: os.Getenv("KAFKA_CLIENT_SECRET"), Timeout: v.timeout}
	if v.scopes != "" {
		oidc.Scopes = strings.Split(v.scopes, ",")
	}
	var err error
	if s.TokenProvider, err = sarama.NewOIDCTokenProvider(oidc); err != nil {
		return cli.UsageError(err.Error())
	}
	return nil
}
