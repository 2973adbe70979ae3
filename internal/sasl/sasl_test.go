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
	m, err := OAuthBearer("tok", map[string]string{"b": "2", "a": "1"})
	require.NoError(t, err)
	var said []string
	require.NoError(t, Exchange(m, server(&said, "")))
	require.Equal(t, []string{"n,,\x01auth=Bearer tok\x01a=1\x01b=2\x01\x01"}, said)

	m, err = OAuthBearer("tok", nil)
	require.NoError(t, err)
	said = nil
	err = Exchange(m, server(&said, `{"status":"invalid_token"}`, ""))
	require.ErrorContains(t, err, "invalid_token")
	require.NotContains(t, err.Error(), "tok\x01")
	require.Equal(t, []string{"n,,\x01auth=Bearer tok\x01\x01", "\x01"}, said)

	_, err = OAuthBearer("tok", map[string]string{"auth": "x"})
	require.EqualError(t, err, "the extension `auth` is invalid")
}

func TestExchangeEndsWithTheServersError(t *testing.T) {
	m, err := Plain("", "alice", "secret")
	require.NoError(t, err)
	refused := errors.New("refused")
	require.ErrorIs(t, Exchange(m, func([]byte, bool) ([]byte, error) { return nil, refused }), refused)
}
