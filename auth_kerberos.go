package sarama

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/jcmturner/gokrb5/v8/asn1tools"
	krb5client "github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	krb5gssapi "github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/seed20e6684a/sarama/internal/sasl"
)

const (
	// KRB5_USER_AUTH is a GSSAPIConfig.AuthType: with user name and password.
	KRB5_USER_AUTH = 1
	// KRB5_KEYTAB_AUTH is a GSSAPIConfig.AuthType: with the key of a keytab file.
	KRB5_KEYTAB_AUTH = 2
	// KRB5_CCACHE_AUTH is a GSSAPIConfig.AuthType: with the tickets of a credentials cache file.
	KRB5_CCACHE_AUTH = 3

	// TOK_ID_KRB_AP_REQ marks the client's first token (RFC 4121, section 4.1).
	TOK_ID_KRB_AP_REQ = 256
	// GSS_API_GENERIC_TAG begins a token (RFC 2743, section 3.1).
	GSS_API_GENERIC_TAG = 0x60

	// GSS_API_INITIAL is the first step of a conversation: the client sends its ticket.
	GSS_API_INITIAL = 1
	// GSS_API_VERIFY is the second: the client answers which protection the broker offers.
	GSS_API_VERIFY = 2
	// GSS_API_FINISH is when there is nothing more to say.
	GSS_API_FINISH = 3
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

// KerberosGoKrb5Client is the KerberosClient of gokrb5.
type KerberosGoKrb5Client struct {
	krb5client.Client
}

// Domain returns the client's realm.
func (c *KerberosGoKrb5Client) Domain() string { return c.Credentials.Domain() }

// CName returns the client's principal.
func (c *KerberosGoKrb5Client) CName() types.PrincipalName { return c.Credentials.CName() }

// NewKerberosClient returns a client that logs in as a configuration says; it reads the files that are named there. An
// AuthType other than KRB5_KEYTAB_AUTH and KRB5_CCACHE_AUTH is a password's.
func NewKerberosClient(conf *GSSAPIConfig) (KerberosClient, error) {
	krb5, err := config.Load(conf.KerberosConfigPath)
	if err != nil {
		return nil, fmt.Errorf("configuration of Kerberos %s: %w", conf.KerberosConfigPath, err)
	}
	fast := krb5client.DisablePAFXFAST(conf.DisablePAFXFAST)
	switch conf.AuthType {
	case KRB5_KEYTAB_AUTH:
		keys, err := keytab.Load(conf.KeyTabPath)
		if err != nil {
			return nil, fmt.Errorf("keytab %s: %w", conf.KeyTabPath, err)
		}
		return &KerberosGoKrb5Client{*krb5client.NewWithKeytab(conf.Username, conf.Realm, keys, krb5, fast)}, nil
	case KRB5_CCACHE_AUTH:
		cache, err := credentials.LoadCCache(conf.CCachePath)
		if err != nil {
			return nil, fmt.Errorf("credentials cache %s: %w", conf.CCachePath, err)
		}
		cached, err := krb5client.NewFromCCache(cache, krb5, fast)
		if err != nil {
			return nil, fmt.Errorf("credentials cache %s: %w", conf.CCachePath, err)
		}
		return &KerberosGoKrb5Client{*cached}, nil
	default:
		return &KerberosGoKrb5Client{*krb5client.NewWithPassword(conf.Username, conf.Realm, conf.Password, krb5, fast)}, nil
	}
}

// GSSAPIKerberosAuth authenticates with Kerberos (RFC 4752), one connection at a time. Brokers that are opened with
// Config.Net.SASL.Mechanism GSSAPI use one by themselves.
type GSSAPIKerberosAuth struct {
	// Config says as whom, and how.
	Config *GSSAPIConfig
	// NewKerberosClientFunc makes the client that gets the tickets, as NewKerberosClient does.
	NewKerberosClientFunc func(config *GSSAPIConfig) (KerberosClient, error)

	ticket messages.Ticket
	key    types.EncryptionKey
	domain string
	name   types.PrincipalName
	step   int
}

// Login logs a client in and gets a ticket for a service, with which the conversation can begin.
func (krbAuth *GSSAPIKerberosAuth) Login(client KerberosClient, spn string) (*messages.Ticket, error) {
	if err := client.Login(); err != nil {
		return nil, fmt.Errorf("login to Kerberos: %w", err)
	}
	ticket, key, err := client.GetServiceTicket(spn)
	if err != nil {
		return nil, fmt.Errorf("ticket for %s: %w", spn, err)
	}
	krbAuth.ticket, krbAuth.key, krbAuth.domain, krbAuth.name = ticket, key, client.Domain(), client.CName()
	krbAuth.step = GSS_API_INITIAL
	return &ticket, nil
}

// Authorize has the conversation on a broker's connection in messages without Kafka's headers (SASLHandshakeV0). It is
// possible while the broker is being opened only; Broker.Open does it by itself. Otherwise it returns ErrNotConnected.
func (krbAuth *GSSAPIKerberosAuth) Authorize(broker *Broker) error {
	l := broker.lastLink()
	if l == nil || l.bare == nil {
		return ErrNotConnected
	}
	steps, err := krbAuth.begin(l.ctx, broker.addr)
	if err != nil {
		return err
	}
	return sasl.Exchange(steps, l.sayBare)
}

// AuthorizeV2 has the conversation with a broker by a function that carries messages to it in SaslAuthenticate requests.
func (krbAuth *GSSAPIKerberosAuth) AuthorizeV2(broker *Broker, authSendReceiver func(authBytes []byte) (*SaslAuthenticateResponse, error)) error {
	steps, err := krbAuth.begin(context.Background(), broker.addr)
	if err != nil {
		return err
	}
	return sasl.Exchange(steps, func(message []byte, _ bool) ([]byte, error) {
		answer, err := authSendReceiver(message)
		if err != nil {
			return nil, err
		}
		return answer.SaslAuthBytes, nil
	})
}

// begin gets the ticket for a broker, and returns the conversation that it allows.
func (krbAuth *GSSAPIKerberosAuth) begin(ctx context.Context, addr string) (sasl.Mechanism, error) {
	return await(ctx, func() (sasl.Mechanism, error) {
		client, err := krbAuth.NewKerberosClientFunc(krbAuth.Config)
		if err != nil {
			return nil, err
		}
		defer client.Destroy()
		if _, err := krbAuth.Login(client, krbAuth.spn(addr)); err != nil {
			return nil, err
		}
		return kerberosSteps{krbAuth}, nil
	}, nil)
}

func (krbAuth *GSSAPIKerberosAuth) spn(addr string) string {
	host, _, _ := net.SplitHostPort(addr)
	if krbAuth.Config.BuildSpn != nil {
		return krbAuth.Config.BuildSpn(krbAuth.Config.ServiceName, host)
	}
	return krbAuth.Config.ServiceName + "/" + host
}

// kerberosSteps is the conversation as a mechanism.
type kerberosSteps struct{ auth *GSSAPIKerberosAuth }

// Step says the ticket, and answers the broker's offer. Whether the broker answers that depends on how messages are carried.
func (s kerberosSteps) Step(challenge []byte) ([]byte, bool, error) {
	k := s.auth
	switch k.step {
	case GSS_API_INITIAL:
		k.step = GSS_API_VERIFY
		token, err := k.initialToken()
		if err != nil {
			return nil, true, fmt.Errorf("GSSAPI: making the first token: %w", err)
		}
		return token, false, nil
	case GSS_API_VERIFY:
		k.step = GSS_API_FINISH
		token, err := k.answerOffer(challenge)
		if err != nil {
			return nil, true, fmt.Errorf("GSSAPI: %w", err)
		}
		return token, true, nil
	default:
		return nil, true, errors.New("GSSAPI: there is no ticket: Login comes first")
	}
}

// kerberosOID is 1.2.840.113554.1.2.2 in DER: the mechanism of Kerberos.
var kerberosOID = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02}

