package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// CoordinatorType tells what a coordinator coordinates.
type CoordinatorType int8

const (
	// CoordinatorGroup is the coordinator of a consumer group.
	CoordinatorGroup CoordinatorType = iota
	// CoordinatorTransaction is the coordinator of a transactional id.
	CoordinatorTransaction
)

// FindCoordinatorRequest asks which broker coordinates a group or a transactional id (API FindCoordinator).
type FindCoordinatorRequest struct {
	Version         int16
	CoordinatorKey  string          // the group or the transactional id
	CoordinatorType CoordinatorType // v1
	// CoordinatorKeys asks for several at once (v4, KIP-699); nil asks for CoordinatorKey.
	CoordinatorKeys []string
	UnknownTags     map[uint32][]byte
}

func (r *FindCoordinatorRequest) identity() identity { return request(KeyFindCoordinator, &r.Version) }

func (r *FindCoordinatorRequest) walk(c *wire.Codec) {
	if c.Version <= 3 {
		c.String(&r.CoordinatorKey)
	}
	if c.Version >= 1 {
		c.Int8((*int8)(&r.CoordinatorType))
	}
	if c.Version >= 4 {
		r.walkKeys(c)
	}
	c.Tags(&r.UnknownTags)
}

func (r *FindCoordinatorRequest) walkKeys(c *wire.Codec) {
	if !c.Reading() && r.CoordinatorKeys == nil {
		c.Strings(&[]string{r.CoordinatorKey})
		return
	}
	c.Strings(&r.CoordinatorKeys)
	if !c.Reading() {
		return
	}
	if len(r.CoordinatorKeys) == 0 {
		r.CoordinatorKeys = []string{}
		return
	}
	r.CoordinatorKey = r.CoordinatorKeys[0]
}

// ConsumerMetadataRequest is a FindCoordinatorRequest for a consumer group.
type ConsumerMetadataRequest struct {
	Version       int16
	ConsumerGroup string
}

func (r *ConsumerMetadataRequest) identity() identity {
	return request(KeyFindCoordinator, &r.Version)
}

func (r *ConsumerMetadataRequest) walk(c *wire.Codec) {
	find := FindCoordinatorRequest{Version: c.Version, CoordinatorKey: r.ConsumerGroup, CoordinatorType: CoordinatorGroup}
	find.walk(c)
	if c.Reading() {
		r.ConsumerGroup = find.CoordinatorKey
	}
}

// FindCoordinatorResponse answers a FindCoordinatorRequest. Up to v3 it has one
// coordinator; from v4 on those of all keys, and the single fields, which are not
// written then, read as the first of them.
type FindCoordinatorResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds, v1
	Err          KError
	ErrMsg       *string        // v1
	Coordinator  *BrokerAddress // nil writes as node -1
	Coordinators []*CoordinatorAddress
	UnknownTags  map[uint32][]byte
}

// CoordinatorAddress is the coordinator of one key (v4, KIP-699).
type CoordinatorAddress struct {
	Key         string
	Coordinator BrokerAddress // without rack
	Err         KError
	ErrMsg      *string
	UnknownTags map[uint32][]byte
}

func (a *CoordinatorAddress) walk(c *wire.Codec) {
	c.String(&a.Key)
	walkNode(c, &a.Coordinator)
	c.Int16((*int16)(&a.Err))
	c.NullString(&a.ErrMsg)
	c.Tags(&a.UnknownTags)
}

func walkNode(c *wire.Codec, b *BrokerAddress) {
	c.Int32(&b.ID)
	c.String(&b.Host)
	c.Int32(&b.Port)
}

func (r *FindCoordinatorResponse) identity() identity {
	return response(KeyFindCoordinator, &r.Version)
}

func (r *FindCoordinatorResponse) walk(c *wire.Codec) {
	if c.Version >= 1 {
		c.Millis(&r.ThrottleTime)
	}
	if c.Version >= 4 {
		structs(c, &r.Coordinators)
		r.readFirst(c)
	} else {
		r.walkSingle(c)
	}
	c.Tags(&r.UnknownTags)
}

func (r *FindCoordinatorResponse) walkSingle(c *wire.Codec) {
	c.Int16((*int16)(&r.Err))
	if c.Version >= 1 {
		c.NullString(&r.ErrMsg)
	}
	node := r.Coordinator
	if c.Reading() {
		r.Coordinator = new(BrokerAddress)
		node = r.Coordinator
	} else if node == nil {
		node = &BrokerAddress{ID: -1, Port: -1}
	}
	walkNode(c, node)
}

func (r *FindCoordinatorResponse) readFirst(c *wire.Codec) {
	if !c.Reading() {
		return
	}
	r.Err, r.ErrMsg, r.Coordinator = ErrNoError, nil, nil
	if len(r.Coordinators) > 0 {
		first := r.Coordinators[0]
		node := first.Coordinator
		r.Err, r.ErrMsg, r.Coordinator = first.Err, first.ErrMsg, &node
	}
}
