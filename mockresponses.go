package sarama

import "github.com/seed20e6684a/sarama/protocol"

// NewMockResponses returns answers by which a broker is a cluster of its own, with the given numbers of partitions by topic:
// for MockBroker.SetHandlerByMap, after some are replaced by what a test is about. Clients, producers (idempotent and
// transactional ones too), consumers and a consumer group with one member can run on it. What is produced is not kept, and
// there is nothing to read.
func NewMockResponses(t TestReporter, broker *MockBroker, topics map[string]int32) map[string]MockResponse {
	metadata := NewMockMetadataResponse(t).SetBroker(broker.Addr(), broker.BrokerID()).SetController(broker.BrokerID())
	offsets := NewMockOffsetResponse(t)
	for topic, partitions := range topics {
		for partition := range partitions {
			metadata.SetLeader(topic, partition, broker.BrokerID())
			offsets.SetOffset(topic, partition, OffsetOldest, 0).SetOffset(topic, partition, OffsetNewest, 0)
		}
	}
	coordinators := NewMockFindCoordinatorResponse(t)
	coordinators.others = broker
	responses := map[string]MockResponse{
		"ApiVersionsRequest":     MockResponseFunc(func(protocol.Message) any { return everyAPIVersion() }),
		"MetadataRequest":        metadata,
		"OffsetRequest":          offsets,
		"ProduceRequest":         NewMockProduceResponse(t),
		"FetchRequest":           NewMockFetchResponse(t, 1),
		"FindCoordinatorRequest": coordinators,
		"OffsetFetchRequest":     NewMockOffsetFetchResponse(t),
		"OffsetCommitRequest":    NewMockOffsetCommitResponse(t),
		"JoinGroupRequest":       NewMockJoinGroupResponse(t).SetGenerationId(1),
		"SyncGroupRequest":       NewMockSyncGroupResponse(t),
		"HeartbeatRequest":       NewMockHeartbeatResponse(t),
		"LeaveGroupRequest":      NewMockLeaveGroupResponse(t),
		"InitProducerIDRequest":  NewMockInitProducerIDResponse(t).SetProducerID(1),
	}
	for name, answer := range mockTransactionResponses() {
		responses[name] = answer
	}
	return responses
}

// mockTransactionResponses are answers by which transactions succeed.
func mockTransactionResponses() map[string]MockResponseFunc {
	return map[string]MockResponseFunc{
		"AddPartitionsToTxnRequest": func(request protocol.Message) any {
			res := &AddPartitionsToTxnResponse{Errors: make(map[string][]*PartitionError)}
			for topic, partitions := range request.(*AddPartitionsToTxnRequest).TopicPartitions {
				for _, partition := range partitions {
					res.Errors[topic] = append(res.Errors[topic], &PartitionError{Partition: partition})
				}
			}
			return res
		},
		"AddOffsetsToTxnRequest": func(protocol.Message) any { return new(AddOffsetsToTxnResponse) },
		"TxnOffsetCommitRequest": func(request protocol.Message) any {
			res := &TxnOffsetCommitResponse{Topics: make(map[string][]*PartitionError)}
			for topic, partitions := range request.(*TxnOffsetCommitRequest).Topics {
				for _, p := range partitions {
					res.Topics[topic] = append(res.Topics[topic], &PartitionError{Partition: p.Partition})
				}
			}
			return res
		},
		"EndTxnRequest": func(request protocol.Message) any {
			req := request.(*EndTxnRequest)
			return &EndTxnResponse{ProducerID: req.ProducerID, ProducerEpoch: req.ProducerEpoch}
		},
	}
}
