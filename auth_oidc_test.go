package sarama

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// tokenEndpoint answers requests for tokens, in this process without a network.
type tokenEndpoint struct {
	mu     sync.Mutex
	asked  []url.Values
	users  []string // name and password
	status int
	answer string // with %d for how often it was asked
	wait   time.Duration
	err    error
}

func (e *tokenEndpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, form)
	user, password, _ := r.BasicAuth()
	e.users = append(e.users, user+":"+password)
	if e.wait > 0 {
		if err := wait(r.Context(), e.wait); err != nil {
			return nil, err
		}
	}
	if e.err != nil {
		return nil, e.err
	}
	answer := httptest.NewRecorder()
	answer.WriteHeader(max(e.status, 200))
	_, _ = answer.WriteString(strings.ReplaceAll(e.answer, "%d", fmt.Sprint(len(e.asked))))
	return answer.Result(), nil
}

func (e *tokenEndpoint) provider(t *testing.T, change func(*OIDCConfig)) AccessTokenProvider {
	conf := OIDCConfig{
		TokenURL: "https://idp.example/token?key=canary-url", ClientID: "my:client", ClientSecret: "canary-secret",
		Scopes: []string{"kafka", "more"}, Parameters: map[string]string{"audience": "brokers"},
		Extensions: map[string]string{"cluster": "lkc-1"}, Client: &http.Client{Transport: e},
	}
	if change != nil {
		change(&conf)
	}
	provider, err := NewOIDCTokenProvider(conf)
	require.NoError(t, err)
	return provider
}

func TestOIDCTokensAreKeptAndRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{answer: `{"access_token":"token %d","expires_in":100}`}
		provider := e.provider(t, nil)
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				token, err := provider.Token()
				if err != nil || token.Token != "token 1" || token.Extensions["cluster"] != "lkc-1" {
					t.Error(token, err)
				}
			})
		}
		callers.Wait()
		require.Equal(t, url.Values{"grant_type": {"client_credentials"}, "scope": {"kafka more"}, "audience": {"brokers"}}, e.asked[0])
		require.Equal(t, []string{"my%3Aclient:canary-secret"}, e.users)

		time.Sleep(79 * time.Second)
		token, err := provider.Token()
		require.NoError(t, err)
		require.Equal(t, "token 1", token.Token)
		time.Sleep(2 * time.Second)
		token, err = provider.Token()
		require.NoError(t, err)
		require.Equal(t, "token 2", token.Token)

		// While the provider is away the token is used until it expires.
		e.err = errors.New("no route")
		time.Sleep(90 * time.Second)
		for range 3 {
			token, err = provider.Token()
			require.NoError(t, err)
			require.Equal(t, "token 2", token.Token)
		}
		require.Len(t, e.asked, 2+1+oidcRetries)
		time.Sleep(20 * time.Second)
		_, err = provider.Token()
		require.ErrorIs(t, err, e.err)
		require.ErrorContains(t, err, "idp.example")
		requireNoCanary(t, err.Error())
		e.err = nil
		_, err = provider.Token()
		require.NoError(t, err)
	})
}

// While there is no other the last token is used, but not for a moment longer than it is good.
func TestOIDCTokensThatHaveExpiredAreNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{answer: `{"access_token":"token %d","expires_in":10}`}
		provider := e.provider(t, nil)
		_, err := provider.Token()
		require.NoError(t, err)
		e.status = http.StatusUnauthorized
		time.Sleep(9 * time.Second)
		token, err := provider.Token()
		require.NoError(t, err)
		require.Equal(t, "token 1", token.Token)
		time.Sleep(2 * time.Second)
		_, err = provider.Token()
		require.ErrorContains(t, err, "refused a token: status 401")
	})
}

func TestOIDCWaitsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{wait: time.Hour}
		provider := e.provider(t, nil)
		start := time.Now()
		_, err := provider.Token()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, defaultOIDCTimeout, time.Since(start))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		_, err = provider.(AccessTokenContextProvider).TokenContext(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))
		synctest.Wait()
		time.Sleep(defaultOIDCTimeout)
	})
}

func TestOIDCRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		answer string
		text   string
		asked  int
	}{
		"credentials": {401, `{"error":"invalid_client","error_description":"canary-secret is\nwrong"}`, `status 401, invalid_client: "[REDACTED] is\nwrong"`, 1},
		"quoted":      {401, `{"error_description":"canary-secret\n` + strings.Repeat("x", maxForeignText-20) + `canary-secret"}`, `"[REDACTED]\n`, 1},
		"header":      {400, `{"error":"invalid_request","error_description":"Basic ` + base64.StdEncoding.EncodeToString([]byte("my%3Aclient:canary-secret")) + `"}`, "Basic [REDACTED]", 1},
		"away":        {503, "<html>", "status 503", 1 + oidcRetries},
		"redirected":  {302, "", "status 302", 1},
		"no token":    {200, `{"token_type":"bearer"}`, "no access_token", 1},
		"no JSON":     {200, "hello", "not JSON", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &tokenEndpoint{status: test.status, answer: test.answer}
				provider := e.provider(t, nil)
				_, err := provider.Token()
				require.ErrorContains(t, err, test.text)
				require.Len(t, e.asked, test.asked)
				requireNoCanary(t, err.Error())
				requireNoCanary(t, fmt.Sprintf("%v %+v %#v %s", provider, provider, provider, provider))
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{status: 401, answer: `{"error":"invalid_client","error_description":"the client's credentials"}`}
		provider := e.provider(t, func(conf *OIDCConfig) { conf.ClientSecret = "cl" })
		_, err := provider.Token()
		require.ErrorContains(t, err, "refused a token: status 401, [REDACTED]: [REDACTED]", "what is left would tell a short secret")
	})
}

func TestOIDCLifetimes(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	jwt := "h." + base64.RawURLEncoding.EncodeToString([]byte(`{"exp":1000060}`)) + ".s"
	for answer, want := range map[oidcAnswer]time.Duration{
		{AccessToken: "opaque", ExpiresIn: "300"}: 5 * time.Minute,
		{AccessToken: "opaque"}:                   0,
		{AccessToken: "opaque", ExpiresIn: "-1"}:  0,
		{AccessToken: jwt}:                        time.Minute,
		{AccessToken: "a.%%.c"}:                   0,
		{AccessToken: jwt, ExpiresIn: "1e300"}:    1e9 * time.Second,
	} {
		require.Equal(t, want, answer.lifetime(now), "%+v", answer)
	}
}

func TestOIDCConfigFaults(t *testing.T) {
	for text, conf := range map[string]OIDCConfig{
		"no URL":                {},
		"must be https":         {TokenURL: "ftp://idp.example/"},
		"unless":                {TokenURL: "http://idp.example/", ClientID: "c", ClientSecret: "s"},
		"needs ClientID":        {TokenURL: "https://idp.example/", ClientID: "c"},
		"must not have the key": {TokenURL: "https://idp.example/", ClientID: "c", ClientSecret: "s", Extensions: map[string]string{"auth": "x"}},
	} {
		_, err := NewOIDCTokenProvider(conf)
		var fault ConfigurationError
		require.ErrorAs(t, err, &fault)
		require.ErrorContains(t, err, text)
	}
	_, err := NewOIDCTokenProvider(OIDCConfig{TokenURL: "http://127.0.0.1:1/", ClientID: "c", ClientSecret: "s"})
	require.NoError(t, err)
}

