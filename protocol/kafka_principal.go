package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// KafkaPrincipal names who owns, requests or may renew a delegation token.
type KafkaPrincipal struct {
	PrincipalType string // "User" unless the brokers' authorizer has other types
	PrincipalName string
	UnknownTags   map[uint32][]byte
}

func (p *KafkaPrincipal) walk(c *wire.Codec) {
	c.String(&p.PrincipalType)
	c.String(&p.PrincipalName)
	c.Tags(&p.UnknownTags)
}
