package sarama

import (
	"context"

	"github.com/seed20e6684a/sarama/protocol"
)

// DescribeLogDirs implements ClusterAdmin.
func (c clusterAdmin) DescribeLogDirs(brokerIds []int32) (map[int32][]DescribeLogDirsResponseDirMetadata, error) {
	var brokers []*Broker
	for _, id := range brokerIds {
		broker, err := c.routes.node(c.ctx, id)
		if err != nil {
			c.conf.log().Printf("Unable to find broker with ID = %v\n", logNode(id))
			continue
		}
		brokers = append(brokers, broker)
	}
	answers, failed := c.describeLogDirs(c.ctx, brokers)
	all := make(map[int32][]DescribeLogDirsResponseDirMetadata, len(answers))
	for id, answer := range answers {
		all[id] = answer.LogDirs
	}
	return all, firstFailure(failed)
}

func (a *adminCore) describeLogDirs(ctx context.Context, brokers []*Broker) (map[int32]*DescribeLogDirsResponse, map[int32]error) {
	return toEach(ctx, a, brokers, func(*Broker) question[DescribeLogDirsResponse] {
		return question[DescribeLogDirsResponse]{
			req:   &DescribeLogDirsRequest{Version: a.latest(protocol.KeyDescribeLogDirs)},
			judge: func(answer *DescribeLogDirsResponse) error { return codeOrNil(answer.ErrorCode) },
		}
	})
}
