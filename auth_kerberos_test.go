package sarama

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	krb5gssapi "github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
	"github.com/stretchr/testify/require"
)

// kerberosStub is a KerberosClient with a ticket for whatever it is asked for.
type kerberosStub struct {
	key       types.EncryptionKey
	login     error
	asked     string
	destroyed bool
}

func newKerberosStub() *kerberosStub {
	return &kerberosStub{key: types.EncryptionKey{KeyType: etypeID.AES256_CTS_HMAC_SHA1_96, KeyValue: make([]byte, 32)}}
}

func (k *kerberosStub) Login() error { return k.login }

func (k *kerberosStub) GetServiceTicket(spn string) (messages.Ticket, types.EncryptionKey, error) {
	k.asked = spn
	return messages.Ticket{
		TktVNO: 5, Realm: "EXAMPLE.COM", SName: types.NewPrincipalName(nametype.KRB_NT_PRINCIPAL, spn),
		EncPart: types.EncryptedData{EType: etypeID.AES256_CTS_HMAC_SHA1_96, KVNO: 1, Cipher: []byte("sealed")},
	}, k.key, nil
}

func (k *kerberosStub) Domain() string { return "EXAMPLE.COM" }

func (k *kerberosStub) CName() types.PrincipalName {
	return types.NewPrincipalName(nametype.KRB_NT_PRINCIPAL, "alice")
}

func (k *kerberosStub) Destroy() { k.destroyed = true }

// kerberosOffer is a broker's token that offers protections, signed with a key.
func kerberosOffer(t *testing.T, key types.EncryptionKey, payload []byte) []byte {
	offer := krb5gssapi.WrapToken{Flags: 1, EC: 12, Payload: payload}
	require.NoError(t, offer.SetCheckSum(key, keyusage.GSSAPI_ACCEPTOR_SEAL))
	token, err := offer.Marshal()
	require.NoError(t, err)
	return token
}

// talk has a conversation in which the broker makes an offer.
func (k *kerberosStub) talk(t *testing.T, conf *GSSAPIConfig, offer []byte) (said [][]byte, err error) {
	auth := &GSSAPIKerberosAuth{Config: conf, NewKerberosClientFunc: func(c *GSSAPIConfig) (KerberosClient, error) {
		require.Same(t, conf, c)
		return k, nil
	}}
	err = auth.AuthorizeV2(NewBroker("broker.example:9092"), func(message []byte) (*SaslAuthenticateResponse, error) {
		said = append(said, message)
		return &SaslAuthenticateResponse{SaslAuthBytes: offer}, nil
	})
	return said, err
}

func TestKerberosConversation(t *testing.T) {
	k := newKerberosStub()
	said, err := k.talk(t, &GSSAPIConfig{ServiceName: "kafka"}, kerberosOffer(t, k.key, []byte{7, 0, 1, 0}))
	require.NoError(t, err)
	require.Equal(t, "kafka/broker.example", k.asked)
	require.True(t, k.destroyed)
	require.Len(t, said, 2)

	first := said[0]
	require.EqualValues(t, GSS_API_GENERIC_TAG, first[0])
	head := len(first) - int(binary.BigEndian.Uint16(first[2:])) // 0x82 and two bytes of length
	require.EqualValues(t, 0x82, first[1])
	require.Equal(t, kerberosOID, first[head:head+len(kerberosOID)])
	body := first[head+len(kerberosOID):]
	require.EqualValues(t, TOK_ID_KRB_AP_REQ, binary.BigEndian.Uint16(body))
	var request messages.APReq
	require.NoError(t, request.Unmarshal(body[2:]))
	require.NoError(t, request.DecryptAuthenticator(k.key))
	require.Equal(t, "alice", request.Authenticator.CName.PrincipalNameString())
	require.EqualValues(t, krb5gssapi.ContextFlagInteg|krb5gssapi.ContextFlagConf, binary.LittleEndian.Uint32(request.Authenticator.Cksum.Checksum[20:]))

	var answer krb5gssapi.WrapToken
	require.NoError(t, answer.Unmarshal(said[1], false))
	valid, err := answer.Verify(k.key, keyusage.GSSAPI_INITIATOR_SEAL)
	require.NoError(t, err)
	require.True(t, valid)
	require.Equal(t, withoutProtection, answer.Payload)

	_, err = k.talk(t, &GSSAPIConfig{ServiceName: "kafka", BuildSpn: func(service, host string) string { return host + "@" + service }},
		kerberosOffer(t, k.key, []byte{1, 0, 0, 0}))
	require.NoError(t, err)
	require.Equal(t, "broker.example@kafka", k.asked)
}

