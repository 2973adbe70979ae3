package main

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"), kfake.EnableSASL(),
				kfake.Superuser(mechanism, "alice", "alice-secret"))
			require.NoError(t, err)
			defer cluster.Close()
			args := []string{"-brokers", strings.Join(cluster.ListenAddrs(), ","), "-user", "alice", "-topic", "orders", "-mechanism", mechanism}
			var out, errs bytes.Buffer
			t.Setenv("KAFKA_PASSWORD", "alice-secret")
			require.Equal(t, cli.ExitOK, run(t.Context(), args, &out, &errs), errs.String())
			require.Equal(t, "orders/0/0: sent as alice with "+mechanism+"\n", out.String())

			t.Setenv("KAFKA_PASSWORD", "wrong-secret")
			require.Equal(t, cli.ExitFailure, run(t.Context(), args, &out, &errs))
			require.Contains(t, errs.String(), cluster.ListenAddrs()[0])
			require.NotContains(t, errs.String(), "wrong-secret")
		})
	}
}

// TestConversation is the one of RFC 7677, section 3.
func TestConversation(t *testing.T) {
	const challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	begin := func() *client {
		c := &client{hash: sha256.New}
		require.NoError(t, c.Begin("user", "pencil", ""))
		c.nonce = "rOprNGfwEbeRWgbNEkqO"
		first, err := c.Step("")
		require.NoError(t, err)
		require.Equal(t, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", first)
		return c
	}
	c := begin()
	proof, err := c.Step(challenge)
	require.NoError(t, err)
	require.Equal(t, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", proof)
	require.False(t, c.Done())
	_, err = c.Step("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
	require.NoError(t, err)
	require.True(t, c.Done())
	_, err = c.Step("v=")
	require.Error(t, err)

	for name, bad := range map[string]string{
		"iterations": strings.Replace(challenge, "4096", "9999999", 1), "too few": strings.Replace(challenge, "4096", "1", 1),
		"nonce": "r=x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "salt": strings.Replace(challenge, "s=W", "s=!", 1), "empty": "",
	} {
		_, err := begin().Step(bad)
		require.Error(t, err, name)
	}
	for _, bad := range []string{"e=other-error", "v=AAAA", "v=!", ""} {
		c := begin()
		_, err := c.Step(challenge)
		require.NoError(t, err)
		_, err = c.Step(bad)
		require.Error(t, err, bad)
	}
}

func TestMistakes(t *testing.T) {
	t.Setenv("KAFKA_PASSWORD", "secret")
	for want, args := range map[string][]string{
		"(-h tells the flags)": {"-mechanism", "SCRAM-MD5", "-user", "a"}, "unexpected argument x": {"-user", "a", "x"},
		"-brokers needs": {"-brokers", ",", "-user", "a"}, "SASL.User": {},
		"certificates": {"-user", "a", "-ca", filepath.Join(t.TempDir(), "none")},
	} {
		var out, errs bytes.Buffer
		require.NotEqual(t, cli.ExitOK, run(t.Context(), args, &out, &errs), args)
		require.Contains(t, errs.String(), want)
	}
}
