package sarama

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

const (
	scramIterations = 8192
	scramSaltSize   = 24
)

// CreateACLs implements SecurityAdmin.
func (c contextAdmin) CreateACLs(ctx context.Context, acls []*ResourceAcls) error {
	creations := aclCreations(acls)
	answer, err := c.createACLsAs(ctx, creations, func(answer *CreateAclsResponse) error {
		var codes []KError
		for _, creation := range answer.AclCreationResponses {
			codes = append(codes, creation.Err)
		}
		return allNotController(codes)
	})
	if err == nil && len(answer.AclCreationResponses) != len(creations) {
		err = ErrIncompleteResponse
	}
	if err != nil {
		return failed("CreateAcls", "ACLs", err)
	}
	r := refusals{operation: "CreateAcls"}
	for i, creation := range answer.AclCreationResponses {
		of := creations[i]
		r.add(withMessage(creation.Err, creation.ErrMsg), "ACL of %s on %s %s", of.Principal, of.ResourceType.String(), of.ResourceName)
	}
	return r.err()
}

// DescribeACLs implements SecurityAdmin.
func (c contextAdmin) DescribeACLs(ctx context.Context, filter AclFilter) ([]ResourceAcls, error) {
	acls, err := c.describeACLs(ctx, filter)
	return acls, failed("DescribeAcls", "ACLs", err)
}

// DeleteACLs implements SecurityAdmin.
func (c contextAdmin) DeleteACLs(ctx context.Context, filters ...AclFilter) ([]MatchingAcl, error) {
	answer, err := c.deleteACLs(ctx, filters, func(answer *DeleteAclsResponse) error {
		var codes []KError
		for _, f := range answer.FilterResponses {
			codes = append(codes, f.Err)
		}
		return allNotController(codes)
	})
	if err != nil {
		return nil, failed("DeleteAcls", "ACLs", err)
	}
	r := refusals{operation: "DeleteAcls"}
	var deleted []MatchingAcl
	for i, f := range answer.FilterResponses {
		r.add(withMessage(f.Err, f.ErrMsg), "filter %d", i)
		for _, acl := range f.MatchingAcls {
			if acl.Err == ErrNoError {
				deleted = append(deleted, *acl)
			}
			r.add(withMessage(acl.Err, acl.ErrMsg), "ACL of %s on %s %s", acl.Principal, acl.ResourceType.String(), acl.ResourceName)
		}
	}
	return deleted, r.err()
}

// DescribeUserScramCredentials implements SecurityAdmin.
func (c contextAdmin) DescribeUserScramCredentials(ctx context.Context, users ...string) (map[string][]*UserScramCredentialsResponseInfo, error) {
	results, err := c.describeUsers(ctx, users)
	if err != nil {
		return nil, failed("DescribeUserScramCredentials", listed("users", users), err)
	}
	r := refusals{operation: "DescribeUserScramCredentials"}
	found := make(map[string][]*UserScramCredentialsResponseInfo)
	for _, result := range results {
		if result.ErrorCode == ErrNoError {
			found[result.User] = result.CredentialInfos
		}
		r.add(withMessage(result.ErrorCode, result.ErrorMessage), "user %s", result.User)
	}
	return found, r.err()
}

// AlterUserScramCredentials implements SecurityAdmin.
func (c contextAdmin) AlterUserScramCredentials(
	ctx context.Context, upsert []AlterUserScramCredentialsUpsert, remove []AlterUserScramCredentialsDelete,
) error {
	upsert = slices.Clone(upsert)
	for i := range upsert {
		u := &upsert[i]
		if len(u.Salt) == 0 && len(u.SaltedPassword) == 0 {
			u.Salt = make([]byte, scramSaltSize)
			_, _ = rand.Read(u.Salt) // it never fails
		}
		if u.Iterations == 0 && len(u.SaltedPassword) == 0 {
			u.Iterations = scramIterations
		}
	}
	results, err := c.alterUsers(ctx, upsert, remove)
	if err != nil {
		return failed("AlterUserScramCredentials", "users", err)
	}
	r := refusals{operation: "AlterUserScramCredentials"}
	for _, result := range results {
		r.add(withMessage(result.ErrorCode, result.ErrorMessage), "user %s", result.User)
	}
	return r.err()
}

