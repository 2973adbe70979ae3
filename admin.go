package sarama

import (
	"context"
	"time"
)

// ClusterAdmin creates, changes and describes what a cluster holds: topics, configurations, ACLs, groups, quotas, users.
//
// Requests go to the controller, a coordinator, leaders or single brokers, as each needs. Where that broker turns out to
// be another one by now, or the connection breaks, they are sent again as Config.Admin.Retry says. A request whose answer
// was lost may have been carried out, so that a retry can fail with an error such as ErrTopicAlreadyExists. A method whose
// request Config.Version or the brokers do not have returns ErrUnsupportedVersion.
//
// Errors that brokers answer with are found with errors.Is: the codes, and their classes: ErrNotAuthorized,
// ErrNotFound, ErrAlreadyExists, ErrInvalidArgument. The values of NewClusterAdmin also implement TransactionClusterAdmin
// and ContextClusterAdmin.
//
// It is safe for concurrent use. Close it, lest connections leak.
type ClusterAdmin interface {
	// CreateTopic creates a topic (Kafka 0.10.1), or only checks whether it could be (0.10.2). It may take some time until
	// all brokers know of it. What the brokers refuse is a *TopicError.
	CreateTopic(topic string, detail *TopicDetail, validateOnly bool) error

	// ListTopics returns all topics that the client may see, with the entries of their configurations that are no defaults.
	ListTopics() (map[string]TopicDetail, error)

	// DescribeTopics returns topics with partitions and leaders, all of them if none is given. Each has its own Err.
	DescribeTopics(topics []string) (metadata []*TopicMetadata, err error)

	// DeleteTopic deletes a topic (Kafka 0.10.1). It may take some time until all brokers know that it is gone.
	DeleteTopic(topic string) error

	// CreatePartitions raises the number of a topic's partitions to count (Kafka 1.0). assignment has the brokers of each
	// new partition, and may be nil. Records with a key may get into another partition from then on. What the brokers
	// refuse is a *TopicPartitionError.
	CreatePartitions(topic string, count int32, assignment [][]int32, validateOnly bool) error

	// AlterPartitionReassignments moves partitions 0, 1, ... to the brokers given for each (Kafka 2.4, KIP-455); nil ends
	// the move of that partition. The replication factor may change. It returns when the moves have begun. The error wraps
	// ErrReassignPartitions and each partition's own.
	AlterPartitionReassignments(topic string, assignment [][]int32) error

	// ListPartitionReassignments returns the moves of a topic's partitions that are under way (Kafka 2.4).
	ListPartitionReassignments(topics string, partitions []int32) (topicStatus map[string]map[int32]*PartitionReplicaReassignmentsStatus, err error)

	// DeleteRecords deletes the records of partitions below an offset, -1 for the high watermark (Kafka 0.11, KIP-107). The
	// error wraps ErrDeleteRecords and each partition's own.
	DeleteRecords(topic string, partitionOffsets map[int32]int64) error

	// DescribeConfig returns a resource's configuration (Kafka 0.11). What the brokers refuse is a *DescribeConfigError.
	//
	// Deprecated: DescribeConfigs takes several resources, and options.
	DescribeConfig(resource ConfigResource) ([]ConfigEntry, error)

	// DescribeConfigs returns the configurations of resources, in their order (Kafka 0.11). Each has its own error. Values of
	// sensitive entries are empty.
	DescribeConfigs(resources []*ConfigResource, options DescribeConfigsOptions) ([]*ConfigResourceResult, error)

	// AlterConfig replaces a resource's configuration: what entries does not name goes back to its default (Kafka 0.11, before
	// 4.0). What the brokers refuse is an *AlterConfigError. IncrementalAlterConfig is what you want.
	AlterConfig(resourceType ConfigResourceType, name string, entries map[string]*string, validateOnly bool) error

	// IncrementalAlterConfig changes entries of a resource's configuration and leaves the others (Kafka 2.3, KIP-339).
	IncrementalAlterConfig(resourceType ConfigResourceType, name string, entries map[string]IncrementalAlterConfigsEntry, validateOnly bool) error

	// CreateACL creates an ACL (Kafka 0.11). One that there is already is no error. The error wraps ErrCreateACLs.
	//
	// Deprecated: CreateACLs takes several.
	CreateACL(resource Resource, acl Acl) error

	// CreateACLs creates ACLs (Kafka 0.11). Some may be created and others not: the error wraps ErrCreateACLs and their errors.
	CreateACLs([]*ResourceAcls) error

	// ListAcls returns the ACLs that match a filter (Kafka 0.11), as one of the brokers knows them.
	ListAcls(filter AclFilter) ([]ResourceAcls, error)

	// DeleteACL deletes the ACLs that match a filter, and returns them (Kafka 0.11); each has its own Err. With validateOnly
	// it deletes none.
	DeleteACL(filter AclFilter, validateOnly bool) ([]MatchingAcl, error)

	// ElectLeaders has leaders elected (Kafka 2.2; UncleanElection 2.4). Each partition has its own result.
	ElectLeaders(ElectionType, map[string][]int32) (map[string]map[int32]*PartitionResult, error)

	// ListConsumerGroups returns all groups that the brokers know, with the type of their protocol: "consumer" for
	// consumers. Where a broker fails, it returns those of the others, and an error.
	ListConsumerGroups() (map[string]string, error)

	// DescribeConsumerGroups returns groups with their members. A group that does not exist, or is not of the classic
	// protocol, has the state "Dead".
	DescribeConsumerGroups(groups []string) ([]*GroupDescription, error)

	// ListConsumerGroupOffsets returns offsets that a group committed, all if topicPartitions is nil (Kafka 0.10.2).
	ListConsumerGroupOffsets(group string, topicPartitions map[string][]int32) (*OffsetFetchResponse, error)

	// ListConsumerGroupOffsetsBatch is ListConsumerGroupOffsets for several groups, with one request for each coordinator
	// (Kafka 3.0, KIP-709). It returns ErrUnsupportedVersion where that is not possible. Each group has its own Err.
	ListConsumerGroupOffsetsBatch(groupTopics map[string]map[string][]int32) (map[string]*OffsetFetchResponseGroup, error)

	// ListOffsets returns offsets of partitions by time (Kafka 0.10.1): each value is a time in milliseconds since the epoch,
	// or one of OffsetOldest, OffsetNewest, OffsetMaxTimestamp and the like. Each result has its own Err; those of brokers
	// that cannot be asked are missing, and the error says why. For OffsetOldest and OffsetNewest the timestamp is -1.
	ListOffsets(partitions map[string]map[int32]int64, options *ListOffsetsOptions) (map[string]map[int32]*OffsetResult, error)

	// AlterConsumerGroupOffsets commits offsets for a group that has no members. Each partition has its own error in the
	// response.
	AlterConsumerGroupOffsets(group string, offsets map[string]map[int32]OffsetAndMetadata, options *AlterConsumerGroupOffsetsOptions) (*OffsetCommitResponse, error)

	// DeleteConsumerGroupOffset deletes the offset that a group committed for a partition (Kafka 2.4, KIP-496).
	DeleteConsumerGroupOffset(group string, topic string, partition int32) error

	// DeleteConsumerGroup deletes a group that has no members (Kafka 1.1).
	DeleteConsumerGroup(group string) error

	// DescribeCluster returns the brokers, not connected, and the id of the controller: with KRaft, of a broker that passes
	// requests on to it.
	DescribeCluster() (brokers []*Broker, controllerID int32, err error)

	// DescribeLogDirs returns the log directories of brokers, and what is in them (Kafka 1.0). Brokers that are not known are
	// left out; where one fails, it returns those of the others, and an error.
	DescribeLogDirs(brokers []int32) (map[int32][]DescribeLogDirsResponseDirMetadata, error)

	// DescribeUserScramCredentials returns which SCRAM credentials users have, all users if none is given (Kafka 2.7). Each
	// has its own error.
	DescribeUserScramCredentials(users []string) ([]*DescribeUserScramCredentialsResult, error)

	// DeleteUserScramCredentials deletes SCRAM credentials (Kafka 2.7, KIP-554). Each user has a result.
	DeleteUserScramCredentials(delete []AlterUserScramCredentialsDelete) ([]*AlterUserScramCredentialsResult, error)

	// UpsertUserScramCredentials sets SCRAM credentials (Kafka 2.7, KIP-554). Each user has a result.
	UpsertUserScramCredentials(upsert []AlterUserScramCredentialsUpsert) ([]*AlterUserScramCredentialsResult, error)

	// UpdateFeatures changes finalized features of the cluster (Kafka 2.7, KIP-584). Each feature has a result.
	UpdateFeatures(featureUpdates []FeatureUpdate) ([]UpdatableFeatureResult, error)

	// DescribeClientQuotas returns the quotas of entities that match all components, and with strict have no other parts
	// (Kafka 2.6, KIP-546). Without components, and strict false, it returns all quotas.
	DescribeClientQuotas(components []QuotaFilterComponent, strict bool) ([]DescribeClientQuotasEntry, error)

	// AlterClientQuotas sets or removes a quota of an entity (Kafka 2.6, KIP-546).
	AlterClientQuotas(entity []QuotaEntityComponent, op ClientQuotasOp, validateOnly bool) error

	// Controller is Client.Controller.
	Controller() (*Broker, error)

	// Coordinator is Client.Coordinator.
	Coordinator(group string) (*Broker, error)

	// RemoveMemberFromConsumerGroup removes static members from a group (Kafka 2.4, KIP-345). Each member has its own Err in
	// the response.
	RemoveMemberFromConsumerGroup(groupId string, groupInstanceIds []string) (*LeaveGroupResponse, error)

	// Close closes the client that the admin was made with or from. Calls under way return ErrClosedClient.
	Close() error
}

