package compat

import (
	"bytes"
	"testing"

	"github.com/seed20e6684a/sarama/internal/schema"
	"github.com/seed20e6684a/sarama/protocol"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// peer is what kmsg's requests and responses have in common.
type peer interface {
	AppendTo(dst []byte) []byte
	ReadFrom(src []byte) error
	SetVersion(v int16)
	MaxVersion() int16
}

// peerOf returns kmsg's message, nil if it does not have it at the version.
func peerOf(key, version int16, response bool) peer {
	var p peer
	if response {
		if m := kmsg.ResponseForKey(key); m != nil {
			p = m
		}
	} else if m := kmsg.RequestForKey(key); m != nil {
		p = m
	}
	if p == nil || p.MaxVersion() < version {
		return nil
	}
	p.SetVersion(version)
	return p
}

// TestKmsg has each side read what the other writes, and write the same.
func TestKmsg(t *testing.T) {
	schema.Need(t)
	compared, missing := 0, 0
	for _, a := range protocol.APIs() {
		for v := a.MinVersion; v <= a.MaxVersion; v++ {
			for _, response := range []bool{false, true} {
				if _, err := empty(a.Key, v, response); err != nil {
					continue
				}
				if peerOf(a.Key, v, response) == nil {
					t.Logf("kmsg lacks %s v%d", a.Name, v)
					missing++
					continue
				}
				compared++
				agree(t, a.Key, v, response)
			}
		}
	}
	t.Logf("%d messages compared, %d missing in kmsg", compared, missing)
	require.Greater(t, compared, 20*missing)
}

func empty(key, version int16, response bool) (protocol.Message, error) {
	if response {
		return protocol.NewResponse(key, version)
	}
	return protocol.NewRequest(key, version)
}

func agree(t *testing.T, key, version int16, response bool) {
	def, err := schema.Lookup(key, version, response)
	require.NoError(t, err)
	for seed := range uint64(20) {
		theirs := peerOf(key, version, response)
		if err := theirs.ReadFrom(def.Encode(version, def.Generate(version, seed, schema.Options{MaxLen: 1, NoNull: true}))); err != nil {
			t.Errorf("%s v%d: kmsg does not read what the definition writes: %v", def.Name, version, err)
			return
		}
		body := theirs.AppendTo(nil)
		ours, err := empty(key, version, response)
		require.NoError(t, err)
		require.NoError(t, protocol.UnmarshalOpaque(body, ours), "%s v%d: %x", def.Name, version, body)
		out, err := protocol.Marshal(ours)
		require.NoError(t, err)
		if !bytes.Equal(body, out) {
			t.Errorf("%s v%d seed %d:\nkmsg %x\nours %x", def.Name, version, seed, body, out)
			return
		}
		back := peerOf(key, version, response)
		require.NoError(t, back.ReadFrom(out), "%s v%d: %x", def.Name, version, out)
		require.Equal(t, theirs, back)
	}
}
