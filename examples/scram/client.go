package main

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// client is the client's side of one SCRAM conversation (RFC 5802), a sarama.SCRAMClient. The library has one of its own, which
// serves where no SCRAMClientGeneratorFunc is given; this one shows how another is plugged in.
type client struct {
	hash func() hash.Hash

	user, password, authzID string
	nonce, first            string // what this side has sent
	serverSignature         []byte
	steps                   int
}

// maxIterations bounds the work that a server may ask for.
const maxIterations = 1 << 20

// Begin implements sarama.SCRAMClient.
func (c *client) Begin(userName, password, authzID string) error {
	c.user, c.password, c.authzID = userName, password, authzID
	c.nonce, c.steps = rand.Text(), 0
	return nil
}

// Step implements sarama.SCRAMClient.
func (c *client) Step(challenge string) (string, error) {
	c.steps++
	switch c.steps {
	case 1:
		c.first = "n=" + escape(c.user) + ",r=" + c.nonce
		return c.header() + c.first, nil
	case 2:
		return c.prove(challenge)
	case 3:
		return "", c.verify(challenge)
	default:
		return "", errors.New("scram: the server goes on after the end")
	}
}

// Done implements sarama.SCRAMClient.
func (c *client) Done() bool { return c.steps >= 3 }

// header says that there is no channel binding, and whom to act as.
func (c *client) header() string {
	if c.authzID == "" {
		return "n,,"
	}
	return "n,a=" + escape(c.authzID) + ","
}

// prove answers with a proof that this side knows the password.
func (c *client) prove(challenge string) (string, error) {
	fields := attributes(challenge)
	salt, err := base64.StdEncoding.DecodeString(fields["s"])
	if err != nil {
		return "", fmt.Errorf("scram: salt: %w", err)
	}
	iterations, err := strconv.Atoi(fields["i"])
	switch {
	case err != nil:
		return "", fmt.Errorf("scram: iterations: %w", err)
	case iterations < 4096 || iterations > maxIterations:
		return "", fmt.Errorf("scram: the server wants %d iterations", iterations)
	case !strings.HasPrefix(fields["r"], c.nonce) || len(fields["r"]) == len(c.nonce):
		return "", errors.New("scram: the server's nonce does not begin with the client's")
	}
	salted, err := pbkdf2.Key(c.hash, c.password, salt, iterations, c.hash().Size())
	if err != nil {
		return "", fmt.Errorf("scram: %w", err)
	}
	final := "c=" + base64.StdEncoding.EncodeToString([]byte(c.header())) + ",r=" + fields["r"]
	signed := c.first + "," + challenge + "," + final
	clientKey := c.mac(salted, "Client Key")
	stored := c.hash()
	stored.Write(clientKey)
	proof := c.mac(stored.Sum(nil), signed)
	for i := range proof {
		proof[i] ^= clientKey[i]
	}
	c.serverSignature = c.mac(c.mac(salted, "Server Key"), signed)
	return final + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

// verify checks that the server knows the password, too.
func (c *client) verify(challenge string) error {
	fields := attributes(challenge)
	if reason, failed := fields["e"]; failed {
		return fmt.Errorf("scram: the server refuses: %s", reason)
	}
	signature, err := base64.StdEncoding.DecodeString(fields["v"])
	if err != nil {
		return fmt.Errorf("scram: the server's signature: %w", err)
	}
	if !hmac.Equal(signature, c.serverSignature) {
		return errors.New("scram: the server does not know the password")
	}
	return nil
}

func (c *client) mac(key []byte, text string) []byte {
	m := hmac.New(c.hash, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// attributes are the letter=value pairs of a message.
func attributes(message string) map[string]string {
	fields := make(map[string]string)
	for field := range strings.SplitSeq(message, ",") {
		if name, value, found := strings.Cut(field, "="); found {
			fields[name] = value
		}
	}
	return fields
}

// escape writes a name so that it can stand among commas.
func escape(name string) string { return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(name) }
