package main

import (
	"fmt"

	"github.com/seed20e6684a/sarama"
)

// ledger is what was sent, by partition and offset.
type ledger struct {
	partitions [][]record
	handedOut  int
}

// record is what was sent. Its number counts all records in the order in which the producers were given them, from 1.
type record struct {
	number int
	value  string
}

func newLedger(partitions int) *ledger { return &ledger{partitions: make([][]record, partitions)} }

// handOut returns the first of n new numbers.
func (l *ledger) handOut(n int) (first int) {
	first = l.handedOut + 1
	l.handedOut += n
	return first
}

// sent notes where a record was put; its Metadata is its number.
func (l *ledger) sent(msg *sarama.ProducerMessage) {
	p := &l.partitions[msg.Partition]
	for int64(len(*p)) <= msg.Offset {
		*p = append(*p, record{})
	}
	(*p)[msg.Offset] = record{msg.Metadata.(int), string(msg.Value.(sarama.StringEncoder))}
}

// total is how many records there are.
func (l *ledger) total() (n int) {
	for _, p := range l.partitions {
		n += len(p)
	}
	return n
}

// problems tells, a line for each partition, where its offsets are not one for each record, in the order of sending.
func (l *ledger) problems() []string {
	var problems []string
	for partition, records := range l.partitions {
		last := record{}
		for offset, r := range records {
			if r.number == 0 {
				problems = append(problems, fmt.Sprintf("partition %d: nothing was sent for offset %d", partition, offset))
				break
			}
			if r.number < last.number {
				problems = append(problems, fmt.Sprintf("partition %d: at offset %d, %q comes after %q", partition, offset, r.value, last.value))
				break
			}
			last = r
		}
	}
	if len(problems) == 0 && l.total() != l.handedOut {
		problems = append(problems, fmt.Sprintf("%d records were sent, but have %d offsets", l.handedOut, l.total()))
	}
	return problems
}
