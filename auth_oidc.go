package sarama

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/internal/sasl"
)

// OIDCConfig says where a TokenProvider gets its tokens: from the token endpoint of an OpenID provider (KIP-768).
type OIDCConfig struct {
	// TokenURL is the provider's token endpoint. It is https, unless its host is this machine or AllowHTTP is set.
	TokenURL string
	// ClientID and ClientSecret are the client's credentials there (RFC 6749, section 4.4). With Assertion they may be empty.
	ClientID, ClientSecret string
	// Assertion, if set, makes the signed token that is exchanged for an access token in the place of the credentials
	// (RFC 7523, section 2.1). JWTSigner.Sign is one.
	Assertion func(ctx context.Context) (string, error)
	// Scopes are what to ask for; providers have a default.
	Scopes []string
	// Parameters are sent, too, such as "audience" or "resource".
	Parameters map[string]string
	// Extensions go to the brokers with each token (Kafka 2.1, KIP-342).
	Extensions map[string]string
	// Client does the requests. It does not follow redirections. Default: one of its own.
	Client *http.Client
	// Timeout is how long to wait for a token, with retries. Default: 10 s.
	Timeout time.Duration
	// AllowHTTP lets credentials travel unencrypted. Default: false.
	AllowHTTP bool
}

const (
	defaultOIDCTimeout = 10 * time.Second
	oidcRetries        = 3
	maxOIDCAnswer      = 1 << 20
	// refreshAt is the part of its lifetime after which a token is not given out any more if there is another.
	refreshAt = 0.8
	// oidcPause is how long a refresh that failed is not repeated while the token is still good.
	oidcPause = 5 * time.Second
)

// NewOIDCTokenProvider returns an AccessTokenProvider for Config.Net.SASL.TokenProvider that keeps a token until four
// fifths of its lifetime are over, gets the next then, and shares it among all connections. While the provider cannot be
// reached the last token is used until it expires. It is an AccessTokenContextProvider, too.
//
// It returns a ConfigurationError if something is missing. It does not ask for a token yet, and needs no Close.
func NewOIDCTokenProvider(conf OIDCConfig) (AccessTokenProvider, error) {
	endpoint, err := url.Parse(conf.TokenURL)
	switch {
	case err != nil || endpoint.Host == "":
		return nil, ConfigurationError("OIDCConfig.TokenURL is no URL")
	case endpoint.Scheme != "https" && endpoint.Scheme != "http":
		return nil, ConfigurationError("OIDCConfig.TokenURL must be https")
	case endpoint.Scheme == "http" && !conf.AllowHTTP && !isLoopback(endpoint.Hostname()):
		return nil, ConfigurationError("OIDCConfig.TokenURL must be https, unless OIDCConfig.AllowHTTP is set")
	case conf.Assertion == nil && (conf.ClientID == "" || conf.ClientSecret == ""):
		return nil, ConfigurationError("OIDCConfig needs ClientID and ClientSecret, or Assertion")
	case conf.Extensions[SASLExtKeyAuth] != "":
		return nil, ConfigurationError("OIDCConfig.Extensions must not have the key " + SASLExtKeyAuth)
	}
	if conf.Timeout <= 0 {
		conf.Timeout = defaultOIDCTimeout
	}
	client := new(http.Client)
	if conf.Client != nil {
		*client = *conf.Client
	}
	// A redirected POST would hand the credentials to whomever the answer names.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	conf.Client = client
	conf.Extensions = maps.Clone(conf.Extensions)
	return &oidcTokens{conf: conf, host: endpoint.Host}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// oidcTokens is an AccessTokenProvider.
type oidcTokens struct {
	conf OIDCConfig
	host string

	mu      sync.Mutex // guards what follows
	token   string
	since   time.Time // when it came
	refresh time.Time // when to get the next
	expires time.Time
	flight  *oidcFlight // the request that is under way, if any
}

type oidcFlight struct {
	done chan struct{} // closed when there is a token, or err
	err  error
}

// Format keeps the secrets to itself.
func (p *oidcTokens) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "OIDC tokens of "+p.host) }

// Token implements AccessTokenProvider.
func (p *oidcTokens) Token() (*AccessToken, error) { return p.TokenContext(context.Background()) }

