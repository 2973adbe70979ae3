package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DescribeUserScramCredentialsRequest asks which SCRAM credentials users have (API
// DescribeUserScramCredentials, KIP-554).
type DescribeUserScramCredentialsRequest struct {
	Version       int16
	DescribeUsers []DescribeUserScramCredentialsRequestUser // empty for all users
	UnknownTags   map[uint32][]byte
}

func (r *DescribeUserScramCredentialsRequest) identity() identity {
	return request(KeyDescribeUserScramCredentials, &r.Version)
}

func (r *DescribeUserScramCredentialsRequest) walk(c *wire.Codec) {
	values(c, &r.DescribeUsers)
	c.Tags(&r.UnknownTags)
}

// DescribeUserScramCredentialsRequestUser names a user.
type DescribeUserScramCredentialsRequestUser struct {
	Name string
}

func (u *DescribeUserScramCredentialsRequestUser) walk(c *wire.Codec) {
	c.String(&u.Name)
	c.Tags(nil) // the struct is comparable: it has no room for unknown ones
}

// DescribeUserScramCredentialsResponse answers a DescribeUserScramCredentialsRequest, user by user.
type DescribeUserScramCredentialsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError        // of the whole request
	ErrorMessage *string
	Results      []*DescribeUserScramCredentialsResult
	UnknownTags  map[uint32][]byte
}

func (r *DescribeUserScramCredentialsResponse) identity() identity {
	return response(KeyDescribeUserScramCredentials, &r.Version)
}

func (r *DescribeUserScramCredentialsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	structs(c, &r.Results)
	emptyAsNil(c, &r.Results)
	c.Tags(&r.UnknownTags)
}

// DescribeUserScramCredentialsResult is the credentials of a user. ErrorCode is
// ErrResourceNotFound for a user without any.
type DescribeUserScramCredentialsResult struct {
	User            string
	ErrorCode       KError
	ErrorMessage    *string
	CredentialInfos []*UserScramCredentialsResponseInfo
	UnknownTags     map[uint32][]byte
}

func (u *DescribeUserScramCredentialsResult) walk(c *wire.Codec) {
	c.String(&u.User)
	c.Int16((*int16)(&u.ErrorCode))
	c.NullString(&u.ErrorMessage)
	structs(c, &u.CredentialInfos)
	c.Tags(&u.UnknownTags)
}

// UserScramCredentialsResponseInfo is what brokers tell of a credential.
type UserScramCredentialsResponseInfo struct {
	Mechanism   ScramMechanismType
	Iterations  int32
	UnknownTags map[uint32][]byte
}

func (i *UserScramCredentialsResponseInfo) walk(c *wire.Codec) {
	c.Int8((*int8)(&i.Mechanism))
	c.Int32(&i.Iterations)
	c.Tags(&i.UnknownTags)
}
