package protocol

import (
	"encoding/binary"
	"errors"
)

// ControlRecordType tells how a transaction ended.
type ControlRecordType int

const (
	// ControlRecordAbort is the marker of an aborted transaction.
	ControlRecordAbort ControlRecordType = iota
	// ControlRecordCommit is the marker of a committed transaction.
	ControlRecordCommit
	// ControlRecordUnknown is a control record of another kind, such as Raft's; consumers pass it over.
	ControlRecordUnknown
)

// ControlRecord is the one record of a control batch: the marker of a transaction's end in a partition (KIP-98).
// Applications do not see it.
type ControlRecord struct {
	Version          int16
	CoordinatorEpoch int32
	Type             ControlRecordType
}

// ReadControlRecord reads the key and the value of a control batch's record. [ErrInsufficientData] says that one is too short.
func ReadControlRecord(key, value []byte) (ControlRecord, error) {
	var cr ControlRecord
	if len(key) < 4 {
		return cr, ErrInsufficientData
	}
	cr.Version = int16(binary.BigEndian.Uint16(key))
	switch binary.BigEndian.Uint16(key[2:]) {
	case 0:
		cr.Type = ControlRecordAbort
	case 1:
		cr.Type = ControlRecordCommit
	default:
		cr.Type = ControlRecordUnknown
		return cr, nil
	}
	if len(value) < 6 {
		return cr, ErrInsufficientData
	}
	cr.Version = int16(binary.BigEndian.Uint16(value))
	cr.CoordinatorEpoch = int32(binary.BigEndian.Uint32(value[2:]))
	return cr, nil
}

// AppendControlRecord appends the key and the value of a control batch's record.
func AppendControlRecord(key, value []byte, cr ControlRecord) (keyOut, valueOut []byte) {
	key = binary.BigEndian.AppendUint16(key, uint16(cr.Version))
	key = binary.BigEndian.AppendUint16(key, uint16(cr.Type))
	value = binary.BigEndian.AppendUint16(value, uint16(cr.Version))
	value = binary.BigEndian.AppendUint32(value, uint32(cr.CoordinatorEpoch))
	return key, value
}

// ControlRecordOf reads the control record of a control batch.
func ControlRecordOf(r *Records) (ControlRecord, error) {
	if r.RecordBatch == nil || len(r.RecordBatch.Records) == 0 {
		return ControlRecord{}, errors.New("cannot get control record, record batch is empty")
	}
	first := r.RecordBatch.Records[0]
	return ReadControlRecord(first.Key, first.Value)
}
