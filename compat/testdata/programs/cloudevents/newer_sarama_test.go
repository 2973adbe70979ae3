package kafka_sarama

import "github.com/IBM/sarama"

// The tests' producer was written for sarama v1.45.2; these methods have come since, and no test calls them.

func (s *syncProducerMock) AddOffsetsToTxnWithGroupMetadata(map[string][]*sarama.PartitionOffsetMetadata, *sarama.ConsumerGroupMetadata) error {
	panic("not expected")
}

func (s *syncProducerMock) AddMessageToTxnWithGroupMetadata(*sarama.ConsumerMessage, *sarama.ConsumerGroupMetadata, *string) error {
	panic("not expected")
}
