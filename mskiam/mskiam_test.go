package mskiam

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPresignExample is the example of AWS's documentation of signatures in queries.
func TestPresignExample(t *testing.T) {
	signed := presign(Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, request{
		host: "examplebucket.s3.amazonaws.com", path: "/test.txt", region: "us-east-1", service: "s3", query: url.Values{},
		payload: "UNSIGNED-PAYLOAD", at: time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC), expires: 24 * time.Hour,
	})
	parsed, err := url.Parse(signed)
	require.NoError(t, err)
	require.Equal(t, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404", parsed.Query().Get("X-Amz-Signature"))
}

func TestToken(t *testing.T) {
	p := New("eu-central-1", func(context.Context) (Credentials, error) {
		return Credentials{"AKID", "canary", "session/token+="}, nil
	})
	p.now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	token, err := p.Token()
	require.NoError(t, err)
	text, err := base64.RawURLEncoding.DecodeString(token.Token)
	require.NoError(t, err)
	signed, err := url.Parse(string(text))
	require.NoError(t, err)
	require.Equal(t, "kafka.eu-central-1.amazonaws.com", signed.Host)
	query := signed.Query()
	for name, want := range map[string]string{
		"Action": "kafka-cluster:Connect", "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Date": "20260102T030405Z", "X-Amz-Expires": "900",
		"X-Amz-Credential": "AKID/20260102/eu-central-1/kafka-cluster/aws4_request", "X-Amz-SignedHeaders": "host",
		"X-Amz-Security-Token": "session/token+=", "User-Agent": "sarama-mskiam",
	} {
		require.Equal(t, want, query.Get(name), name)
	}
	require.Len(t, query.Get("X-Amz-Signature"), 64)
	require.NotContains(t, string(text), "canary")
}

func TestFailures(t *testing.T) {
	reason := errors.New("no role")
	_, err := New("eu-central-1", func(context.Context) (Credentials, error) { return Credentials{}, reason }).Token()
	require.ErrorIs(t, err, reason)
	_, err = New("", Environment).Token()
	require.ErrorContains(t, err, "region")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	_, err = New("eu-central-1", Environment).Token()
	require.ErrorContains(t, err, "AWS_ACCESS_KEY_ID")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "canary")
	t.Setenv("AWS_SESSION_TOKEN", "canary-session")
	c, err := Environment(t.Context())
	require.NoError(t, err)
	require.Equal(t, "AWS credentials AKID", fmt.Sprintf("%v", c))
	require.NotContains(t, fmt.Sprintf("%+v %#v %s", c, c, c), "canary")
}
