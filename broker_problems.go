package sarama

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/seed20e6684a/sarama/internal/conn"
)

// linkStage is how far a connection has come.
type linkStage int8

const (
	stageDial     linkStage = iota
	stageTLS                // the handshake of TLS
	stageVersions           // the first request, mostly that for versions
	stageSASL
	stageFirst // connected, and the broker has not answered a request of the client's yet
	stageUsed
)

// explain makes a ConnectionError of an error that shows what the problem is, and leaves others as they are.
func explain(stage linkStage, conf *Config, err error) error {
	var explained *ConnectionError
	var elsewhere *credentialsError
	if err == nil || errors.As(err, &explained) || errors.As(err, &elsewhere) {
		return err
	}
	if named, ok := err.(*BrokerError); ok {
		return &BrokerError{Addr: named.Addr, Err: explain(stage, conf, named.Err)}
	}
	for _, look := range []func(linkStage, *Config, error) (ConnectionProblem, string){
		certificateProblem, answerProblem, dialProblem, tlsProblem, endProblem,
	} {
		if problem, detail := look(stage, conf, err); problem != 0 {
			return &ConnectionError{Problem: problem, Detail: detail, Err: err}
		}
	}
	return err
}

// credentialsError is why there are no credentials to show to a broker: what gives them, such as an identity provider or a file,
// is at fault then, and nothing is known of the broker.
type credentialsError struct{ err error }

// Error implements error.
func (e *credentialsError) Error() string { return e.err.Error() }

// Unwrap returns the reason.
func (e *credentialsError) Unwrap() error { return e.err }

// certificateProblem is that of a certificate that one side does not accept.
func certificateProblem(_ linkStage, _ *Config, err error) (ConnectionProblem, string) {
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var authority x509.UnknownAuthorityError
	var remote *net.OpError
	switch {
	case errors.As(err, &name):
		return ProblemCertificateName, "it is for " + certificateNames(name.Certificate)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return ProblemCertificateExpired, fmt.Sprintf("it is valid from %s to %s",
			invalid.Cert.NotBefore.Format("2006-01-02 15:04 MST"), invalid.Cert.NotAfter.Format("2006-01-02 15:04 MST"))
	case errors.As(err, &invalid):
		return ProblemCertificateAuthority, ""
	case errors.As(err, &authority):
		if authority.Cert == nil {
			return ProblemCertificateAuthority, ""
		}
		return ProblemCertificateAuthority, fmt.Sprintf("signed by %.200q", authority.Cert.Issuer.String())
	case errors.As(err, &remote) && remote.Op == "remote error":
		return alertProblem(remote.Err.Error())
	}
	return 0, ""
}

// alertProblem is that of an alert, by which the broker ends TLS.
func alertProblem(alert string) (ConnectionProblem, string) {
	for _, ofVersions := range []string{"protocol version", "handshake failure", "insufficient security"} {
		if strings.Contains(alert, ofVersions) {
			return ProblemTLSVersion, ""
		}
	}
	if strings.Contains(alert, "certificate") || strings.Contains(alert, "access denied") {
		return ProblemClientCertificate, ""
	}
	return 0, ""
}

// certificateNames are the names that a certificate is for, a few of them.
func certificateNames(certificate *x509.Certificate) string {
	if certificate == nil {
		return "no name"
	}
	names := append([]string(nil), certificate.DNSNames...)
	for _, ip := range certificate.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return fmt.Sprintf("no host, only %.100q", certificate.Subject.CommonName)
	case len(names) > 5:
		names = append(names[:5], "...")
	}
	return fmt.Sprintf("%.100q", names)
}

// answerProblem is that of a refusal in Kafka's words.
func answerProblem(_ linkStage, _ *Config, err error) (ConnectionProblem, string) {
	var version *versionError
	switch {
	case errors.As(err, &version):
		return ProblemVersion, ""
	case errors.Is(err, ErrUnsupportedSASLMechanism):
		return ProblemMechanism, ""
	case errors.Is(err, ErrIllegalSASLState):
		return ProblemSASLNotExpected, ""
	case errors.Is(err, ErrSASLAuthenticationFailed):
		return ProblemCredentials, ""
	case errors.Is(err, ErrClusterAuthorizationFailed), errors.Is(err, ErrTopicAuthorizationFailed),
		errors.Is(err, ErrGroupAuthorizationFailed), errors.Is(err, ErrTransactionalIDAuthorizationFailed),
		errors.Is(err, ErrDelegationTokenAuthorizationFailed):
		return ProblemNotAuthorized, ""
	case errors.Is(err, ErrUnsupportedVersion):
		return ProblemVersion, ""
	}
	return 0, ""
}

func dialProblem(stage linkStage, _ *Config, err error) (ConnectionProblem, string) {
	var name *net.DNSError
	var address *net.AddrError
	text := err.Error()
	switch {
	case stage == stageDial && errors.As(err, &address):
		return ProblemAddress, ""
	case errors.As(err, &name), strings.Contains(text, "no such host"):
		return ProblemNameNotResolved, ""
	case stage != stageDial:
		return 0, ""
	case errors.Is(err, syscall.ECONNREFUSED), strings.Contains(text, "refused"): // Windows has words of its own
		return ProblemRefused, ""
	case isTimeout(err), strings.Contains(text, "unreachable"), strings.Contains(text, "no route to host"):
		return ProblemUnreachable, ""
	}
	return 0, ""
}

func isTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

// tlsProblem is that of a peer that does not speak TLS.
func tlsProblem(stage linkStage, _ *Config, err error) (ConnectionProblem, string) {
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &header) && strings.HasPrefix(string(header.RecordHeader[:]), "HTTP"):
		return ProblemTLSNotExpected, "it speaks HTTP"
	case errors.As(err, &header):
		return ProblemTLSNotExpected, ""
	case stage == stageTLS && hungUp(err):
		return ProblemTLSNotExpected, "it ended the connection"
	case stage == stageTLS && strings.Contains(err.Error(), "unsupported versions"):
		return ProblemTLSVersion, ""
	}
	return 0, ""
}

// hungUp reports whether the peer has ended the connection.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || strings.Contains(err.Error(), "forcibly closed")
}

// endProblem is that of connections that end, or do nothing, before they were of use.
func endProblem(stage linkStage, conf *Config, err error) (ConnectionProblem, string) {
	var slow *conn.TimeoutError
	var foreign PacketDecodingError
	switch {
	case stage == stageSASL && hungUp(err):
		return ProblemCredentials, "it ended the connection"
	case stage == stageVersions && hungUp(err):
		return ProblemClosed, ""
	case stage == stageVersions && errors.As(err, &foreign):
		return ProblemNotKafka, ""
	case stage == stageFirst && hungUp(err) && !conf.Net.SASL.Enable:
		return ProblemSASLExpected, ""
	case stage < stageFirst && stage != stageDial && (isTimeout(err) || errors.As(err, &slow)):
		return ProblemNoAnswer, ""
	}
	return 0, ""
}
