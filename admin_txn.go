package sarama

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed20e6684a/sarama/protocol"
)

// firstTransactionFilter is the first version of ListTransactions that filters by duration.
const firstTransactionFilter = 1

// DescribeProducers implements TransactionClusterAdmin.
func (c clusterAdmin) DescribeProducers(topicPartitions map[string][]int32) (map[string]map[int32]DescribeProducersResponsePartition, error) {
	if len(topicPartitions) == 0 {
		return nil, nil
	}
	found, outcomes := c.describeProducers(c.ctx, topicPartitions)
	var errs []error
	for _, tp := range partitionList(topicPartitions) {
		switch o := outcomes[tp]; {
		case o.err == nil || o.stage == stageAnswered:
		case o.stage == stageLookup:
			errs = append(errs, fmt.Errorf("describe producers: find leader for partition %d of topic %s: %w", tp.partition, tp.topic, o.err))
		default:
			errs = append(errs, o.err)
		}
	}
	errs = distinct(errs)
	for i, err := range errs {
		if broker, ok := err.(*BrokerError); ok {
			errs[i] = fmt.Errorf("describe producers on broker %s: %w", broker.Addr, err)
		}
	}
	if len(found) == 0 {
		found = nil
	}
	return found, errors.Join(errs...)
}

// describeProducers keeps the answers, also where they are errors.
func (a *adminCore) describeProducers(
	ctx context.Context, partitions map[string][]int32,
) (map[string]map[int32]DescribeProducersResponsePartition, map[topicPartition]partitionOutcome) {
	var found syncPartitions[DescribeProducersResponsePartition]
	outcomes := a.toLeaders(ctx, partitionList(partitions), func(ctx context.Context, leader *Broker, own []topicPartition) (map[topicPartition]error, error) {
		request := &DescribeProducersRequest{Version: a.latest(protocol.KeyDescribeProducers)}
		for topic, list := range byTopic(own) {
			request.Topics = append(request.Topics, DescribeProducersRequestTopic{Name: topic, PartitionIndexes: list})
		}
		answer, err := put(ctx, leader, question[DescribeProducersResponse]{req: request})
		if err != nil {
			return nil, err
		}
		refused := unanswered(own)
		for _, topic := range answer.Topics {
			for _, p := range topic.Partitions {
				tp := topicPartition{topic.Name, p.PartitionIndex}
				found.put(tp, p)
				refused[tp] = withMessage(p.ErrorCode, p.ErrorMessage)
			}
		}
		return refused, nil
	})
	return found.byTopic(), outcomes
}

// DescribeTransactions implements TransactionClusterAdmin.
func (c clusterAdmin) DescribeTransactions(transactionalIDs []string) (map[string]TransactionState, error) {
	if len(transactionalIDs) == 0 {
		return nil, nil
	}
	found, outcomes := c.describeTransactions(c.ctx, transactionalIDs)
	var errs []error
	unreached := make(map[string][]string) // ids by what they failed with
	causes := make(map[string]error)
	for _, id := range slices.Sorted(maps.Keys(outcomes)) {
		switch o := outcomes[id]; {
		case o.err == nil:
		case o.stage == stageLookup:
			errs = append(errs, fmt.Errorf("describe transactions: find coordinator for transactional id %s: %w", id, o.err))
		case o.stage == stageRequest || staleCoordinator(o.err):
			text := o.err.Error()
			unreached[text], causes[text] = append(unreached[text], id), o.err
			delete(found, id)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(causes)) {
		errs = append(errs, fmt.Errorf("describe transactions for %s: %w", strings.Join(unreached[text], ", "), causes[text]))
	}
	if len(found) == 0 {
		found = nil
	}
	return found, errors.Join(errs...)
}

// describeTransactions keeps the answers, also where they are errors.
func (a *adminCore) describeTransactions(ctx context.Context, ids []string) (map[string]TransactionState, coordinated) {
	var found syncMap[TransactionState]
	outcomes := a.toCoordinators(ctx, CoordinatorTransaction, distinctNames(ids), func(ctx context.Context, coordinator *Broker, own []string) (map[string]error, error) {
		answer, err := put(ctx, coordinator, question[DescribeTransactionsResponse]{
			req: &DescribeTransactionsRequest{Version: a.latest(protocol.KeyDescribeTransactions), TransactionalIDs: own},
		})
		if err != nil {
			return nil, err
		}
		refused := unanswered(own)
		for _, state := range answer.TransactionStates {
			found.put(state.TransactionalID, state)
			refused[state.TransactionalID] = codeOrNil(state.ErrorCode)
		}
		return refused, nil
	})
	return found.all(), outcomes
}

// ListTransactions implements TransactionClusterAdmin.
func (c clusterAdmin) ListTransactions(
	stateFilters []string, producerIDFilters []int64, durationFilterMs int64,
) ([]ListTransactionsResponseTransactionState, error) {
	if durationFilterMs >= 0 && !c.conf.Version.IsAtLeast(V3_8_0_0) {
		return nil, ConfigurationError("ListTransactions durationFilterMs requires Version >= V3_8_0_0")
	}
	answers, failed, err := c.listTransactions(c.ctx, func() *ListTransactionsRequest {
		return &ListTransactionsRequest{StateFilters: stateFilters, ProducerIDFilters: producerIDFilters, DurationFilter: durationFilterMs}
	})
	if err != nil {
		return nil, err
	}
	var all []ListTransactionsResponseTransactionState
	for _, id := range sortedIDs(answers) {
		all = append(all, answers[id].TransactionStates...)
	}
	var errs []error
	for _, id := range sortedIDs(failed) {
		errs = append(errs, fmt.Errorf("list transactions on broker %s: %w", c.addrOf(id), failed[id]))
	}
	return all, errors.Join(errs...)
}

// addrOf is a broker's address, or its id if it is not known any more.
func (a *adminCore) addrOf(id int32) string {
	brokers, _ := a.routes.nodes(a.ctx)
	for _, b := range brokers {
		if b.ID() == id {
			return b.Addr()
		}
	}
	return fmt.Sprint("#", id)
}

// listTransactions asks each broker for the transactions that it coordinates.
func (a *adminCore) listTransactions(
	ctx context.Context, request func() *ListTransactionsRequest,
) (answers map[int32]*ListTransactionsResponse, failed map[int32]error, err error) {
	brokers, err := a.routes.nodes(ctx)
	if err != nil {
		return nil, nil, err
	}
	answers, failed = toEach(ctx, a, brokers, func(*Broker) question[ListTransactionsResponse] {
		req := request()
		req.Version = a.latest(protocol.KeyListTransactions)
		q := question[ListTransactionsResponse]{
			req:   req,
			judge: func(answer *ListTransactionsResponse) error { return codeOrNil(answer.ErrorCode) },
		}
		switch {
		case req.TransactionalIDPattern != nil:
			q.least = firstTransactionFilter + 1
		case req.DurationFilter >= 0:
			q.least = firstTransactionFilter
		}
		return q
	})
	return answers, failed, nil
}
