package sasl

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// Iterations that a server may ask for: fewer make the password easy to guess from what was said (RFC 7677 asks for 4096,
// which is also the least that Kafka allows), more let a server keep the client busy.
const (
	MinIterations = 4096
	MaxIterations = 1_000_000
)

// Hash is the hash function of a SCRAM mechanism.
type Hash int8

// The hash functions that Kafka knows.
const (
	SHA256 Hash = iota
	SHA512
)

func (h Hash) new() func() hash.Hash {
	if h == SHA512 {
		return sha512.New
	}
	return sha256.New
}

// String names the mechanism.
func (h Hash) String() string {
	if h == SHA512 {
		return "SCRAM-SHA-512"
	}
	return "SCRAM-SHA-256"
}

// Credentials are who a SCRAM conversation is for.
type Credentials struct {
	User, Password string
	// Identity is whom to act as; empty for the user.
	Identity string
	// Token says that User is a delegation token's id, and Password its HMAC in base64 (KIP-48).
	Token bool
}

// SCRAM is SCRAM-SHA-256 or SCRAM-SHA-512 without channel binding (RFC 5802, RFC 7677, KIP-84). The server, too, proves that
// it knows the password: the conversation is not over before.
func SCRAM(h Hash, c Credentials) (Mechanism, error) {
	nonce := make([]byte, 24)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("%v: making a nonce: %w", h, err)
	}
	return scramWith(h, c, base64.StdEncoding.EncodeToString(nonce))
}

func scramWith(h Hash, c Credentials, nonce string) (Mechanism, error) {
	user, err := Prepare(c.User)
	if err != nil {
		return nil, fmt.Errorf("%v: the user name %w", h, err)
	}
	identity, err := Prepare(c.Identity)
	if err != nil {
		return nil, fmt.Errorf("%v: the authorization identity %w", h, err)
	}
	password, err := Prepare(c.Password)
	if err != nil {
		return nil, fmt.Errorf("%v: the password %w", h, err)
	}
	s := &scram{hash: h, password: password, nonce: nonce}
	s.header = "n,,"
	if identity != "" {
		s.header = "n,a=" + escaped(identity) + ","
	}
	s.first = "n=" + escaped(user) + ",r=" + nonce
	if c.Token {
		s.first += ",tokenauth=true"
	}
	return s, nil
}

// escaped is a name as messages have it, in which a comma ends it.
func escaped(name string) string {
	return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(name)
}

type scram struct {
	hash     Hash
	password string
	nonce    string
	header   string // of GS2: no channel binding, and whom to act as
	first    string // client-first-message-bare
	steps    int
	expected []byte // the server's signature
}

func (s *scram) Step(challenge []byte) ([]byte, bool, error) {
	s.steps++
	switch s.steps {
	case 1:
		return []byte(s.header + s.first), false, nil
	case 2:
		response, err := s.prove(string(challenge))
		s.password = ""
		if err != nil {
			return nil, true, fmt.Errorf("%v: %w", s.hash, err)
		}
		return response, false, nil
	case 3:
		if err := s.verify(string(challenge)); err != nil {
			return nil, true, fmt.Errorf("%v: %w", s.hash, err)
		}
		return nil, true, nil
	default:
		return nil, true, fmt.Errorf("%v: the conversation is over", s.hash)
	}
}

// prove answers the server's first message with the proof of knowing the password.
func (s *scram) prove(serverFirst string) ([]byte, error) {
	nonce, salt, iterations, err := s.parseFirst(serverFirst)
	if err != nil {
		return nil, err
	}
	salted, err := pbkdf2.Key(s.hash.new(), s.password, salt, iterations, s.hash.new()().Size())
	if err != nil {
		return nil, err
	}
	clientKey := s.mac(salted, "Client Key")
	digest := s.hash.new()()
	digest.Write(clientKey)
	storedKey := digest.Sum(nil)

	withoutProof := "c=" + base64.StdEncoding.EncodeToString([]byte(s.header)) + ",r=" + nonce
	all := s.first + "," + serverFirst + "," + withoutProof
	proof := s.mac(storedKey, all)
	for i := range proof {
		proof[i] ^= clientKey[i]
	}
	s.expected = s.mac(s.mac(salted, "Server Key"), all)
	return []byte(withoutProof + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}

func (s *scram) mac(key []byte, message string) []byte {
	m := hmac.New(s.hash.new(), key)
	m.Write([]byte(message))
	return m.Sum(nil)
}

// parseFirst reads the server's first message and refuses what an honest server does not say.
func (s *scram) parseFirst(message string) (nonce string, salt []byte, iterations int, err error) {
	fields := strings.Split(message, ",")
	if text, ok := strings.CutPrefix(fields[0], "e="); ok {
		return "", nil, 0, fmt.Errorf("the server refused: %.200q", text)
	}
	if strings.HasPrefix(fields[0], "m=") {
		return "", nil, 0, errors.New("the server wants an extension that is not known")
	}
	if len(fields) < 3 || !strings.HasPrefix(fields[0], "r=") || !strings.HasPrefix(fields[1], "s=") ||
		!strings.HasPrefix(fields[2], "i=") {
		return "", nil, 0, errors.New("the server's first message is not one of SCRAM")
	}
	nonce = fields[0][2:]
	// The nonce ties the conversation to this one: what was said in another is of no use here.
	if rest, ours := strings.CutPrefix(nonce, s.nonce); !ours || rest == "" {
		return "", nil, 0, errors.New("the server's nonce does not continue the one of this conversation")
	}
	salt, err = base64.StdEncoding.DecodeString(fields[1][2:])
	if err != nil || len(salt) == 0 {
		return "", nil, 0, errors.New("the server's salt is none")
	}
	iterations, err = strconv.Atoi(fields[2][2:])
	if err != nil {
		return "", nil, 0, errors.New("the server's iteration count is not a number")
	}
	if iterations < MinIterations || iterations > MaxIterations {
		return "", nil, 0, fmt.Errorf("the server asks for %d iterations, allowed are %d to %d", iterations, MinIterations, MaxIterations)
	}
	return nonce, salt, iterations, nil
}

// verify checks that the server knows the password, in constant time.
func (s *scram) verify(serverFinal string) error {
	field, _, _ := strings.Cut(serverFinal, ",")
	if text, ok := strings.CutPrefix(field, "e="); ok {
		return fmt.Errorf("the server refused: %.200q", text)
	}
	text, ok := strings.CutPrefix(field, "v=")
	if !ok {
		return errors.New("the server did not prove that it knows the password")
	}
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !hmac.Equal(signature, s.expected) {
		return errors.New("the server's signature is wrong: it does not know the password, or somebody is in between")
	}
	return nil
}
