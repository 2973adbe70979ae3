package schema

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// Bytes written by hand from the text of Kafka's protocol guide: what the
// interpreter itself is held against.
func TestEncodeAgreesWithTheProtocolGuide(t *testing.T) {
	Need(t)
	for name, test := range map[string]struct {
		key, version int16
		response     bool
		body         string
	}{
		"ApiVersions request v3":  {18, 3, false, "02" + "61" + "02" + "62" + "00"},
		"ApiVersions response v0": {18, 0, true, "0000" + "00000001" + "0012" + "0000" + "0003"},
		"Metadata request v0":     {3, 0, false, "00000001" + "0001" + "61"},
		"Metadata request v1":     {3, 1, false, "ffffffff"},
		"Metadata request v12":    {3, 12, false, "02" + "000102030405060708090a0b0c0d0e0f" + "02" + "61" + "00" + "01" + "00" + "00"},
		"Heartbeat response v4":   {12, 4, true, "00000007" + "001b" + "00"},
		"unknown tags":            {12, 4, true, "00000007" + "001b" + "02" + "05" + "01" + "ff" + "06" + "00"},
		"InitProducerId request":  {22, 0, false, "ffff" + "0000ea60"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Lookup(test.key, test.version, test.response)
			require.NoError(t, err)
			body, err := hex.DecodeString(test.body)
			require.NoError(t, err)
			s, err := m.Decode(test.version, body)
			require.NoError(t, err)
			require.Equal(t, body, m.Encode(test.version, s))
			for n := range body {
				_, err := m.Decode(test.version, body[:n])
				require.Error(t, err, "%d of %d bytes", n, len(body))
			}
		})
	}
}

func TestGeneratedMessagesDecode(t *testing.T) {
	Need(t)
	all, err := releases()
	require.NoError(t, err)
	for _, r := range all {
		for _, m := range r.Messages {
			for first, v := span(m.ValidVersions); v >= first; v-- {
				for seed := range uint64(3) {
					s := m.Generate(v, seed, Options{MaxLen: 3, Empty: true, Unknown: true})
					body := m.Encode(v, s)
					back, err := m.Decode(v, body)
					require.NoError(t, err, "%s v%d", m.Name, v)
					require.Equal(t, body, m.Encode(v, back), "%s v%d", m.Name, v)
					require.Equal(t, m.Canonical(s, nil), m.Canonical(back, nil))
				}
			}
		}
	}
}

func TestAlterChangesOneLeaf(t *testing.T) {
	Need(t)
	m, err := Lookup(3, 12, true)
	require.NoError(t, err)
	o := Options{MaxLen: 2, NoNull: true, AllTags: true}
	base := m.Canonical(m.Generate(12, 1, o), nil)
	seen := map[string]bool{base: true}
	leaves := m.Leaves(m.Generate(12, 1, o))
	require.NotEmpty(t, leaves)
	for i, leaf := range leaves {
		s := m.Generate(12, 1, o)
		m.Alter(s, i)
		text := m.Canonical(s, nil)
		require.False(t, seen[text], leaf.Path)
		seen[text] = true
	}
}

func TestLookupPrefersTheNewestRelease(t *testing.T) {
	Need(t)
	dropped, err := Lookup(0, 0, false)
	require.NoError(t, err)
	require.Equal(t, "0-11", dropped.ValidVersions)
	current, err := Lookup(0, 3, false)
	require.NoError(t, err)
	require.Equal(t, "3-13", current.ValidVersions)
	_, err = Lookup(0, 99, false)
	require.Error(t, err)
}
