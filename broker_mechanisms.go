package sarama

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seed20e6684a/sarama/internal/sasl"
)

// mechanisms returns the configured mechanisms, most wanted first.
func (c *Config) mechanisms() []SASLMechanism {
	switch {
	case len(c.Net.SASL.Mechanisms) > 0:
		return c.Net.SASL.Mechanisms
	case c.Net.SASL.Mechanism == "":
		return []SASLMechanism{SASLTypePlaintext}
	}
	return []SASLMechanism{c.Net.SASL.Mechanism}
}

// tellsSecret reports whether a mechanism hands the broker a secret that is good for anybody who sees it.
func tellsSecret(mechanism SASLMechanism) bool {
	return mechanism == SASLTypePlaintext || mechanism == SASLTypeOAuth
}

func isSCRAM(mechanism SASLMechanism) bool {
	return mechanism == SASLTypeSCRAMSHA256 || mechanism == SASLTypeSCRAMSHA512
}

// mechanismRefusal says that a broker does not have a mechanism.
type mechanismRefusal struct {
	asked   SASLMechanism
	enabled []string
}

// mostMechanisms is how many are told: there are seven at most, but a peer may name any number.
const mostMechanisms = 10

// Error implements error.
func (e *mechanismRefusal) Error() string {
	more := ""
	if len(e.enabled) > mostMechanisms {
		more = fmt.Sprintf(" and %d more", len(e.enabled)-mostMechanisms)
	}
	return fmt.Sprintf("asked for %s, the broker has %.20q%s", e.asked, e.enabled[:min(len(e.enabled), mostMechanisms)], more)
}

// nextMechanism is the one to authenticate with after a refusal: the first of those configured after it that the broker
// has. Where it is not certain who the peer is, the list may be somebody's who wants a secret: it never leads to a mechanism that
// tells one.
func nextMechanism(configured []SASLMechanism, refused error, known bool) (SASLMechanism, bool) {
	var refusal *mechanismRefusal
	if !errors.As(refused, &refusal) {
		return "", false
	}
	for _, mechanism := range configured[slices.Index(configured, refusal.asked)+1:] {
		if slices.Contains(refusal.enabled, string(mechanism)) && (known || !tellsSecret(mechanism)) {
			return mechanism, true
		}
	}
	return "", false
}

// conversation begins a conversation of the link's mechanism. It may ask others for tickets and tokens.
func (l *link) conversation(ctx context.Context) (sasl.Mechanism, error) {
	c := &l.conf.Net.SASL
	switch l.mechanism {
	case SASLTypePlaintext:
		return sasl.Plain(c.AuthIdentity, c.User, c.Password)
	case SASLTypeOAuth:
		return l.bearer(ctx)
	case SASLTypeSCRAMSHA256, SASLTypeSCRAMSHA512:
		return l.scram()
	case SASLTypeGSSAPI:
		auth := &GSSAPIKerberosAuth{Config: &c.GSSAPI, NewKerberosClientFunc: NewKerberosClient}
		steps, err := auth.begin(ctx, l.broker.addr)
		if err != nil {
			return nil, &credentialsError{err}
		}
		return steps, nil
	default:
		return nil, ConfigurationError(fmt.Sprintf("Net.SASL.Mechanism %s is not supported", l.mechanism))
	}
}

func (l *link) bearer(ctx context.Context) (sasl.Mechanism, error) {
	provider := l.conf.Net.SASL.TokenProvider
	if provider == nil {
		return nil, ConfigurationError("An AccessTokenProvider instance must be provided to Net.SASL.TokenProvider")
	}
	if timeout := l.conf.Net.DialTimeout; timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	token, err := await(ctx, func() (*AccessToken, error) {
		if p, ok := provider.(AccessTokenContextProvider); ok {
			return p.TokenContext(ctx)
		}
		return provider.Token()
	}, nil)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		who := "Net.SASL.TokenProvider"
		if p, ok := provider.(*oidcTokens); ok {
			who = p.host
		}
		err = fmt.Errorf("%s has given none within Config.Net.DialTimeout (%v): %w", who, l.conf.Net.DialTimeout, err)
	}
	if err == nil && token == nil {
		err = errors.New("Net.SASL.TokenProvider has given nil")
	}
	if err != nil {
		return nil, &credentialsError{fmt.Errorf("getting an access token: %w", err)}
	}
	return sasl.OAuthBearer(token.Token, token.Extensions)
}

// tokenRefused has a token that the broker did not take given to nobody any more.
func (l *link) tokenRefused(token string) {
	if p, ok := l.conf.Net.SASL.TokenProvider.(*oidcTokens); ok && l.mechanism == SASLTypeOAuth {
		p.refused(token)
	}
}

func (l *link) scram() (sasl.Mechanism, error) {
	c := &l.conf.Net.SASL
	if c.SCRAMClientGeneratorFunc == nil {
		hash := sasl.SHA256
		if l.mechanism == SASLTypeSCRAMSHA512 {
			hash = sasl.SHA512
		}
		return sasl.SCRAM(hash, sasl.Credentials{
			User: c.User, Password: c.Password, Identity: c.SCRAMAuthzID, Token: c.DelegationToken,
		})
	}
	client := c.SCRAMClientGeneratorFunc()
	if err := client.Begin(c.User, c.Password, c.SCRAMAuthzID); err != nil {
		return nil, fmt.Errorf("failed to start SCRAM exchange with the server: %w", err)
	}
	return scramSteps{client}, nil
}

// scramSteps makes a mechanism of a user's SCRAMClient.
type scramSteps struct{ client SCRAMClient }

func (s scramSteps) Step(challenge []byte) ([]byte, bool, error) {
	response, err := s.client.Step(string(challenge))
	if err != nil {
		return nil, true, fmt.Errorf("failed to advance the SCRAM exchange: %w", err)
	}
	if s.client.Done() {
		return nil, true, nil
	}
	return []byte(response), false, nil
}

// await waits for a function that may not know contexts; it is left to itself when ctx ends, and what it brings then is
// given to late, if that is not nil.
func await[T any](ctx context.Context, function func() (T, error), late func(T)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go withRecover(func() {
		r := result{err: errConnectingPanicked}
		defer func() { done <- r }()
		r.value, r.err = function()
	})
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		if late != nil {
			go withRecover(func() {
				if r := <-done; r.err == nil {
					late(r.value)
				}
			})
		}
		var none T
		return none, context.Cause(ctx)
	}
}
