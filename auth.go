package sarama

import (
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// SASLMechanism names a way to authenticate with SASL: one of the SASLType constants.
type SASLMechanism string

const (
	// SASLTypeOAuth is OAUTHBEARER, with tokens of an AccessTokenProvider (Kafka 2.0, KIP-255).
	SASLTypeOAuth = "OAUTHBEARER"
	// SASLTypePlaintext is PLAIN: user name and password as they are, so use it with TLS.
	SASLTypePlaintext = "PLAIN"
	// SASLTypeSCRAMSHA256 is SCRAM with SHA-256, which never sends the password (Kafka 0.10.2, KIP-84).
	SASLTypeSCRAMSHA256 = "SCRAM-SHA-256"
	// SASLTypeSCRAMSHA512 is SCRAM with SHA-512, which never sends the password (Kafka 0.10.2, KIP-84).
	SASLTypeSCRAMSHA512 = "SCRAM-SHA-512"
	// SASLTypeGSSAPI is Kerberos.
	SASLTypeGSSAPI = "GSSAPI"

	// SASLHandshakeV0 sends the mechanism's tokens as they are, without Kafka's headers (Kafka 0.10).
	SASLHandshakeV0 = int16(0)
	// SASLHandshakeV1 sends the mechanism's tokens in SaslAuthenticate requests, so that failures are explained and
	// sessions can be renewed (Kafka 1.0, KIP-152, KIP-368).
	SASLHandshakeV1 = int16(1)

	// SASLExtKeyAuth is the key that AccessToken.Extensions must not have: it is the token's own.
	SASLExtKeyAuth = "auth"
)

// AccessToken is what authenticates with OAUTHBEARER.
type AccessToken struct {
	// Token is the bearer token itself.
	Token string
	// Extensions are names and values that go with the token (Kafka 2.1, KIP-342). Brokers ignore those they do not
	// know.
	Extensions map[string]string
}

// AccessTokenProvider gives the token for each new connection, and for each renewal of a session. It is called from many
// goroutines.
type AccessTokenProvider interface {
	// Token returns a token that is valid now; keep one until shortly before it expires rather than asking for a new one
	// each time. It should give up with an error soon: the connection waits for it.
	Token() (*AccessToken, error)
}

// SCRAMClient is the client's side of one SCRAM conversation (RFC 5802).
type SCRAMClient interface {
	// Begin starts a conversation for a user; authzID, if not empty, is whom to act as.
	Begin(userName, password, authzID string) error
	// Step answers what the broker said, first the empty string. It is called until it fails or Done is true.
	Step(challenge string) (response string, err error)
	// Done tells whether the conversation is over.
	Done() bool
}

const (
	// KRB5_USER_AUTH is a GSSAPIConfig.AuthType: with user name and password.
	KRB5_USER_AUTH = 1
	// KRB5_KEYTAB_AUTH is a GSSAPIConfig.AuthType: with the key of a keytab file.
	KRB5_KEYTAB_AUTH = 2
	// KRB5_CCACHE_AUTH is a GSSAPIConfig.AuthType: with the tickets of a credentials cache file.
	KRB5_CCACHE_AUTH = 3
)

// GSSAPIConfig says how to authenticate with Kerberos.
type GSSAPIConfig struct {
	// AuthType is KRB5_USER_AUTH, KRB5_KEYTAB_AUTH or KRB5_CCACHE_AUTH.
	AuthType int
	// KeyTabPath is the keytab file, for KRB5_KEYTAB_AUTH.
	KeyTabPath string
	// CCachePath is the credentials cache file, for KRB5_CCACHE_AUTH.
	CCachePath string
	// KerberosConfigPath is the file that is /etc/krb5.conf on most systems.
	KerberosConfigPath string
	// ServiceName is the first part of the brokers' principals, "kafka" mostly (sasl.kerberos.service.name).
	ServiceName string
	// Username is the client's principal without its realm.
	Username string
	// Password is the user's, for KRB5_USER_AUTH.
	Password string
	// Realm is the client's realm.
	Realm string
	// DisablePAFXFAST leaves out FAST pre-authentication, which Active Directory refuses.
	DisablePAFXFAST bool
	// BuildSpn makes a broker's principal; nil is service name, slash, host.
	BuildSpn BuildSpnFunc
}

// BuildSpnFunc makes a broker's service principal name of the service's name and the broker's host.
type BuildSpnFunc func(serviceName, host string) string

// KerberosClient gets tickets from a Kerberos key distribution centre.
type KerberosClient interface {
	// Login gets a ticket-granting ticket.
	Login() error
	// GetServiceTicket gets a ticket for a service and the key of the session with it.
	GetServiceTicket(spn string) (messages.Ticket, types.EncryptionKey, error)
	// Domain returns the client's realm.
	Domain() string
	// CName returns the client's principal.
	CName() types.PrincipalName
	// Destroy forgets tickets and keys, and ends what renews them.
	Destroy()
}
