package protocol

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
)

// ScramMechanismType is a SCRAM mechanism that a user has a credential for (KIP-554).
type ScramMechanismType int8

const (
	// SCRAM_MECHANISM_UNKNOWN is a mechanism that is not known here.
	SCRAM_MECHANISM_UNKNOWN ScramMechanismType = iota
	// SCRAM_MECHANISM_SHA_256 is SCRAM-SHA-256.
	SCRAM_MECHANISM_SHA_256
	// SCRAM_MECHANISM_SHA_512 is SCRAM-SHA-512.
	SCRAM_MECHANISM_SHA_512
)

// String returns the mechanism's name in SASL, "Unknown" for numbers without one.
func (s ScramMechanismType) String() string {
	switch s {
	case SCRAM_MECHANISM_SHA_256:
		return "SCRAM-SHA-256"
	case SCRAM_MECHANISM_SHA_512:
		return "SCRAM-SHA-512"
	default:
		return "Unknown"
	}
}

// saltedPassword is what a broker derives its keys from, so that it never learns the
// password: RFC 5802's Hi, which is PBKDF2 with one block. Below one iteration it makes one.
func saltedPassword(mechanism ScramMechanismType, password, salt []byte, iterations int32) ([]byte, error) {
	var salted []byte
	var err error
	switch mechanism {
	case SCRAM_MECHANISM_SHA_256:
		salted, err = pbkdf2.Key(sha256.New, string(password), salt, int(iterations), sha256.Size)
	case SCRAM_MECHANISM_SHA_512:
		salted, err = pbkdf2.Key(sha512.New, string(password), salt, int(iterations), sha512.Size)
	default:
		return nil, ErrUnknownScramMechanism
	}
	if err != nil {
		return nil, fmt.Errorf("salting a password for %v: %w", mechanism, err)
	}
	return salted, nil
}
