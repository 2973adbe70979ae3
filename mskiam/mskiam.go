// Package mskiam authenticates with Amazon MSK by IAM: its Provider makes the tokens for SASL/OAUTHBEARER.
//
//	conf.Net.TLS.Enable = true
//	conf.Net.SASL.Enable = true
//	conf.Net.SASL.Mechanism = sarama.SASLTypeOAuth
//	conf.Net.SASL.TokenProvider = mskiam.New("eu-central-1", mskiam.Environment)
//
// It needs nothing of AWS's libraries. Whoever has them passes their credentials on:
//
//	mskiam.New(region, func(ctx context.Context) (mskiam.Credentials, error) {
//		c, err := awsConfig.Credentials.Retrieve(ctx)
//		return mskiam.Credentials{c.AccessKeyID, c.SecretAccessKey, c.SessionToken}, err
//	})
package mskiam

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/seed20e6684a/sarama"
)

// lifetime is how long brokers accept a token; more than a quarter of an hour they do not allow.
const lifetime = 15 * time.Minute

// Credentials are an AWS identity's.
type Credentials struct {
	AccessKeyID, SecretAccessKey string
	// SessionToken goes with temporary credentials, and is empty for others.
	SessionToken string
}

// Format implements fmt.Formatter without the secrets.
func (c Credentials) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "AWS credentials "+c.AccessKeyID)
}

// CredentialsFunc gives the credentials for a token, fresh ones if they expire. It is called from many goroutines.
type CredentialsFunc func(ctx context.Context) (Credentials, error)

// Environment takes credentials from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
func Environment(context.Context) (Credentials, error) {
	c := Credentials{os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return c, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
	}
	return c, nil
}

// Provider is a sarama.AccessTokenProvider and a sarama.AccessTokenContextProvider.
type Provider struct {
	region      string
	credentials CredentialsFunc
	now         func() time.Time
}

var (
	_ sarama.AccessTokenProvider        = (*Provider)(nil)
	_ sarama.AccessTokenContextProvider = (*Provider)(nil)
)

// New returns a provider for the clusters of a region. A token costs a signature, no request, and so each connection has its
// own.
func New(region string, credentials CredentialsFunc) *Provider {
	return &Provider{region: region, credentials: credentials, now: time.Now}
}

// Token implements sarama.AccessTokenProvider.
func (p *Provider) Token() (*sarama.AccessToken, error) { return p.TokenContext(context.Background()) }

// TokenContext implements sarama.AccessTokenContextProvider.
func (p *Provider) TokenContext(ctx context.Context) (*sarama.AccessToken, error) {
	if p.region == "" {
		return nil, errors.New("MSK: there is no region")
	}
	c, err := p.credentials(ctx)
	if err != nil {
		return nil, fmt.Errorf("MSK: credentials: %w", err)
	}
	signed := presign(c, request{
		// Not that of the brokers: Amazon's own signers sign this one in all partitions, China's too.
		host: "kafka." + p.region + ".amazonaws.com", path: "/", region: p.region, service: "kafka-cluster",
		query: url.Values{"Action": {"kafka-cluster:Connect"}}, payload: hexSum(""), at: p.now(), expires: lifetime,
	})
	// The signature does not cover who the client is: brokers log it.
	return &sarama.AccessToken{Token: base64.RawURLEncoding.EncodeToString([]byte(signed + "&User-Agent=sarama-mskiam"))}, nil
}

// request is a GET to be signed.
type request struct {
	host, path, region, service string
	query                       url.Values
	payload                     string // the hash of the body, in hex, or what stands for it
	at                          time.Time
	expires                     time.Duration
}

const algorithm = "AWS4-HMAC-SHA256"

// presign returns the URL of a request with a signature of version 4 in its query.
func presign(c Credentials, r request) string {
	at := r.at.UTC()
	stamp, day := at.Format("20060102T150405Z"), at.Format("20060102")
	scope := strings.Join([]string{day, r.region, r.service, "aws4_request"}, "/")
	r.query.Set("X-Amz-Algorithm", algorithm)
	r.query.Set("X-Amz-Credential", c.AccessKeyID+"/"+scope)
	r.query.Set("X-Amz-Date", stamp)
	r.query.Set("X-Amz-Expires", strconv.Itoa(int(r.expires.Seconds())))
	r.query.Set("X-Amz-SignedHeaders", "host")
	if c.SessionToken != "" {
		r.query.Set("X-Amz-Security-Token", c.SessionToken)
	}
	query := strings.ReplaceAll(r.query.Encode(), "+", "%20") // sorted by name
	canonical := strings.Join([]string{"GET", r.path, query, "host:" + r.host + "\n", "host", r.payload}, "\n")
	toSign := strings.Join([]string{algorithm, stamp, scope, hexSum(canonical)}, "\n")

	key := []byte("AWS4" + c.SecretAccessKey)
	for _, part := range []string{day, r.region, r.service, "aws4_request", toSign} {
		key = mac(key, part)
	}
	return "https://" + r.host + r.path + "?" + query + "&X-Amz-Signature=" + hex.EncodeToString(key)
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
