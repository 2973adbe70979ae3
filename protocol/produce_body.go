package protocol

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"slices"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// AppendProduceBody appends the body of a Produce request to bufs, as pieces for
// one net.Buffers write. The records of parts stay where they are and must not
// change before the write is over; partitions of one topic stand side by side.
// What is around them goes to scratch, from its start; the slice that is
// returned is for the next call, after the write.
func AppendProduceBody(bufs net.Buffers, scratch []byte, version int16, transactionalID *string, acks int16, timeoutMs int32, parts []ProducePartition) (net.Buffers, []byte, error) {
	if err := checkProduce(version, transactionalID, parts); err != nil {
		return bufs, scratch, fmt.Errorf("encoding Produce v%d request: %w", version, err)
	}
	g := glue{buf: slices.Grow(scratch[:0], glueBound(transactionalID, parts)), bufs: bufs, compact: isFlexible(KeyProduce, version)}
	if version >= 3 {
		g.nullString(transactionalID)
	}
	g.buf = binary.BigEndian.AppendUint16(g.buf, uint16(acks))
	g.buf = binary.BigEndian.AppendUint32(g.buf, uint32(timeoutMs))
	g.length(produceTopics(parts))
	for len(parts) > 0 {
		n := 1
		for n < len(parts) && sameTopic(&parts[n], &parts[0]) {
			n++
		}
		if version >= produceTopicIDs {
			g.buf = append(g.buf, parts[0].TopicID[:]...)
		} else {
			g.string(parts[0].Topic)
		}
		g.partitions(parts[:n])
		parts = parts[n:]
	}
	g.tags()
	g.cut()
	return g.bufs, g.buf, nil
}

func checkProduce(version int16, transactionalID *string, parts []ProducePartition) error {
	if a := lookup(KeyProduce); version < a.min || version > a.max {
		return PacketEncodingError{Info: fmt.Sprintf("versions %d to %d are known", a.min, a.max)}
	}
	if transactionalID != nil && len(*transactionalID) > math.MaxInt16 {
		return PacketEncodingError{Info: fmt.Sprintf("%v: transactional id of %d bytes", wire.ErrTooLong, len(*transactionalID))}
	}
	for i := range parts {
		if p := &parts[i]; len(p.Topic) > math.MaxInt16 || int64(len(p.Records)) > math.MaxInt32 {
			return PacketEncodingError{Info: fmt.Sprintf("%v: topic of %d bytes, partition %d with %d bytes of records",
				wire.ErrTooLong, len(p.Topic), p.Partition, len(p.Records))}
		}
	}
	return nil
}

func produceTopics(parts []ProducePartition) int {
	topics := 0
	for i := range parts {
		if i == 0 || !sameTopic(&parts[i], &parts[i-1]) {
			topics++
		}
	}
	return topics
}

// glueBound is enough memory for all that is around the records, so that the glue
// never moves while pieces of it are in use.
func glueBound(transactionalID *string, parts []ProducePartition) int {
	n := 32
	if transactionalID != nil {
		n += len(*transactionalID)
	}
	for i := range parts {
		n += 32 + len(parts[i].Topic)
	}
	return n
}

// glue is what is around the records, cut into pieces between them.
type glue struct {
	buf     []byte
	start   int // of the piece that is not cut off yet
	bufs    net.Buffers
	compact bool
}

func (g *glue) partitions(parts []ProducePartition) {
	g.length(len(parts))
	for i := range parts {
		g.buf = binary.BigEndian.AppendUint32(g.buf, uint32(parts[i].Partition))
		g.recordsLength(parts[i].Records)
		if len(parts[i].Records) > 0 {
			g.cut()
			g.bufs = append(g.bufs, parts[i].Records)
		}
		g.tags()
	}
	g.tags()
}

func (g *glue) cut() {
	if end := len(g.buf); end > g.start {
		g.bufs = append(g.bufs, g.buf[g.start:end:end])
		g.start = end
	}
}

func (g *glue) length(n int) {
	if g.compact {
		g.buf = binary.AppendUvarint(g.buf, uint64(n+1))
		return
	}
	g.buf = binary.BigEndian.AppendUint32(g.buf, uint32(n))
}

func (g *glue) recordsLength(records []byte) {
	if records == nil {
		g.length(-1)
		return
	}
	g.length(len(records))
}

func (g *glue) string(s string) {
	if g.compact {
		g.buf = binary.AppendUvarint(g.buf, uint64(len(s)+1))
	} else {
		g.buf = binary.BigEndian.AppendUint16(g.buf, uint16(len(s)))
	}
	g.buf = append(g.buf, s...)
}

func (g *glue) nullString(s *string) {
	switch {
	case s != nil:
		g.string(*s)
	case g.compact:
		g.buf = append(g.buf, 0)
	default:
		g.buf = append(g.buf, 0xff, 0xff)
	}
}

func (g *glue) tags() {
	if g.compact {
		g.buf = append(g.buf, 0)
	}
}
