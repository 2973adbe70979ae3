package protocol

import (
	"encoding/binary"
	"fmt"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// QuorumRecord is a control record of a KRaft log or of its snapshots: a pointer to [LeaderChangeMessage],
// [SnapshotHeaderRecord], [SnapshotFooterRecord], [KRaftVersionRecord] or [VotersRecord].
type QuorumRecord interface {
	walk(c *wire.Codec)
	// kind is the type in the record's key; version is where the record holds its version, latest the last that is known.
	kind() (kind int16, version *int16, latest int16)
}

// The types of control records of KRaft, as in the second number of a record's key; 0 and 1 end transactions.
const (
	leaderChangeKind   int16 = 2
	snapshotHeaderKind int16 = 3
	snapshotFooterKind int16 = 4
	kraftVersionKind   int16 = 5
	kraftVotersKind    int16 = 6
)

// UnmarshalQuorumRecord reads the key and the value of a control record. Other types than those of a [QuorumRecord],
// the ends of transactions among them, are an error, and so are versions that are not known here.
func UnmarshalQuorumRecord(key, value []byte) (QuorumRecord, error) {
	if len(key) < 4 {
		return nil, fmt.Errorf("decoding a control record's key: %w", ErrInsufficientData)
	}
	kind := int16(binary.BigEndian.Uint16(key[2:]))
	r := newQuorumRecord(kind)
	if r == nil {
		return nil, PacketDecodingError{Info: fmt.Sprintf("control record of type %d", kind)}
	}
	if len(value) < 2 {
		return nil, fmt.Errorf("decoding a %T: %w", r, ErrInsufficientData)
	}
	version := int16(binary.BigEndian.Uint16(value))
	if _, _, latest := r.kind(); version < 0 || version > latest {
		return nil, PacketDecodingError{Info: fmt.Sprintf("%T of version %d", r, version)}
	}
	var c wire.Codec
	c.ResetRead(value, version, true)
	r.walk(&c)
	if err := c.End(); err != nil {
		return nil, fmt.Errorf("decoding a %T: %w", r, causeOf(err))
	}
	return r, nil
}

// MarshalQuorumRecord returns the key and the value of a control record, at its version.
func MarshalQuorumRecord(r QuorumRecord) (key, value []byte, err error) {
	kind, version, latest := r.kind()
	if *version < 0 || *version > latest {
		return nil, nil, PacketEncodingError{Info: fmt.Sprintf("%T of version %d", r, *version)}
	}
	var c wire.Codec
	c.ResetWrite(nil, *version, true)
	r.walk(&c)
	if err := c.Err(); err != nil {
		return nil, nil, PacketEncodingError{Info: fmt.Sprintf("%T: %v", r, err)}
	}
	return binary.BigEndian.AppendUint16(make([]byte, 2, 4), uint16(kind)), c.Written(), nil
}

func newQuorumRecord(kind int16) QuorumRecord {
	switch kind {
	case leaderChangeKind:
		return new(LeaderChangeMessage)
	case snapshotHeaderKind:
		return new(SnapshotHeaderRecord)
	case snapshotFooterKind:
		return new(SnapshotFooterRecord)
	case kraftVersionKind:
		return new(KRaftVersionRecord)
	case kraftVotersKind:
		return new(VotersRecord)
	}
	return nil
}

// LeaderChangeMessage is what a new leader writes first in its epoch (KIP-595).
type LeaderChangeMessage struct {
	Version        int16 // 0 or 1
	LeaderID       int32
	Voters         []LeaderChangeVoter
	GrantingVoters []LeaderChangeVoter // who voted for the leader
	UnknownTags    map[uint32][]byte
}

func (m *LeaderChangeMessage) kind() (int16, *int16, int16) { return leaderChangeKind, &m.Version, 1 }

func (m *LeaderChangeMessage) walk(c *wire.Codec) {
	c.Int16(&m.Version)
	c.Int32(&m.LeaderID)
	values(c, &m.Voters)
	values(c, &m.GrantingVoters)
	c.Tags(&m.UnknownTags)
}

// LeaderChangeVoter is a voter of a quorum.
type LeaderChangeVoter struct {
	VoterID          int32
	VoterDirectoryID Uuid // v1 (KIP-853)
	UnknownTags      map[uint32][]byte
}

func (v *LeaderChangeVoter) walk(c *wire.Codec) {
	c.Int32(&v.VoterID)
	if c.Version >= 1 {
		v.VoterDirectoryID.walk(c)
	}
	c.Tags(&v.UnknownTags)
}

// SnapshotHeaderRecord is the first record of a snapshot (KIP-630).
type SnapshotHeaderRecord struct {
	Version                   int16 // 0
	LastContainedLogTimestamp int64 // milliseconds since the epoch, of the last append that the snapshot holds
	UnknownTags               map[uint32][]byte
}

func (r *SnapshotHeaderRecord) kind() (int16, *int16, int16) {
	return snapshotHeaderKind, &r.Version, 0
}

func (r *SnapshotHeaderRecord) walk(c *wire.Codec) {
	c.Int16(&r.Version)
	c.Int64(&r.LastContainedLogTimestamp)
	c.Tags(&r.UnknownTags)
}

// SnapshotFooterRecord is the last record of a snapshot: one without it is not whole (KIP-630).
type SnapshotFooterRecord struct {
	Version     int16 // 0
	UnknownTags map[uint32][]byte
}

func (r *SnapshotFooterRecord) kind() (int16, *int16, int16) {
	return snapshotFooterKind, &r.Version, 0
}

func (r *SnapshotFooterRecord) walk(c *wire.Codec) {
	c.Int16(&r.Version)
	c.Tags(&r.UnknownTags)
}

// KRaftVersionRecord sets the level of the feature kraft.version (KIP-853).
type KRaftVersionRecord struct {
	Version      int16 // 0
	KRaftVersion int16 // 0 for a fixed set of voters, 1 for one that VotersRecords change
	UnknownTags  map[uint32][]byte
}

func (r *KRaftVersionRecord) kind() (int16, *int16, int16) { return kraftVersionKind, &r.Version, 0 }

func (r *KRaftVersionRecord) walk(c *wire.Codec) {
	c.Int16(&r.Version)
	c.Int16(&r.KRaftVersion)
	c.Tags(&r.UnknownTags)
}

// VotersRecord sets the voters of the quorum from its offset on (KIP-853).
type VotersRecord struct {
	Version     int16 // 0
	Voters      []QuorumVoter
	UnknownTags map[uint32][]byte
}

func (r *VotersRecord) kind() (int16, *int16, int16) { return kraftVotersKind, &r.Version, 0 }

func (r *VotersRecord) walk(c *wire.Codec) {
	c.Int16(&r.Version)
	values(c, &r.Voters)
	c.Tags(&r.UnknownTags)
}

// QuorumVoter is a voter with its endpoints and the range of kraft.version that it supports.
type QuorumVoter struct {
	VoterID             int32
	VoterDirectoryID    Uuid
	Endpoints           []QuorumListener
	KRaftVersionFeature KRaftVersionFeature
	UnknownTags         map[uint32][]byte
}

func (v *QuorumVoter) walk(c *wire.Codec) {
	c.Int32(&v.VoterID)
	v.VoterDirectoryID.walk(c)
	values(c, &v.Endpoints)
	v.KRaftVersionFeature.walk(c)
	c.Tags(&v.UnknownTags)
}

// KRaftVersionFeature is a range of levels of the feature kraft.version, both ends included.
type KRaftVersionFeature struct {
	MinSupportedVersion int16
	MaxSupportedVersion int16
	UnknownTags         map[uint32][]byte
}

func (f *KRaftVersionFeature) walk(c *wire.Codec) {
	c.Int16(&f.MinSupportedVersion)
	c.Int16(&f.MaxSupportedVersion)
	c.Tags(&f.UnknownTags)
}
