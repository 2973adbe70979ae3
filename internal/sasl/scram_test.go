package sasl

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSCRAMExample is the conversation of RFC 7677, section 3.
func TestSCRAMExample(t *testing.T) {
	m, err := scramWith(SHA256, Credentials{User: "user", Password: "pencil"}, "rOprNGfwEbeRWgbNEkqO")
	require.NoError(t, err)
	var said []string
	require.NoError(t, Exchange(m, server(&said,
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")))
	require.Equal(t, []string{
		"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	}, said)
}

// scramServer knows a password and plays the server's side, wrong in one way if wanted.
type scramServer struct {
	hash       Hash
	password   string
	iterations string
	nonce      func(client string) string
	salt       string // base64
	final      func(right string) string
	said       []string
}

func honest(h Hash, password string) *scramServer {
	return &scramServer{
		hash: h, password: password, iterations: "4096", salt: "c2FsdA==",
		nonce: func(client string) string { return client + "server" },
		final: func(right string) string { return right },
	}
}

func (s *scramServer) send(message []byte, _ bool) ([]byte, error) {
	s.said = append(s.said, string(message))
	if len(s.said) == 1 {
		_, nonce, _ := strings.Cut(string(message), ",r=")
		nonce, _, _ = strings.Cut(nonce, ",")
		return []byte("r=" + s.nonce(nonce) + ",s=" + s.salt + ",i=" + s.iterations), nil
	}
	iterations := 4096
	_, _ = fmt.Sscan(s.iterations, &iterations)
	salted, err := pbkdf2.Key(s.hash.new(), s.password, []byte("salt"), iterations, s.hash.new()().Size())
	if err != nil {
		return nil, err
	}
	_, bare, _ := strings.Cut(s.said[0], ",n=")
	first := "n=" + bare
	nonce := strings.TrimPrefix(strings.Split(s.said[1], ",")[1], "r=")
	withoutProof, proof, _ := strings.Cut(s.said[1], ",p=")
	all := first + ",r=" + nonce + ",s=" + s.salt + ",i=" + s.iterations + "," + withoutProof
	mac := func(key []byte, text string) []byte {
		m := hmac.New(s.hash.new(), key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	key := mac(salted, "Client Key")
	digest := s.hash.new()()
	digest.Write(key)
	want := mac(digest.Sum(nil), all)
	for i := range want {
		want[i] ^= key[i]
	}
	if base64.StdEncoding.EncodeToString(want) != proof {
		return []byte("e=invalid-proof"), nil
	}
	return []byte(s.final("v=" + base64.StdEncoding.EncodeToString(mac(mac(salted, "Server Key"), all)))), nil
}

func TestSCRAM(t *testing.T) {
	for _, h := range []Hash{SHA256, SHA512} {
		far := honest(h, "secret")
		m, err := SCRAM(h, Credentials{User: "a=b,c", Password: "secret", Identity: "admin,1"})
		require.NoError(t, err)
		require.NoError(t, Exchange(m, far.send))
		require.True(t, strings.HasPrefix(far.said[0], "n,a=admin=2C1,n=a=3Db=2Cc,r="), far.said[0])

		far = honest(h, "aG1hYw==")
		m, err = SCRAM(h, Credentials{User: "token", Password: "aG1hYw==", Token: true})
		require.NoError(t, err)
		require.NoError(t, Exchange(m, far.send))
		require.True(t, strings.HasSuffix(far.said[0], ",tokenauth=true"), far.said[0])

		m, err = SCRAM(h, Credentials{User: "alice", Password: "wrong"})
		require.NoError(t, err)
		require.ErrorContains(t, Exchange(m, honest(h, "secret").send), `the server refused: "invalid-proof"`)
	}
}

func TestSCRAMNoncesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		m, err := SCRAM(SHA256, Credentials{User: "alice", Password: "secret"})
		require.NoError(t, err)
		message, _, err := m.Step(nil)
		require.NoError(t, err)
		require.False(t, seen[string(message)])
		seen[string(message)] = true
		require.GreaterOrEqual(t, len(message), len("n,,n=alice,r=")+32)
	}
}

func TestSCRAMRefusesDishonestServers(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*scramServer)
		text   string
	}{
		"foreign nonce":     {func(s *scramServer) { s.nonce = func(string) string { return "foreign" } }, "nonce"},
		"nonce of another":  {func(s *scramServer) { s.nonce = func(string) string { return "rOprNGfwEbeRWgbNEkqO" + "server" } }, "nonce"},
		"nonce not its own": {func(s *scramServer) { s.nonce = func(client string) string { return client } }, "nonce"},
		"few iterations":    {func(s *scramServer) { s.iterations = "4095" }, "4095 iterations"},
		"many iterations":   {func(s *scramServer) { s.iterations = "1000001" }, "1000001 iterations"},
		"endless":           {func(s *scramServer) { s.iterations = "99999999999999999999" }, "not a number"},
		"negative":          {func(s *scramServer) { s.iterations = "-1" }, "iterations"},
		"no salt":           {func(s *scramServer) { s.salt = "" }, "salt"},
		"bad salt":          {func(s *scramServer) { s.salt = "%%%" }, "salt"},
		"no signature":      {func(s *scramServer) { s.final = func(string) string { return "" } }, "did not prove"},
		"garbage":           {func(s *scramServer) { s.final = func(string) string { return "v=%%" } }, "signature is wrong"},
		"wrong signature": {func(s *scramServer) {
			s.final = func(string) string { return "v=" + base64.StdEncoding.EncodeToString(make([]byte, 32)) }
		}, "signature is wrong"},
		"short signature": {func(s *scramServer) { s.final = func(right string) string { return right[:6] } }, "signature is wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			far := honest(SHA256, "secret")
			test.change(far)
			m, err := SCRAM(SHA256, Credentials{User: "alice", Password: "secret"})
			require.NoError(t, err)
			err = Exchange(m, far.send)
			require.ErrorContains(t, err, test.text)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

// A conversation that is over stays so: there is nothing that a second proof could be compared with.
func TestSCRAMEndsOnce(t *testing.T) {
	far := honest(SHA256, "secret")
	m, err := SCRAM(SHA256, Credentials{User: "alice", Password: "secret"})
	require.NoError(t, err)
	require.NoError(t, Exchange(m, far.send))
	for _, final := range []string{"v=", "v=" + base64.StdEncoding.EncodeToString(make([]byte, 32))} {
		_, over, err := m.Step([]byte(final))
		require.True(t, over)
		require.ErrorContains(t, err, "over")
	}
}

func TestSCRAMTakesAllowedIterations(t *testing.T) {
	s := &scram{nonce: "x"}
	for _, iterations := range []int{MinIterations, MaxIterations} {
		_, _, got, err := s.parseFirst(fmt.Sprintf("r=xy,s=c2FsdA==,i=%d", iterations))
		require.NoError(t, err)
		require.Equal(t, iterations, got)
	}
}

func TestSCRAMFirstMessages(t *testing.T) {
	for _, first := range []string{"", "x", "r=", "m=ext,r=a,s=b,i=4096", "e=unknown-user", "r=a,i=4096,s=b", ",,,,", "r=a,s=b"} {
		m, err := SCRAM(SHA512, Credentials{User: "alice", Password: "secret"})
		require.NoError(t, err)
		_, _, err = m.Step(nil)
		require.NoError(t, err)
		_, over, err := m.Step([]byte(first))
		require.Error(t, err)
		require.True(t, over)
	}
}

func TestPrepare(t *testing.T) {
	for text, want := range map[string]string{ // the examples of RFC 4013, section 3, and some more
		"I\u00adX": "IX", "user": "user", "USER": "USER", "\u00aa": "a", "\u2168": "IX",
		"a\u00a0b": "a b", "u\u0308": "\u00fc", "\u00fcber": "\u00fcber", "\u0627\u0628": "\u0627\u0628", "p=ss,w ~": "p=ss,w ~", "": "",
	} {
		got, err := Prepare(text)
		require.NoError(t, err, "%q", text)
		require.Equal(t, want, got, "%q", text)
	}
	for _, text := range []string{"\u0007", "\u06271", "a\x00b", "\xff", "\ue000", "\u0627a\u0628", "\u200ea", "\ufdd0"} {
		_, err := Prepare(text)
		require.Error(t, err, "%q", text)
	}
}

func FuzzSCRAM(f *testing.F) {
	f.Add("r=x,s=c2FsdA==,i=4096", "v=abc")
	f.Fuzz(func(t *testing.T, first, final string) {
		m, err := scramWith(SHA256, Credentials{User: "alice", Password: "secret"}, "x")
		require.NoError(t, err)
		answers := []string{first, final}
		err = Exchange(m, func([]byte, bool) ([]byte, error) {
			next := answers[0]
			answers = answers[1:]
			return []byte(next), nil
		})
		require.Error(t, err)
	})
}
