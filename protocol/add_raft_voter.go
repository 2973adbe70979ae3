package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// AddRaftVoterRequest makes a controller that follows the KRaft quorum one of its voters (API AddRaftVoter, KIP-853).
type AddRaftVoterRequest struct {
	Version          int16
	ClusterID        *string       // the cluster that is meant, nil for any
	Timeout          time.Duration // whole milliseconds that the leader may take
	VoterID          int32
	VoterDirectoryID Uuid // the voter's metadata directory: with another disk it is another voter
	Listeners        []QuorumListener
	// AckWhenCommitted asks for the answer when the new set of voters is committed, which is how v0 always answers,
	// and not as soon as the leader has written it to its own log (v1, KIP-1186).
	AckWhenCommitted bool
	UnknownTags      map[uint32][]byte
}

func (r *AddRaftVoterRequest) identity() identity { return request(KeyAddRaftVoter, &r.Version) }

func (r *AddRaftVoterRequest) walk(c *wire.Codec) {
	c.NullString(&r.ClusterID)
	c.Millis(&r.Timeout)
	c.Int32(&r.VoterID)
	r.VoterDirectoryID.walk(c)
	values(c, &r.Listeners)
	switch {
	case c.Version >= 1:
		c.Bool(&r.AckWhenCommitted)
	case c.Reading():
		r.AckWhenCommitted = true
	}
	c.Tags(&r.UnknownTags)
}

// AddRaftVoterResponse answers an AddRaftVoterRequest. ErrorCode is ErrDuplicateVoter if the voter is one already.
type AddRaftVoterResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (r *AddRaftVoterResponse) identity() identity { return response(KeyAddRaftVoter, &r.Version) }

func (r *AddRaftVoterResponse) walk(c *wire.Codec) {
	walkOutcome(c, &r.ThrottleTime, &r.ErrorCode, &r.ErrorMessage, &r.UnknownTags)
}
