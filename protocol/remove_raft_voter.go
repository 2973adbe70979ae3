package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// RemoveRaftVoterRequest takes a voter out of the KRaft quorum (API RemoveRaftVoter, KIP-853).
type RemoveRaftVoterRequest struct {
	Version          int16
	ClusterID        *string // the cluster that is meant, nil for any
	VoterID          int32
	VoterDirectoryID Uuid
	UnknownTags      map[uint32][]byte
}

func (r *RemoveRaftVoterRequest) identity() identity { return request(KeyRemoveRaftVoter, &r.Version) }

func (r *RemoveRaftVoterRequest) walk(c *wire.Codec) {
	c.NullString(&r.ClusterID)
	c.Int32(&r.VoterID)
	r.VoterDirectoryID.walk(c)
	c.Tags(&r.UnknownTags)
}

// RemoveRaftVoterResponse answers a RemoveRaftVoterRequest. ErrorCode is ErrVoterNotFound if the quorum has
// no such voter.
type RemoveRaftVoterResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (r *RemoveRaftVoterResponse) identity() identity {
	return response(KeyRemoveRaftVoter, &r.Version)
}

func (r *RemoveRaftVoterResponse) walk(c *wire.Codec) {
	walkOutcome(c, &r.ThrottleTime, &r.ErrorCode, &r.ErrorMessage, &r.UnknownTags)
}
