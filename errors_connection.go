package sarama

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed20e6684a/sarama/internal/conn"
)

// ConnectionProblem is a way in which a broker cannot be used.
type ConnectionProblem int8

// The problems that a ConnectionError tells apart.
const (
	// ProblemNameNotResolved: the broker's host has no address.
	ProblemNameNotResolved ConnectionProblem = iota + 1
	// ProblemRefused: nothing listens on the port.
	ProblemRefused
	// ProblemUnreachable: no answer to the attempt to connect, within Config.Net.DialTimeout or at all.
	ProblemUnreachable
	// ProblemNoAnswer: there is a connection, but nothing comes, or not all in time.
	ProblemNoAnswer
	// ProblemTLSExpected: the port speaks TLS, and the client does not.
	ProblemTLSExpected
	// ProblemTLSNotExpected: the client speaks TLS, and the port does not.
	ProblemTLSNotExpected
	// ProblemTLSVersion: client and broker have no version or cipher suite of TLS in common.
	ProblemTLSVersion
	// ProblemNotKafka: the port speaks HTTP or something else that is not Kafka's protocol.
	ProblemNotKafka
	// ProblemCertificateName: the broker's certificate is for other names.
	ProblemCertificateName
	// ProblemCertificateExpired: the broker's certificate is not valid now.
	ProblemCertificateExpired
	// ProblemCertificateAuthority: the broker's certificate is signed by nobody that the client trusts.
	ProblemCertificateAuthority
	// ProblemClientCertificate: the broker wants a certificate of the client, or refuses the one it has.
	ProblemClientCertificate
	// ProblemSASLExpected: the broker ends the connection at the first request, as it does if SASL is expected.
	ProblemSASLExpected
	// ProblemSASLNotExpected: the broker does not know of SASL on this port.
	ProblemSASLNotExpected
	// ProblemMechanism: the broker does not have the SASL mechanism.
	ProblemMechanism
	// ProblemCredentials: the broker refuses user, password, token or ticket.
	ProblemCredentials
	// ProblemNotAuthorized: the broker knows who the client is, and does not allow what it asks for.
	ProblemNotAuthorized
	// ProblemVersion: client and broker have no version of a request in common.
	ProblemVersion
	// ProblemClosed: the broker ends the connection at the first request.
	ProblemClosed
	// ProblemAddress: the broker's address is not a host and a port.
	ProblemAddress
)

// problemTexts say what each problem is, and what to do about it.
var problemTexts = map[ConnectionProblem]struct{ what, remedy string }{
	ProblemNameNotResolved: {"the host name is not resolved",
		"check the name for typing errors, and this machine's DNS; if it is not one of yours, the broker's advertised.listeners names it"},
	ProblemRefused: {"the connection is refused",
		"check that the broker runs and listens on this port, and that advertised.listeners names a host that is reached from here"},
	ProblemUnreachable: {"there is no answer to the attempt to connect",
		"check host and port, firewalls and routes in between, and Config.Net.DialTimeout"},
	ProblemNoAnswer: {"the port takes connections and does not answer in time",
		"check that it is a Kafka broker's and whether it expects TLS (Config.Net.TLS.Enable); Config.Net.ReadTimeout and DialTimeout are how long to wait"},
	ProblemTLSExpected: {"the port speaks TLS, this client does not", "set Config.Net.TLS.Enable, or use a plaintext listener's port"},
	ProblemTLSNotExpected: {"this client speaks TLS, the port does not",
		"clear Config.Net.TLS.Enable, or use the port of a listener with TLS"},
	ProblemTLSVersion: {"there is no version or cipher suite of TLS in common",
		"compare the broker's ssl.enabled.protocols and ssl.cipher.suites with Config.Net.TLS.Config; the client's least is TLS 1.2"},
	ProblemNotKafka: {"the port does not speak Kafka's protocol", "use the port of a Kafka listener"},
	ProblemCertificateName: {"the broker's certificate is for another name",
		"connect by a name that is in the certificate, or set Config.Net.TLS.Config.ServerName to one"},
	ProblemCertificateExpired: {"the broker's certificate is not valid now",
		"renew the broker's certificate, or set this machine's clock"},
	ProblemCertificateAuthority: {"the broker's certificate is signed by an authority that is not trusted",
		"add the authority's certificate to Config.Net.TLS.Config.RootCAs"},
	ProblemClientCertificate: {"the broker does not accept this client's certificate, or its lack",
		"set Config.Net.TLS.Config.Certificates to one that is signed by an authority of the broker's ssl.truststore"},
	ProblemSASLExpected: {"the broker ends the connection at the first request, as it does where it expects SASL",
		"set Config.Net.SASL.Enable with mechanism and credentials, or use the port of a listener without SASL"},
	ProblemSASLNotExpected: {"the listener has no SASL", "clear Config.Net.SASL.Enable, or use the port of a listener with SASL"},
	ProblemMechanism:       {"the SASL mechanism is not enabled", "set Config.Net.SASL.Mechanism to one of those that the broker has"},
	ProblemCredentials: {"the credentials are refused",
		"check user and password, token or ticket, and that they are for this mechanism (SCRAM-SHA-256 and -512 have each their own)"},
	ProblemNotAuthorized: {"the client is known, and not authorized", "have an ACL allow its principal what it asks for"},
	ProblemVersion:       {"there is no version of the request in common", "set Config.Version to that of the oldest broker"},
	ProblemClosed: {"the broker ends the connection at the first request",
		"check whether the port expects TLS (Config.Net.TLS.Enable); brokers before Kafka 0.10 want Config.ApiVersionsRequest to be false"},
	ProblemAddress: {"the address is not a host and a port", "give host and port, as in broker.example:9092"},
}

