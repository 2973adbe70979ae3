package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// AlterUserScramCredentialsRequest removes and sets SCRAM credentials of users (API
// AlterUserScramCredentials, KIP-554).
type AlterUserScramCredentialsRequest struct {
	Version     int16
	Deletions   []AlterUserScramCredentialsDelete
	Upsertions  []AlterUserScramCredentialsUpsert
	UnknownTags map[uint32][]byte
}

func (r *AlterUserScramCredentialsRequest) identity() identity {
	return request(KeyAlterUserScramCredentials, &r.Version)
}

func (r *AlterUserScramCredentialsRequest) walk(c *wire.Codec) {
	values(c, &r.Deletions)
	values(c, &r.Upsertions)
	c.Tags(&r.UnknownTags)
}

// AlterUserScramCredentialsDelete is a credential to remove.
type AlterUserScramCredentialsDelete struct {
	Name      string // of the user
	Mechanism ScramMechanismType
}

func (d *AlterUserScramCredentialsDelete) walk(c *wire.Codec) {
	c.String(&d.Name)
	c.Int8((*int8)(&d.Mechanism))
	c.Tags(nil) // the struct is comparable: it has no room for unknown ones
}

// AlterUserScramCredentialsUpsert is a credential to set. Its password is not sent:
// it is salted when the request is written, which takes as long as the iterations say.
// Writing fails with [ErrUnknownScramMechanism] if there is no such mechanism.
type AlterUserScramCredentialsUpsert struct {
	Name       string // of the user
	Mechanism  ScramMechanismType
	Iterations int32  // brokers take 4096 to 16384
	Salt       []byte // random bytes
	Password   []byte // never read from a message
	// SaltedPassword is sent if there is no Password: it is what a request that was read has.
	SaltedPassword []byte
	UnknownTags    map[uint32][]byte
}

func (u *AlterUserScramCredentialsUpsert) walk(c *wire.Codec) {
	c.String(&u.Name)
	c.Int8((*int8)(&u.Mechanism))
	c.Int32(&u.Iterations)
	u.walkSecrets(c)
	c.Tags(&u.UnknownTags)
}

func (u *AlterUserScramCredentialsUpsert) walkSecrets(c *wire.Codec) {
	if c.Reading() {
		c.NullBytes(&u.Salt)
		c.NullBytes(&u.SaltedPassword)
		return
	}
	c.Bytes(&u.Salt)
	salted := u.SaltedPassword
	if len(u.Password) > 0 || salted == nil {
		var err error
		if salted, err = saltedPassword(u.Mechanism, u.Password, u.Salt, u.Iterations); err != nil {
			c.Fail(err)
			return
		}
	}
	c.Bytes(&salted)
}

// AlterUserScramCredentialsResponse answers an AlterUserScramCredentialsRequest, user by user.
type AlterUserScramCredentialsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Results      []*AlterUserScramCredentialsResult
	UnknownTags  map[uint32][]byte
}

func (r *AlterUserScramCredentialsResponse) identity() identity {
	return response(KeyAlterUserScramCredentials, &r.Version)
}

func (r *AlterUserScramCredentialsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	structs(c, &r.Results)
	emptyAsNil(c, &r.Results)
	c.Tags(&r.UnknownTags)
}

// AlterUserScramCredentialsResult tells whether the credentials of a user were changed; ErrNoError is success.
type AlterUserScramCredentialsResult struct {
	User         string
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (r *AlterUserScramCredentialsResult) walk(c *wire.Codec) {
	c.String(&r.User)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	c.Tags(&r.UnknownTags)
}
