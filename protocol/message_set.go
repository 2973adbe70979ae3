package protocol

import (
	"errors"
	"time"
)

// MessageSet is a sequence of messages of the formats before Kafka 0.11.
type MessageSet struct {
	PartialTrailingMessage bool // what was read ended within a message
	OverflowMessage        bool // what was read ended with a message that the broker had no room to convert
	Messages               []*MessageBlock
}

func (ms *MessageSet) append(dst []byte) (_ []byte, err error) {
	for _, block := range ms.Messages {
		if dst, err = block.Msg.append(dst, block.Offset); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// decode reads messages up to the end of data, to a message that is cut off, or to a batch of a newer format.
func (ms *MessageSet) decode(data []byte, nested bool, limit int) (rest []byte, err error) {
	*ms = MessageSet{}
	for len(data) > 0 {
		if len(data) <= magicOffset {
			ms.PartialTrailingMessage = true
			return nil, nil
		}
		if data[magicOffset] > 1 {
			return data, nil
		}
		e, after, err := readSetEntry(data)
		if errors.Is(err, ErrInsufficientData) {
			ms.OverflowMessage = e.offset == -1
			ms.PartialTrailingMessage = !ms.OverflowMessage
			return nil, nil
		}
		block := &MessageBlock{Offset: e.offset, Msg: new(SetMessage)}
		if err == nil {
			err = block.Msg.decode(&e, nested, limit)
		}
		if err != nil {
			return data, err
		}
		ms.Messages = append(ms.Messages, block)
		data = after
	}
	return nil, nil
}

// MessageBlock is a message with its offset in the log.
type MessageBlock struct {
	Offset int64
	Msg    *SetMessage
}

// Messages returns the messages of a compressed set, or the block itself if it is not one.
func (msb *MessageBlock) Messages() []*MessageBlock {
	if msb.Msg.Set != nil {
		return msb.Msg.Set.Messages
	}
	return []*MessageBlock{msb}
}

// SetMessage is a message of format v0 or v1, one of a [MessageSet]: a record by its older name, or a compressed set of them.
type SetMessage struct {
	Codec            CompressionCodec // of the value, which is a message set then
	CompressionLevel int              // of what is written; 0 is a level, CompressionLevelDefault is the codec's default
	LogAppendTime    bool             // Timestamp is when the broker appended the message
	Key              []byte           // nil is null
	Value            []byte           // nil is null; of a compressed set: the set's bytes, decompressed
	Set              *MessageSet      // the messages of a compressed set; written if there is no Value
	Version          int8             // 0, or 1 (Kafka 0.10, KIP-32)
	Timestamp        time.Time        // v1, zero if there is none
}

func (m *SetMessage) append(dst []byte, offset int64) ([]byte, error) {
	millis := int64(-1)
	var err error
	if m.Version > 0 {
		if millis, err = timestampMillis(m.Timestamp); err != nil {
			return dst, err
		}
	}
	value := m.Value
	if value == nil && m.Set != nil {
		if value, err = m.Set.append([]byte{}); err != nil {
			return dst, err
		}
	}
	if value != nil && m.Codec != CompressionNone {
		if value, err = AppendCompressed([]byte{}, value, m.Codec, m.CompressionLevel); err != nil {
			return dst, err
		}
		if m.Version == 0 && m.Codec == CompressionLZ4 {
			breakLZ4Header(value)
		}
	}
	attributes := int8(m.Codec) & codecMask
	if m.LogAppendTime {
		attributes |= logAppendTimeMask
	}
	return appendSetMessage(dst, m.Version, attributes, offset, millis, m.Key, value), nil
}

func (m *SetMessage) decode(e *setEntry, nested bool, limit int) error {
	if err := e.verify(); err != nil {
		return err
	}
	*m = SetMessage{
		Codec:         e.codec(),
		LogAppendTime: e.attributes&logAppendTimeMask != 0,
		Key:           e.key,
		Value:         e.value,
		Version:       e.magic,
	}
	if e.magic > 0 {
		m.Timestamp = timestampOf(e.timestamp)
	}
	if m.Codec == CompressionNone || m.Value == nil {
		return nil
	}
	if nested {
		return errNestedSet
	}
	var err error
	if m.Value, err = AppendDecompressed([]byte{}, e.value, m.Codec, limit); err != nil {
		return err
	}
	m.Set = new(MessageSet)
	_, err = m.Set.decode(m.Value, true, limit)
	return err
}
