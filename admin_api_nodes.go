package sarama

import (
	"context"
	"fmt"
	"math"

	"github.com/seed20e6684a/sarama/protocol"
)

// clusterMetadataTopic is the controllers' log.
const clusterMetadataTopic = "__cluster_metadata"

// DescribeCluster implements NodeAdmin.
func (c contextAdmin) DescribeCluster(ctx context.Context) (*DescribeClusterResponse, error) {
	request, least := c.routes.describeRequest()
	answer, err := toAny(ctx, c.adminCore, question[DescribeClusterResponse]{
		req: request, least: least,
		judge: func(answer *DescribeClusterResponse) error { return withMessage(answer.Err, answer.ErrorMessage) },
	})
	if err != nil {
		return nil, failed("DescribeCluster", "cluster", err)
	}
	return answer, nil
}

// DescribeLogDirs implements NodeAdmin.
func (c contextAdmin) DescribeLogDirs(ctx context.Context, ids ...int32) (map[int32][]DescribeLogDirsResponseDirMetadata, error) {
	r := refusals{operation: "DescribeLogDirs"}
	var brokers []*Broker
	var err error
	if len(ids) == 0 {
		if brokers, err = c.routes.nodes(ctx); err != nil {
			return nil, failed(r.operation, "brokers", err)
		}
	}
	for _, id := range ids {
		broker, err := c.routes.node(ctx, id)
		if r.add(err, "broker %d", id); err == nil {
			brokers = append(brokers, broker)
		}
	}
	answers, refused := c.describeLogDirs(ctx, brokers)
	all := make(map[int32][]DescribeLogDirsResponseDirMetadata)
	for id, answer := range answers {
		for _, dir := range answer.LogDirs {
			r.add(codeOrNil(dir.ErrorCode), "directory %s of broker %d", dir.Path, id)
		}
		all[id] = answer.LogDirs
	}
	for id, err := range refused {
		r.add(err, "broker %d", id)
	}
	return all, r.err()
}

// AlterReplicaLogDirs implements NodeAdmin.
func (c contextAdmin) AlterReplicaLogDirs(ctx context.Context, broker int32, directories map[string]map[string][]int32) error {
	request := &AlterReplicaLogDirsRequest{Version: c.latest(protocol.KeyAlterReplicaLogDirs)}
	for path, topics := range directories {
		dir := AlterReplicaLogDir{Path: path}
		for topic, list := range topics {
			dir.Topics = append(dir.Topics, AlterReplicaLogDirTopic{Name: topic, Partitions: list})
		}
		request.Dirs = append(request.Dirs, dir)
	}
	answer, err := toNode(ctx, c.adminCore, broker, question[AlterReplicaLogDirsResponse]{req: request})
	r := refusals{operation: "AlterReplicaLogDirs"}
	if err != nil {
		r.add(err, "broker %d", broker)
		return r.err()
	}
	for _, topic := range answer.Results {
		for _, p := range topic.Partitions {
			r.add(codeOrNil(p.ErrorCode), "partition %s-%d on broker %d", topic.TopicName, p.PartitionIndex, broker)
		}
	}
	return r.err()
}

// DescribeQuorum implements NodeAdmin.
func (c contextAdmin) DescribeQuorum(ctx context.Context) (*DescribeQuorumResponse, error) {
	answer, err := toController(ctx, c.adminCore, question[DescribeQuorumResponse]{
		req: &DescribeQuorumRequest{
			Version: c.latest(protocol.KeyDescribeQuorum),
			Topics:  []DescribeQuorumRequestTopic{{TopicName: clusterMetadataTopic, Partitions: []DescribeQuorumRequestPartition{{}}}},
		},
		judge: judgeQuorum,
	})
	if err != nil {
		return nil, failed("DescribeQuorum", "quorum", err)
	}
	return answer, nil
}

func judgeQuorum(answer *DescribeQuorumResponse) error {
	if err := withMessage(answer.ErrorCode, answer.ErrorMessage); err != nil {
		return err
	}
	if len(answer.Topics) != 1 || len(answer.Topics[0].Partitions) != 1 {
		return ErrIncompleteResponse
	}
	p := answer.Topics[0].Partitions[0]
	if p.ErrorCode == ErrNotLeaderForPartition {
		return ErrNotController // whom brokers pass it on to leads no more
	}
	return withMessage(p.ErrorCode, p.ErrorMessage)
}

// AddRaftVoter implements NodeAdmin.
func (c contextAdmin) AddRaftVoter(ctx context.Context, id int32, directory Uuid, listeners ...QuorumListener) error {
	_, err := toController(ctx, c.adminCore, question[AddRaftVoterResponse]{
		req: &AddRaftVoterRequest{
			Version: c.latest(protocol.KeyAddRaftVoter), Timeout: reassignmentTimeout, VoterID: id, VoterDirectoryID: directory,
			Listeners: listeners, AckWhenCommitted: true,
		},
		judge: func(answer *AddRaftVoterResponse) error { return withMessage(answer.ErrorCode, answer.ErrorMessage) },
	})
	return failed("AddRaftVoter", fmt.Sprint("controller ", id), err)
}

// RemoveRaftVoter implements NodeAdmin.
func (c contextAdmin) RemoveRaftVoter(ctx context.Context, id int32, directory Uuid) error {
	_, err := toController(ctx, c.adminCore, question[RemoveRaftVoterResponse]{
		req: &RemoveRaftVoterRequest{
			Version: c.latest(protocol.KeyRemoveRaftVoter), VoterID: id, VoterDirectoryID: directory,
		},
		judge: func(answer *RemoveRaftVoterResponse) error { return withMessage(answer.ErrorCode, answer.ErrorMessage) },
	})
	return failed("RemoveRaftVoter", fmt.Sprint("controller ", id), err)
}

// UnregisterBroker implements NodeAdmin.
func (c contextAdmin) UnregisterBroker(ctx context.Context, id int32) error {
	_, err := toController(ctx, c.adminCore, question[UnregisterBrokerResponse]{
		req: &UnregisterBrokerRequest{Version: c.latest(protocol.KeyUnregisterBroker), BrokerID: id},
		judge: func(answer *UnregisterBrokerResponse) error {
			return withMessage(answer.ErrorCode, answer.ErrorMessage)
		},
	})
	return failed("UnregisterBroker", fmt.Sprint("broker ", id), err)
}

// UnregisterController implements NodeAdmin.
func (c contextAdmin) UnregisterController(ctx context.Context, id int32) error {
	_, err := toController(ctx, c.adminCore, question[UnregisterControllerResponse]{
		req: &UnregisterControllerRequest{Version: c.latest(protocol.KeyUnregisterController), ControllerID: id},
		judge: func(answer *UnregisterControllerResponse) error {
			return withMessage(answer.ErrorCode, answer.ErrorMessage)
		},
	})
	return failed("UnregisterController", fmt.Sprint("controller ", id), err)
}

// AuthorizedOperations returns the operations that a bit field of a response tells of, such as a group's
// AuthorizedOperations (KIP-430); none if it was not asked for.
func AuthorizedOperations(bits int32) []AclOperation {
	if bits == math.MinInt32 {
		return nil
	}
	var operations []AclOperation
	for op := AclOperationRead; op <= AclOperationTwoPhaseCommit; op++ {
		if bits>>op&1 == 1 {
			operations = append(operations, op)
		}
	}
	return operations
}