// TransactionClusterAdmin is a ClusterAdmin that finds transactions (KIP-664).
type TransactionClusterAdmin interface {
	ClusterAdmin

	// DescribeProducers returns the producers that partitions know, as their leaders tell (Kafka 2.8). Each partition has its
	// own ErrorCode; those of leaders that cannot be asked are missing, and the error says why.
	DescribeProducers(topicPartitions map[string][]int32) (map[string]map[int32]DescribeProducersResponsePartition, error)

	// DescribeTransactions returns the state of transactions, as their coordinators tell (Kafka 3.0). Each has its own
	// ErrorCode; those of coordinators that cannot be asked are missing, and the error says why.
	DescribeTransactions(transactionalIDs []string) (map[string]TransactionState, error)

	// ListTransactions returns the transactions that the brokers know (Kafka 3.0): those in one of some states, of one of
	// some producers, and, from Kafka 3.8 on, open for some milliseconds at least. Empty filters and a negative duration
	// leave out none. Where a broker fails, it returns those of the others, and an error.
	ListTransactions(stateFilters []string, producerIDFilters []int64, durationFilterMs int64) ([]ListTransactionsResponseTransactionState, error)
}

// adminCore is what ClusterAdmin and Admin have in common: whom to ask, and how often.
type adminCore struct {
	routes adminRoutes
	conf   *Config

	// ctx ends at Close, with ErrClosedClient as its cause.
	ctx   context.Context
	close context.CancelCauseFunc
}

