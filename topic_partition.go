package sarama

import (
	"cmp"
	"strconv"
)

// topicPartition is the key of all state that is kept by partition.
type topicPartition struct {
	topic     string
	partition int32
}

// String returns topic and partition as Kafka's tools write them: "orders-3".
func (tp topicPartition) String() string {
	return printable(tp.topic) + "-" + strconv.Itoa(int(tp.partition))
}

// compare orders by topic, then by partition.
func (tp topicPartition) compare(other topicPartition) int {
	return cmp.Or(cmp.Compare(tp.topic, other.topic), cmp.Compare(tp.partition, other.partition))
}