// String says in words what the problem is.
func (p ConnectionProblem) String() string {
	if texts, ok := problemTexts[p]; ok {
		return texts.what
	}
	return "unknown problem " + strconv.Itoa(int(p))
}

// Remedy says what to do about the problem, in general.
func (p ConnectionProblem) Remedy() string { return problemTexts[p].remedy }

// ConnectionError is a reason for which a broker cannot be used, with what to do about it. errors.As finds it in a
// BrokerError, and one for each broker in what wraps ErrOutOfBrokers.
type ConnectionError struct {
	// Problem is what is wrong.
	Problem ConnectionProblem
	// Detail is what is known beyond that, such as the names that a certificate is for. It may be empty.
	Detail string
	// Err is the error that showed it.
	Err error
}

// Error implements error.
func (e *ConnectionError) Error() string {
	what := e.Problem.String()
	if e.Detail != "" {
		what += " (" + e.Detail + ")"
	}
	return fmt.Sprintf("%s: %s: %v", what, e.Problem.Remedy(), e.Err)
}

// Unwrap returns the error that showed the problem.
func (e *ConnectionError) Unwrap() error { return e.Err }

// frameCause gives the errors of frames that are none the type that the API has for it.
func frameCause(err error) error {
	if failure, ok := err.(*conn.Failure); ok {
		return &conn.Failure{State: failure.State, Err: frameCause(failure.Err)}
	}
	switch e := err.(type) {
	case *conn.SizeError:
		return foreignFrame(e.Size, e.Error())
	case *conn.CorrelationError, *conn.UnexpectedError:
		return PacketDecodingError{Info: err.Error()}
	}
	return err
}

// foreignFrame is the error for a frame whose size is out of bounds. Of other protocols' first bytes it is told what they are.
func foreignFrame(size int32, text string) error {
	err := PacketDecodingError{Info: text}
	first := uint32(size)
	switch {
	case first == 'H'<<24|'T'<<16|'T'<<8|'P':
		return &ConnectionError{Problem: ProblemNotKafka, Detail: "it speaks HTTP", Err: err}
	case first>>16 == 0x1503 || first>>16 == 0x1603: // an alert or a handshake, any version of SSL 3 and TLS
		return &ConnectionError{Problem: ProblemTLSExpected, Err: err}
	case first>>8 == 'S'<<16|'S'<<8|'H':
		return &ConnectionError{Problem: ProblemNotKafka, Detail: "it speaks SSH", Err: err}
	}
	return err
}

// maxForeignText is how much of what a broker says goes into one error or log line.
const maxForeignText = 1000

// printable is a text from elsewhere as it may be logged: it is quoted if it could be taken for more than one line, or does
// things to a terminal.
func printable(text string) string {
	if len(text) > maxForeignText {
		text = shortened(text, maxForeignText) + "..."
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// shortened returns at most so many bytes of a text, without half a letter at the end.
func shortened(text string, most int) string {
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

func printableAll(texts []string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = printable(text)
	}
	return all
}