// clusterAdmin is a ClusterAdmin: its methods give errors the form that sarama has for them.
type clusterAdmin struct{ *adminCore }

var _ TransactionClusterAdmin = clusterAdmin{}

func newAdminCore(routes adminRoutes) *adminCore {
	a := &adminCore{routes: routes, conf: routes.config()}
	a.ctx, a.close = context.WithCancelCause(context.Background())
	return a
}

// NewClusterAdmin returns a ClusterAdmin on a client of its own, made as by NewClient.
func NewClusterAdmin(addrs []string, conf *Config) (ClusterAdmin, error) {
	client, err := NewClient(addrs, conf)
	if err != nil {
		return nil, err
	}
	admin, err := NewClusterAdminFromClient(client)
	if err != nil {
		_ = client.Close()
	}
	return admin, err
}

// NewClusterAdminFromClient returns a ClusterAdmin that uses a client, and closes it when it is closed itself. It needs
// Kafka 0.10, and fails if there is no controller.
func NewClusterAdminFromClient(client Client) (ClusterAdmin, error) {
	if _, err := client.Controller(); err != nil {
		return nil, err
	}
	return clusterAdmin{newAdminCore(clusterRoutes{internalsOf(client)})}, nil
}

// Close implements ClusterAdmin.
func (a *adminCore) Close() error {
	a.close(ErrClosedClient)
	return a.routes.shut()
}

// Controller implements ClusterAdmin.
func (c clusterAdmin) Controller() (*Broker, error) { return c.routes.controller(c.ctx) }

// Coordinator implements ClusterAdmin.
func (c clusterAdmin) Coordinator(group string) (*Broker, error) {
	return c.routes.coordinator(c.ctx, CoordinatorGroup, group)
}

// bound returns a context that ends with ctx and at Close. Call the function when it is no longer needed.
func (a *adminCore) bound(ctx context.Context) (context.Context, func()) {
	if ctx == a.ctx {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(a.ctx, func() { cancel(ErrClosedClient) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// retry makes attempts as Config.Admin.Retry says.
func (a *adminCore) retry(ctx context.Context, attempt func(context.Context) (again bool, err error)) error {
	ctx, release := a.bound(ctx)
	defer release()
	loop := retrier{
		max:     a.conf.Admin.Retry.Max,
		backoff: backoffOf(a.conf.Admin.Retry.Backoff, nil),
		onRetry: func(backoff time.Duration, remaining int, err error) {
			a.conf.log().Printf("admin/request retrying after %dms... (%d attempts remaining) (%v)\n", backoff/time.Millisecond, remaining+1, err)
		},
	}
	err := loop.do(ctx, attempt)
	if err != nil && a.ctx.Err() != nil {
		return ErrClosedClient
	}
	return err
}
