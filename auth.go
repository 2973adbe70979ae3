package sarama

import "context"

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

// AccessTokenContextProvider is what an AccessTokenProvider may also be, so that asking for a token ends when the connection
// that wants it is closed, or takes longer than Config.Net.DialTimeout. Token is not called then.
type AccessTokenContextProvider interface {
	// TokenContext is Token, but gives up when ctx ends.
	TokenContext(ctx context.Context) (*AccessToken, error)
}

// SCRAMClient is the client's side of one SCRAM conversation (RFC 5802), for those who have one of their own: see
// Config.Net.SASL.SCRAMClientGeneratorFunc.
type SCRAMClient interface {
	// Begin starts a conversation for a user; authzID, if not empty, is whom to act as.
	Begin(userName, password, authzID string) error
	// Step answers what the broker said, first the empty string. It is called until it fails or Done is true.
	Step(challenge string) (response string, err error)
	// Done tells whether the conversation is over.
	Done() bool
}