// TokenContext implements AccessTokenContextProvider.
func (p *oidcTokens) TokenContext(ctx context.Context) (*AccessToken, error) {
	p.mu.Lock()
	if p.token != "" && time.Now().Before(p.refresh) {
		defer p.mu.Unlock()
		return p.accessTokenLocked(), nil
	}
	flight := p.flight
	if flight == nil {
		flight = &oidcFlight{done: make(chan struct{}), err: errors.New("OIDC: asking for a token ended by a panic")}
		p.flight = flight
		go withRecover(func() { p.fly(flight) })
	}
	p.mu.Unlock()
	select {
	case <-flight.done:
	case <-ctx.Done():
		return nil, fmt.Errorf("OIDC: waiting for a token of %s: %w", p.host, context.Cause(ctx))
	}
	if flight.err != nil {
		return nil, flight.err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accessTokenLocked(), nil
}

func (p *oidcTokens) accessTokenLocked() *AccessToken {
	return &AccessToken{Token: p.token, Extensions: maps.Clone(p.conf.Extensions)}
}

// refused forgets a token that a broker did not take: it may have been revoked, or signed with a key that is gone. One that is new
// is kept, or all connections would ask for another at once, again and again.
func (p *oidcTokens) refused(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.token == token && time.Since(p.since) >= oidcPause {
		p.refresh, p.expires = time.Time{}, time.Time{}
	}
}

// fly gets a token for all who wait. One at a time; owns the flight; ends with OIDCConfig.Timeout.
func (p *oidcTokens) fly(flight *oidcFlight) {
	var answer oidcAnswer
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		now := time.Now()
		switch {
		case flight.err == nil:
			p.token, p.since = answer.AccessToken, now
			lifetime := answer.lifetime(now)
			p.expires = now.Add(lifetime)
			p.refresh = now.Add(time.Duration(refreshAt * float64(lifetime)))
		case now.Before(p.expires):
			DebugLogger.Printf("OIDC: the next token could not be had, the last is used until it expires: %s\n", flight.err)
			p.refresh, flight.err = now.Add(min(oidcPause, p.expires.Sub(now))), nil
		}
		p.flight = nil
		close(flight.done)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), p.conf.Timeout)
	defer cancel()
	flight.err = retrier{max: oidcRetries, backoff: NewExponentialBackoff(defaultRetryBackoff, defaultRetryMaxBackoff)}.do(ctx,
		func(ctx context.Context) (again bool, err error) {
			answer, again, err = p.ask(ctx)
			return again, err
		})
}

// oidcAnswer is what a token endpoint answers (RFC 6749, sections 5.1 and 5.2).
type oidcAnswer struct {
	AccessToken string      `json:"access_token"`
	ExpiresIn   json.Number `json:"expires_in"`
	Error       string      `json:"error"`
	Description string      `json:"error_description"`
}

// lifetime is how long a token may be used from now on; none if that is not said: it is good for one connection then.
func (a *oidcAnswer) lifetime(now time.Time) time.Duration {
	if seconds, err := strconv.ParseFloat(a.ExpiresIn.String(), 64); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 1e9) * float64(time.Second))
	}
	parts := strings.Split(a.AccessToken, ".")
	if len(parts) != 3 {
		return 0
	}
	var claims struct {
		Expires float64 `json:"exp"`
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return 0
	}
	return max(time.Unix(int64(min(claims.Expires, 1e11)), 0).Sub(now), 0)
}

// ask sends one request. Its errors hold no credentials.
func (p *oidcTokens) ask(ctx context.Context) (answer oidcAnswer, again bool, err error) {
	request, secrets, err := p.request(ctx)
	if err != nil {
		return answer, false, fmt.Errorf("OIDC: a token of %s: %w", p.host, err)
	}
	response, err := p.conf.Client.Do(request)
	if err != nil {
		var withURL *url.Error
		if errors.As(err, &withURL) {
			err = withURL.Err
		}
		return answer, true, fmt.Errorf("OIDC: asking %s for a token: %w", p.host, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxOIDCAnswer))
	if err != nil {
		return answer, true, fmt.Errorf("OIDC: the answer of %s: %w", p.host, err)
	}
	invalid := json.Unmarshal(body, &answer)
	if response.StatusCode != http.StatusOK {
		again = response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests
		// Before the texts are quoted or cut short, or a secret may not be found.
		answer.Error, answer.Description = sasl.Hide(answer.Error, secrets...), sasl.Hide(answer.Description, secrets...)
		text := fmt.Sprintf("OIDC: %s refused a token: status %d, %s: %s", p.host, response.StatusCode, printable(answer.Error),
			printable(answer.Description))
		return oidcAnswer{}, again, errors.New(strings.TrimSuffix(strings.TrimSuffix(text, ": "), ", "))
	}
	switch {
	case invalid != nil:
		return oidcAnswer{}, false, fmt.Errorf("OIDC: the answer of %s is not JSON", p.host)
	case answer.AccessToken == "":
		return oidcAnswer{}, false, fmt.Errorf("OIDC: the answer of %s has no access_token", p.host)
	}
	return answer, false, nil
}

// request makes a request, and tells what in it is secret.
func (p *oidcTokens) request(ctx context.Context) (*http.Request, []string, error) {
	form := url.Values{}
	for name, value := range p.conf.Parameters {
		form.Set(name, value)
	}
	if len(p.conf.Scopes) > 0 {
		form.Set("scope", strings.Join(p.conf.Scopes, " "))
	}
	var secrets []string
	if p.conf.Assertion == nil {
		form.Set("grant_type", "client_credentials")
	} else {
		assertion, err := p.conf.Assertion(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("making the assertion: %w", err)
		}
		if assertion == "" {
			return nil, nil, errors.New("OIDCConfig.Assertion made an empty one")
		}
		form.Set("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
		form.Set("assertion", assertion)
		secrets = append(secrets, assertion)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.conf.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, nil, errors.New("OIDCConfig.TokenURL is no URL")
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	if p.conf.ClientSecret != "" {
		// Both are encoded as in forms first (RFC 6749, section 2.3.1).
		request.SetBasicAuth(url.QueryEscape(p.conf.ClientID), url.QueryEscape(p.conf.ClientSecret))
		_, basic, _ := strings.Cut(request.Header.Get("Authorization"), " ")
		secrets = append(secrets, p.conf.ClientSecret, url.QueryEscape(p.conf.ClientSecret), basic)
	}
	return request, secrets, nil
}