// CreateDelegationToken implements SecurityAdmin.
func (c contextAdmin) CreateDelegationToken(ctx context.Context, options DelegationTokenOptions) (*CreateDelegationTokenResponse, error) {
	request := &CreateDelegationTokenRequest{
		Version: c.latest(protocol.KeyCreateDelegationToken), Renewers: options.Renewers, MaxLifetimeMs: periodMillis(options.MaxLifetime),
	}
	q := question[CreateDelegationTokenResponse]{
		req:   request,
		judge: func(answer *CreateDelegationTokenResponse) error { return codeOrNil(answer.ErrorCode) },
	}
	if options.Owner != nil {
		q.least = 3
		request.OwnerPrincipalType, request.OwnerPrincipalName = &options.Owner.PrincipalType, &options.Owner.PrincipalName
	}
	answer, err := toController(ctx, c.adminCore, q)
	if err != nil {
		return nil, failed(q.name(), "delegation token", err)
	}
	return answer, nil
}

// periodMillis is -1, which leaves it to the brokers, for a period that is not above 0.
func periodMillis(period time.Duration) int64 {
	if period <= 0 {
		return -1
	}
	return period.Milliseconds()
}

// RenewDelegationToken implements SecurityAdmin.
func (c contextAdmin) RenewDelegationToken(ctx context.Context, hmac []byte, period time.Duration) (time.Time, error) {
	answer, err := toController(ctx, c.adminCore, question[RenewDelegationTokenResponse]{
		req: &RenewDelegationTokenRequest{
			Version: c.latest(protocol.KeyRenewDelegationToken), Hmac: hmac, RenewPeriodMs: periodMillis(period),
		},
		judge: func(answer *RenewDelegationTokenResponse) error { return codeOrNil(answer.ErrorCode) },
	})
	if err != nil {
		return time.Time{}, failed("RenewDelegationToken", "delegation token", err)
	}
	return time.UnixMilli(answer.ExpiryTimestampMs), nil
}

// ExpireDelegationToken implements SecurityAdmin.
func (c contextAdmin) ExpireDelegationToken(ctx context.Context, hmac []byte, period time.Duration) (time.Time, error) {
	answer, err := toController(ctx, c.adminCore, question[ExpireDelegationTokenResponse]{
		req: &ExpireDelegationTokenRequest{
			Version: c.latest(protocol.KeyExpireDelegationToken), Hmac: hmac, ExpiryTimePeriodMs: periodMillis(period),
		},
		judge: func(answer *ExpireDelegationTokenResponse) error { return codeOrNil(answer.ErrorCode) },
	})
	if err != nil {
		return time.Time{}, failed("ExpireDelegationToken", "delegation token", err)
	}
	return time.UnixMilli(answer.ExpiryTimestampMs), nil
}

// DescribeDelegationTokens implements SecurityAdmin.
func (c contextAdmin) DescribeDelegationTokens(ctx context.Context, owners ...KafkaPrincipal) ([]DescribedDelegationToken, error) {
	answer, err := toAny(ctx, c.adminCore, question[DescribeDelegationTokenResponse]{
		req:   &DescribeDelegationTokenRequest{Version: c.latest(protocol.KeyDescribeDelegationToken), Owners: owners},
		judge: func(answer *DescribeDelegationTokenResponse) error { return codeOrNil(answer.ErrorCode) },
	})
	if err != nil {
		return nil, failed("DescribeDelegationToken", "delegation tokens", err)
	}
	return answer.Tokens, nil
}

// ListTransactions implements TransactionAdmin.
func (c contextAdmin) ListTransactions(ctx context.Context, options ListTransactionsOptions) ([]ListTransactionsResponseTransactionState, error) {
	answers, refused, err := c.listTransactions(ctx, func() *ListTransactionsRequest {
		request := &ListTransactionsRequest{StateFilters: options.States, ProducerIDFilters: options.ProducerIDs, DurationFilter: periodMillis(options.OpenFor)}
		if options.Pattern != "" {
			request.TransactionalIDPattern = &options.Pattern
		}
		return request
	})
	if err != nil {
		return nil, failed("ListTransactions", "brokers", err)
	}
	r := refusals{operation: "ListTransactions"}
	for id, err := range refused {
		r.add(err, "broker %d", id)
	}
	var all []ListTransactionsResponseTransactionState
	for _, id := range sortedIDs(answers) {
		all = append(all, answers[id].TransactionStates...)
	}
	return all, r.err()
}

// DescribeTransactions implements TransactionAdmin.
func (c contextAdmin) DescribeTransactions(ctx context.Context, transactionalIDs ...string) (map[string]TransactionState, error) {
	found, outcomes := c.describeTransactions(ctx, transactionalIDs)
	r := refusals{operation: "DescribeTransactions"}
	r.keys("transactional id", outcomes)
	for id, o := range outcomes {
		if o.err != nil {
			delete(found, id)
		}
	}
	return found, r.err()
}

