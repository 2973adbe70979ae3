package sarama

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"time"
)

// JWTSigner signs the tokens that OIDCConfig.Assertion exchanges for access tokens (RFC 7519, RFC 7523).
type JWTSigner struct {
	// Key signs: an RSA key (RS256), an ECDSA key on P-256 or P-384 (ES256, ES384), or an Ed25519 key (EdDSA).
	Key crypto.Signer
	// KeyID names the key to the provider ("kid"). It may be empty.
	KeyID string
	// Issuer, Subject and Audience are the claims "iss", "sub" and "aud"; the audience is mostly the token endpoint.
	Issuer, Subject, Audience string
	// Lifetime is how long a token is good for. Default: 5 min.
	Lifetime time.Duration
	// Claims are further ones.
	Claims map[string]any
}

const defaultJWTLifetime = 5 * time.Minute

// Format keeps the key to itself.
func (s JWTSigner) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "JWT signer of %q for %q", s.Subject, s.Audience)
}

// Sign returns a token that is valid from now on. Each has an id of its own ("jti").
func (s JWTSigner) Sign(context.Context) (string, error) {
	if s.Key == nil {
		return "", errors.New("JWTSigner.Key is nil")
	}
	algorithm, hash, err := jwtAlgorithm(s.Key.Public())
	if err != nil {
		return "", err
	}
	header := map[string]any{"alg": algorithm, "typ": "JWT"}
	if s.KeyID != "" {
		header["kid"] = s.KeyID
	}
	lifetime := s.Lifetime
	if lifetime <= 0 {
		lifetime = defaultJWTLifetime
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return "", err
	}
	now := time.Now()
	claims := maps.Clone(s.Claims)
	if claims == nil {
		claims = map[string]any{}
	}
	maps.Copy(claims, map[string]any{
		"iss": s.Issuer, "sub": s.Subject, "aud": s.Audience,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(lifetime).Unix(), "jti": base64.RawURLEncoding.EncodeToString(id),
	})
	var text string
	for _, part := range []map[string]any{header, claims} {
		encoded, err := json.Marshal(part)
		if err != nil {
			return "", fmt.Errorf("JWTSigner.Claims: %w", err)
		}
		text += base64.RawURLEncoding.EncodeToString(encoded) + "."
	}
	text = text[:len(text)-1]
	signature, err := s.signature([]byte(text), hash)
	if err != nil {
		return "", fmt.Errorf("signing a JWT: %w", err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func jwtAlgorithm(public crypto.PublicKey) (string, crypto.Hash, error) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return "RS256", crypto.SHA256, nil
	case *ecdsa.PublicKey:
		switch key.Curve.Params().BitSize {
		case 256:
			return "ES256", crypto.SHA256, nil
		case 384:
			return "ES384", crypto.SHA384, nil
		}
	case ed25519.PublicKey:
		return "EdDSA", 0, nil
	}
	return "", 0, fmt.Errorf("JWTSigner.Key: keys of type %T cannot sign a JWT", public)
}

func (s JWTSigner) signature(text []byte, hash crypto.Hash) ([]byte, error) {
	digest := text
	if hash != 0 {
		h := hash.New()
		_, _ = h.Write(text)
		digest = h.Sum(nil)
	}
	signature, err := s.Key.Sign(rand.Reader, digest, hash)
	key, elliptic := s.Key.Public().(*ecdsa.PublicKey)
	if err != nil || !elliptic {
		return signature, err
	}
	// JWTs have both numbers side by side, of equal length (RFC 7518, section 3.4).
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &pair); err != nil || len(rest) > 0 {
		return nil, io.ErrUnexpectedEOF
	}
	size := (key.Curve.Params().BitSize + 7) / 8
	return append(pair.R.FillBytes(make([]byte, size)), pair.S.FillBytes(make([]byte, size))...), nil
}
