package sasl

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// server answers with the given challenges and records what was said.
func server(said *[]string, challenges ...string) Send {
	return func(message []byte, _ bool) ([]byte, error) {
		*said = append(*said, string(message))
		challenge := challenges[len(*said)-1]
		return []byte(challenge), nil
	}
}

func TestPlain(t *testing.T) {
	m, err := Plain("admin", "alice", "secret")
	require.NoError(t, err)
	var said []string
	require.NoError(t, Exchange(m, server(&said, "")))
	require.Equal(t, []string{"admin\x00alice\x00secret"}, said)

	_, err = Plain("", "alice", "se\x00cret")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "cret")
}

func TestOAuthBearer(t *testing.T) {
	m, err := OAuthBearer("mF_9", map[string]string{"b": "2", "a": "1"})
	require.NoError(t, err)
	var said []string
	require.NoError(t, Exchange(m, server(&said, "")))
	require.Equal(t, []string{"n,,\x01auth=Bearer mF_9\x01a=1\x01b=2\x01\x01"}, said)

	m, err = OAuthBearer("mF_9", nil)
	require.NoError(t, err)
	said = nil
	err = Exchange(m, server(&said, `{"status":"invalid_token"}`, ""))
	require.ErrorContains(t, err, "invalid_token")
	require.NotContains(t, err.Error(), "mF_9\x01")
	require.Equal(t, []string{"n,,\x01auth=Bearer mF_9\x01\x01", "\x01"}, said)

	m, err = OAuthBearer("canary", nil)
	require.NoError(t, err)
	said = nil
	err = Exchange(m, server(&said, `{"status":"invalid_token","seen":"canary"}`, ""))
	require.ErrorContains(t, err, Redacted)
	require.NotContains(t, err.Error(), "canary")

	for _, bad := range []struct{ token, name, value string }{{"canary\x01auth=", "a", "b"}, {"t", "a\x01", "canary"}, {"t", "a", "canary\x01b=c"}} {
		_, err = OAuthBearer(bad.token, map[string]string{bad.name: bad.value})
		require.ErrorContains(t, err, "holds the byte that ends it")
		require.NotContains(t, err.Error(), "canary")
	}

	_, err = OAuthBearer("tok", map[string]string{"auth": "x"})
	require.EqualError(t, err, "the extension `auth` is invalid")
}

func TestExchangeEndsWithTheServersError(t *testing.T) {
	m, err := Plain("", "alice", "secret")
	require.NoError(t, err)
	refused := errors.New("refused")
	require.ErrorIs(t, Exchange(m, func([]byte, bool) ([]byte, error) { return nil, refused }), refused)
}

func TestSecretsAreTakenOutOfTexts(t *testing.T) {
	m, err := Plain("", "alice", "pa\"ss")
	require.NoError(t, err)
	require.Equal(t, "no, [REDACTED] is wrong for alice", Redact(m, `no, pa"ss is wrong for alice`))
	m, err = Plain("", "alice", "")
	require.NoError(t, err)
	require.Equal(t, "as it is", Redact(m, "as it is"))
	m, err = SCRAM(SHA256, Credentials{User: "alice", Password: "secret"})
	require.NoError(t, err)
	require.Equal(t, "secret", Redact(m, "secret"), "the server was not told")

	// What is left around a short secret would tell it.
	for _, secret := range []string{"a", "ab", "abc", "é"} {
		m, err = Plain("", "alice", secret)
		require.NoError(t, err)
		for _, text := range []string{"Authentication failed", "no " + secret, secret, "x"} {
			require.Equal(t, Redacted, Redact(m, text))
		}
		require.Empty(t, Redact(m, ""))
	}
	require.Equal(t, "[REDACTED] and [REDACTED]", Hide("long and longer", "", "longer", "long"))
	require.Equal(t, Redacted, Hide("long and longer", "longer", "x"))
}