func TestOIDCAssertions(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	valid := map[string]func(text, signature []byte) bool{
		"RS256": func(text, signature []byte) bool {
			sum := sha256.Sum256(text)
			return rsa.VerifyPKCS1v15(&rsaKey.PublicKey, crypto.SHA256, sum[:], signature) == nil
		},
		"ES256": func(text, signature []byte) bool {
			sum := sha256.Sum256(text)
			return len(signature) == 64 && ecdsa.Verify(&p256.PublicKey, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
		},
		"ES384": func(text, signature []byte) bool {
			sum := sha512.Sum384(text)
			return len(signature) == 96 && ecdsa.Verify(&p384.PublicKey, sum[:], new(big.Int).SetBytes(signature[:48]), new(big.Int).SetBytes(signature[48:]))
		},
		"EdDSA": func(text, signature []byte) bool {
			return ed25519.Verify(ed.Public().(ed25519.PublicKey), text, signature)
		},
	}
	for algorithm, key := range map[string]crypto.Signer{"RS256": rsaKey, "ES256": p256, "ES384": p384, "EdDSA": ed} {
		e := &tokenEndpoint{answer: `{"access_token":"t","expires_in":100}`}
		signer := JWTSigner{Key: key, KeyID: "k1", Issuer: "me", Subject: "alice", Audience: "idp", Claims: map[string]any{"scope": "x"}}
		_, err := e.provider(t, func(c *OIDCConfig) { c.ClientSecret, c.Assertion = "", signer.Sign }).Token()
		require.NoError(t, err)
		require.Equal(t, "urn:ietf:params:oauth:grant-type:jwt-bearer", e.asked[0].Get("grant_type"))
		parts := strings.Split(e.asked[0].Get("assertion"), ".")
		require.Len(t, parts, 3)
		decoded := make([][]byte, 3)
		for i, part := range parts {
			decoded[i], err = base64.RawURLEncoding.DecodeString(part)
			require.NoError(t, err)
		}
		var header, claims map[string]any
		require.NoError(t, json.Unmarshal(decoded[0], &header))
		require.NoError(t, json.Unmarshal(decoded[1], &claims))
		require.Equal(t, map[string]any{"alg": algorithm, "typ": "JWT", "kid": "k1"}, header)
		require.Equal(t, "alice", claims["sub"])
		require.Equal(t, "x", claims["scope"])
		require.InDelta(t, defaultJWTLifetime.Seconds(), claims["exp"].(float64)-claims["iat"].(float64), 0)
		require.True(t, valid[algorithm]([]byte(parts[0]+"."+parts[1]), decoded[2]), algorithm)
		require.NotContains(t, fmt.Sprintf("%+v", signer), fmt.Sprint(key))
	}
	_, err = JWTSigner{}.Sign(t.Context())
	require.Error(t, err)
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	require.NoError(t, err)
	_, err = JWTSigner{Key: p521}.Sign(t.Context())
	require.Error(t, err)
}

// A token that a broker refuses is not used until it expires, nor is another asked for at each refusal.
func TestOIDCTokensThatBrokersRefuseAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{answer: `{"access_token":"token %d","expires_in":1000}`}
		network := newScriptedNetwork(t)
		far := network.broker(1)
		far.authenticates("")
		conf := saslConfig(network, SASLTypeOAuth)
		conf.Net.SASL.TokenProvider = e.provider(t, nil)
		open := func() error {
			b := openBroker(t, conf, far)
			_, err := b.Connected()
			_ = b.Close()
			return err
		}
		require.NoError(t, open())
		message := "token 1 is revoked"
		far.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{Err: ErrSASLAuthenticationFailed, ErrorMessage: &message}))
		err := open()
		require.ErrorIs(t, err, ErrSASLAuthenticationFailed)
		require.ErrorContains(t, err, "[REDACTED] is revoked")
		require.ErrorIs(t, open(), ErrSASLAuthenticationFailed)
		require.Len(t, e.asked, 1, "it is new still")
		time.Sleep(oidcPause)
		require.ErrorIs(t, open(), ErrSASLAuthenticationFailed)
		require.ErrorIs(t, open(), ErrSASLAuthenticationFailed)
		require.Len(t, e.asked, 2)
		time.Sleep(oidcPause)
		require.ErrorIs(t, open(), ErrSASLAuthenticationFailed)
		e.err = errors.New("no route")
		require.ErrorIs(t, open(), e.err, "the refused one is gone")
		e.err = nil
		far.authenticates("")
		require.NoError(t, open())
	})
}

func TestOIDCAssertionsAreNotEmpty(t *testing.T) {
	e := &tokenEndpoint{answer: `{"access_token":"t"}`}
	provider := e.provider(t, func(c *OIDCConfig) {
		c.Assertion = func(context.Context) (string, error) { return "", nil }
	})
	_, err := provider.Token()
	require.ErrorContains(t, err, "empty")
	require.Empty(t, e.asked)
}
