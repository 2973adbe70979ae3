package goka

import "github.com/IBM/sarama"

// The mock of a ClusterAdmin was generated for sarama v1.45.1; these methods have come since, and no test calls them.

func (m *MockClusterAdmin) AlterConsumerGroupOffsets(string, map[string]map[int32]sarama.OffsetAndMetadata,
	*sarama.AlterConsumerGroupOffsetsOptions) (*sarama.OffsetCommitResponse, error) {
	panic("not expected")
}

func (m *MockClusterAdmin) DescribeConfigs([]*sarama.ConfigResource, sarama.DescribeConfigsOptions) ([]*sarama.ConfigResourceResult, error) {
	panic("not expected")
}

func (m *MockClusterAdmin) ListConsumerGroupOffsetsBatch(map[string]map[string][]int32) (map[string]*sarama.OffsetFetchResponseGroup, error) {
	panic("not expected")
}

func (m *MockClusterAdmin) ListOffsets(map[string]map[int32]int64, *sarama.ListOffsetsOptions) (map[string]map[int32]*sarama.OffsetResult, error) {
	panic("not expected")
}

func (m *MockClusterAdmin) UpdateFeatures([]sarama.FeatureUpdate) ([]sarama.UpdatableFeatureResult, error) {
	panic("not expected")
}