// initialToken is the AP-REQ message (RFC 4120, section 5.5.1) in the frame of GSS-API.
func (krbAuth *GSSAPIKerberosAuth) initialToken() ([]byte, error) {
	authenticator, err := types.NewAuthenticator(krbAuth.domain, krbAuth.name)
	if err != nil {
		return nil, err
	}
	authenticator.Cksum = types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: authenticatorChecksum()}
	request, err := messages.NewAPReq(krbAuth.ticket, krbAuth.key, authenticator)
	if err != nil {
		return nil, err
	}
	body, err := request.Marshal()
	if err != nil {
		return nil, err
	}
	inner := binary.BigEndian.AppendUint16(slices.Clone(kerberosOID), TOK_ID_KRB_AP_REQ)
	inner = append(inner, body...)
	token := append([]byte{GSS_API_GENERIC_TAG}, asn1tools.MarshalLengthBytes(len(inner))...)
	return append(token, inner...), nil
}

// authenticatorChecksum has no channel bindings, and the flags for integrity and confidentiality (RFC 4121, section 4.1.1).
func authenticatorChecksum() []byte {
	sum := make([]byte, 24)
	binary.LittleEndian.PutUint32(sum, 16) // the length of the bindings, which are zero
	binary.LittleEndian.PutUint32(sum[20:], krb5gssapi.ContextFlagInteg|krb5gssapi.ContextFlagConf)
	return sum
}

// withoutProtection is what is chosen of the broker's offer: nothing but authentication, which is all that Kafka has, and
// no messages of GSS-API from then on (RFC 4752, section 3.1).
var withoutProtection = []byte{1, 0, 0, 0}

// answerOffer checks that the offer is signed by who has the service's key, and takes it.
func (krbAuth *GSSAPIKerberosAuth) answerOffer(challenge []byte) ([]byte, error) {
	var offer krb5gssapi.WrapToken
	if err := offer.Unmarshal(challenge, true); err != nil {
		return nil, fmt.Errorf("the broker's token: %w", err)
	}
	valid, err := offer.Verify(krbAuth.key, keyusage.GSSAPI_ACCEPTOR_SEAL)
	if err != nil || !valid {
		return nil, errors.Join(errors.New("the broker's token is not signed with the key of the session"), err)
	}
	if len(offer.Payload) != 4 || offer.Payload[0]&withoutProtection[0] == 0 {
		return nil, errors.New("the broker does not offer authentication without protection of what follows")
	}
	answer, err := krb5gssapi.NewInitiatorWrapToken(withoutProtection, krbAuth.key)
	if err != nil {
		return nil, err
	}
	return answer.Marshal()
}
