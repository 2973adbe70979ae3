// Package sasl has the client's side of SASL mechanisms as step machines: bytes in, bytes out. Who carries the bytes is the
// caller's business.
package sasl

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Mechanism is one conversation. It is used once.
type Mechanism interface {
	// Step takes what the server said, nil at first, and returns what to say, or that the conversation is over. When it is
	// over and there is something to say still, servers need not answer that. Errors never hold passwords or tokens.
	Step(challenge []byte) (response []byte, over bool, err error)
}

// Plain is PLAIN (RFC 4616): identity is whom to act as, empty for the user.
func Plain(identity, user, password string) (Mechanism, error) {
	for _, part := range []string{identity, user, password} {
		if strings.ContainsRune(part, 0) {
			return nil, errors.New("PLAIN: identity, user and password must not contain a zero byte")
		}
	}
	return &plain{message: identity + "\x00" + user + "\x00" + password, password: password}, nil
}

type plain struct {
	message  string
	password string
	said     bool
}

func (p *plain) secret() string { return p.password }

func (p *plain) Step([]byte) ([]byte, bool, error) {
	if p.said {
		return nil, true, nil
	}
	p.said = true
	return []byte(p.message), false, nil
}

const (
	// authKey is the name under which the token itself is sent.
	authKey = "auth"
	// separator ends what is sent with a name: a value that held it could bring further names.
	separator = "\x01"
)

// OAuthBearer is OAUTHBEARER (RFC 7628, KIP-255) with the extensions of KIP-342.
func OAuthBearer(token string, extensions map[string]string) (Mechanism, error) {
	if _, ok := extensions[authKey]; ok {
		return nil, fmt.Errorf("the extension `%s` is invalid", authKey)
	}
	if strings.Contains(token, separator) {
		return nil, errors.New("OAUTHBEARER: the token holds the byte that ends it")
	}
	var message strings.Builder
	message.WriteString("n,," + separator + "auth=Bearer " + token)
	for _, name := range slices.Sorted(maps.Keys(extensions)) {
		if strings.Contains(name, separator) || strings.Contains(extensions[name], separator) {
			return nil, fmt.Errorf("OAUTHBEARER: the extension %.50q holds the byte that ends it", name)
		}
		message.WriteString(separator + name + "=" + extensions[name])
	}
	message.WriteString(separator + separator)
	return &bearer{message: message.String(), token: token}, nil
}

type bearer struct {
	message string
	token   string
	steps   int
	refusal string
}

func (b *bearer) secret() string { return b.token }

// Step says the token. Where the server answers with more than nothing, it has refused the token and wants one byte before
// it says so in its own protocol (RFC 7628, section 3.2.3).
func (b *bearer) Step(challenge []byte) ([]byte, bool, error) {
	b.steps++
	switch {
	case b.steps == 1:
		return []byte(b.message), false, nil
	case len(challenge) == 0 && b.refusal == "":
		return nil, true, nil
	case b.steps == 2:
		b.refusal = string(challenge)
		return []byte{1}, false, nil
	default:
		return nil, true, fmt.Errorf("OAUTHBEARER: the server refused the token: %.500q", Redact(b, b.refusal))
	}
}

// Secret is what a mechanism hands to the server as it is, a password or a token; empty if it does not.
func Secret(m Mechanism) string {
	if teller, ok := m.(interface{ secret() string }); ok {
		return teller.secret()
	}
	return ""
}

// Redacted stands where a secret would.
const Redacted = "[REDACTED]"

// shortSecret is the length in bytes up to which a secret is likely to be in a text by chance.
const shortSecret = 3

// Redact takes the mechanism's secret out of a text of the server's, which may repeat what it was told.
func Redact(m Mechanism, text string) string { return Hide(text, Secret(m)) }

// Hide takes secrets, of which empty ones are none, out of a text. What is left around a short one would tell it, as a word with a
// letter missing does: then the whole text is hidden, whether the secret is in it or not.
func Hide(text string, secrets ...string) string {
	for _, secret := range secrets {
		switch {
		case text == "" || secret == "":
		case len(secret) <= shortSecret:
			return Redacted
		default:
			text = strings.ReplaceAll(text, secret, Redacted)
		}
	}
	return text
}

// Send carries a message to the server and returns its answer. To the last message there need not be any.
type Send func(message []byte, last bool) (answer []byte, err error)

// Exchange has a conversation.
func Exchange(m Mechanism, send Send) error {
	message, over, err := m.Step(nil)
	for err == nil && !over {
		var challenge []byte
		if challenge, err = send(message, false); err == nil {
			message, over, err = m.Step(challenge)
		}
	}
	if err == nil && message != nil {
		_, err = send(message, true)
	}
	return err
}