// DescribeProducers implements TransactionAdmin.
func (c contextAdmin) DescribeProducers(ctx context.Context, partitions map[string][]int32) (map[string]map[int32][]ProducerState, error) {
	answers, outcomes := c.describeProducers(ctx, partitions)
	r := refusals{operation: "DescribeProducers"}
	r.partitions(outcomes)
	found := make(map[string]map[int32][]ProducerState)
	for tp, o := range outcomes {
		if o.err == nil {
			putPartition(found, tp, answers[tp.topic][tp.partition].ActiveProducers)
		}
	}
	return found, r.err()
}

// AbortTransaction implements TransactionAdmin.
func (c contextAdmin) AbortTransaction(ctx context.Context, transaction HangingTransaction) error {
	tp := topicPartition{transaction.Topic, transaction.Partition}
	outcomes := c.toLeaders(ctx, []topicPartition{tp}, func(ctx context.Context, leader *Broker, _ []topicPartition) (map[topicPartition]error, error) {
		answer, err := put(ctx, leader, question[WriteTxnMarkersResponse]{req: c.abortMarker(transaction)})
		if err != nil {
			return nil, err
		}
		return map[topicPartition]error{tp: markerError(answer, transaction)}, nil
	})
	r := refusals{operation: "WriteTxnMarkers"}
	r.partitions(outcomes)
	return r.err()
}

func (a *adminCore) abortMarker(t HangingTransaction) *WriteTxnMarkersRequest {
	return &WriteTxnMarkersRequest{
		Version: a.latest(protocol.KeyWriteTxnMarkers),
		Markers: []WritableTxnMarker{{
			ProducerID: t.ProducerID, ProducerEpoch: t.ProducerEpoch, CoordinatorEpoch: max(t.CoordinatorEpoch, 0),
			Topics: []WritableTxnMarkerTopic{{Name: t.Topic, PartitionIndexes: []int32{t.Partition}}},
		}},
	}
}

// markerError is the partition's answer; one that is missing is a failure.
func markerError(answer *WriteTxnMarkersResponse, t HangingTransaction) error {
	for _, marker := range answer.Markers {
		for _, topic := range marker.Topics {
			for _, p := range topic.Partitions {
				if marker.ProducerID == t.ProducerID && topic.Name == t.Topic && p.Partition == t.Partition {
					return codeOrNil(p.Err)
				}
			}
		}
	}
	return ErrIncompleteResponse
}

// FenceProducers implements TransactionAdmin.
func (c contextAdmin) FenceProducers(ctx context.Context, transactionalIDs ...string) (map[string]ProducerIdentity, error) {
	var next syncMap[ProducerIdentity]
	outcomes := c.toCoordinators(ctx, CoordinatorTransaction, distinctNames(transactionalIDs),
		func(ctx context.Context, coordinator *Broker, own []string) (map[string]error, error) {
			refused := make(map[string]error)
			for _, id := range own {
				answer, err := c.fence(ctx, coordinator, id)
				refused[id] = err
				if err == nil {
					next.put(id, ProducerIdentity{answer.ProducerID, answer.ProducerEpoch})
				}
			}
			return refused, nil
		})
	r := refusals{operation: "InitProducerId"}
	r.keys("transactional id", outcomes)
	return next.all(), r.err()
}

// fence begins a producer in the place of the one there is. A transaction that is still being aborted takes a moment.
func (a *adminCore) fence(ctx context.Context, coordinator *Broker, id string) (answer *InitProducerIDResponse, err error) {
	err = a.retry(ctx, func(ctx context.Context) (again bool, err error) {
		answer, err = put(ctx, coordinator, question[InitProducerIDResponse]{
			req: &InitProducerIDRequest{
				Version: a.version(protocol.KeyInitProducerId, maxInitProducerID), TransactionalID: &id,
				TransactionTimeout: fenceTimeout, ProducerID: -1, ProducerEpoch: -1,
			},
			judge: func(answer *InitProducerIDResponse) error { return codeOrNil(answer.Err) },
		})
		return errors.Is(err, ErrConcurrentTransactions), err
	})
	if err != nil {
		return nil, fmt.Errorf("coordinator %s: %w", coordinator.Addr(), err)
	}
	return answer, nil
}

// fenceTimeout is that of transactions of the producer that FenceProducers makes, which has none.
const fenceTimeout = time.Minute