func TestKerberosRefusals(t *testing.T) {
	other := newKerberosStub()
	other.key.KeyValue[0] = 1
	k := newKerberosStub()
	for name, offer := range map[string][]byte{
		"the broker's token is not signed":   kerberosOffer(t, other.key, []byte{1, 0, 0, 0}),
		"the broker's token: ":               []byte("no token"),
		"does not offer authentication with": kerberosOffer(t, k.key, []byte{4, 0, 1, 0}),
		"does not offer authentication":      kerberosOffer(t, k.key, []byte{1}),
	} {
		_, err := k.talk(t, &GSSAPIConfig{ServiceName: "kafka"}, offer)
		require.ErrorContains(t, err, name)
	}
	k.login = errors.New("clock skew")
	_, err := k.talk(t, &GSSAPIConfig{ServiceName: "kafka"}, nil)
	require.ErrorIs(t, err, k.login)
	_, err = (&GSSAPIKerberosAuth{}).answerOffer(nil)
	require.Error(t, err)
	_, _, err = kerberosSteps{&GSSAPIKerberosAuth{}}.Step(nil)
	require.ErrorContains(t, err, "Login comes first")
	require.ErrorIs(t, (&GSSAPIKerberosAuth{}).Authorize(NewBroker("b:1")), ErrNotConnected)
}

func TestNewKerberosClient(t *testing.T) {
	dir := t.TempDir()
	conf := &GSSAPIConfig{KerberosConfigPath: filepath.Join(dir, "krb5.conf"), Username: "alice", Realm: "EXAMPLE.COM", Password: "canary",
		KeyTabPath: filepath.Join(dir, "keytab"), CCachePath: filepath.Join(dir, "ccache"), AuthType: KRB5_USER_AUTH}
	_, err := NewKerberosClient(conf)
	require.ErrorContains(t, err, "configuration of Kerberos "+conf.KerberosConfigPath)
	require.NoError(t, os.WriteFile(conf.KerberosConfigPath, []byte("[libdefaults]\n default_realm = EXAMPLE.COM\n"), 0o600))
	client, err := NewKerberosClient(conf)
	require.NoError(t, err)
	require.Equal(t, "EXAMPLE.COM", client.Domain())
	require.Equal(t, "alice", client.CName().PrincipalNameString())
	client.Destroy()

	conf.AuthType = KRB5_CCACHE_AUTH
	_, err = NewKerberosClient(conf)
	require.ErrorContains(t, err, "credentials cache "+conf.CCachePath)
	conf.AuthType = KRB5_KEYTAB_AUTH
	_, err = NewKerberosClient(conf)
	require.ErrorContains(t, err, "keytab "+conf.KeyTabPath)
	requireNoCanary(t, err.Error())
	keys := keytab.New()
	require.NoError(t, keys.AddEntry("alice", "EXAMPLE.COM", "secret", time.Unix(1, 0), 1, etypeID.AES256_CTS_HMAC_SHA1_96))
	written, err := keys.Marshal()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(conf.KeyTabPath, written, 0o600))
	client, err = NewKerberosClient(conf)
	require.NoError(t, err)
	require.Equal(t, "alice", client.CName().PrincipalNameString())
}
