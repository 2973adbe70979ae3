package sarama

import (
	"context"
	"time"
)

// Admin is what administers a cluster, with a context on each call: all that ClusterAdmin does and more, for many
// resources with one request where the protocol can.
//
// A call on several resources returns what succeeded, and an error that joins an *AdminError for each that did not:
// AdminErrors lists them. errors.Is finds codes and their classes, such as ErrNotFound. A call whose request
// Config.Version or the brokers do not have returns ErrUnsupportedVersion. Retries are those of ClusterAdmin; a call ends
// when its context does.
//
// It is safe for concurrent use. Close it, lest connections leak.
type Admin interface {
	TopicAdmin
	ConfigAdmin
	SecurityAdmin
	GroupAdmin
	TransactionAdmin
	NodeAdmin

	// Close closes the client that the admin was made with or from. Calls under way return ErrClosedClient.
	Close() error
}

// TopicAdmin is the part of Admin for topics and their records.
type TopicAdmin interface {
	// CreateTopics creates topics, or with validateOnly checks whether it could, and returns what they are like.
	CreateTopics(ctx context.Context, topics map[string]*TopicDetail, validateOnly bool) (map[string]*CreatableTopicResult, error)
	// DeleteTopics deletes topics.
	DeleteTopics(ctx context.Context, topics ...string) error
	// DescribeTopics returns topics with partitions and leaders by name, all of them if none is given.
	DescribeTopics(ctx context.Context, topics ...string) (map[string]*TopicMetadata, error)
	// CreatePartitions raises numbers of partitions.
	CreatePartitions(ctx context.Context, topics map[string]*TopicPartition, validateOnly bool) error
	// DeleteRecords deletes records below an offset, -1 for the high watermark, and returns the first offsets that are left.
	DeleteRecords(ctx context.Context, offsets map[string]map[int32]int64) (map[string]map[int32]int64, error)
	// ListOffsets returns offsets by time: milliseconds since the epoch, or OffsetOldest, OffsetMaxTimestamp and the like.
	ListOffsets(ctx context.Context, times map[string]map[int32]int64, options ListOffsetsOptions) (map[string]map[int32]*OffsetResult, error)
	// ElectLeaders has leaders elected, of all partitions if partitions is nil. That no election was needed is no error.
	ElectLeaders(ctx context.Context, kind ElectionType, partitions map[string][]int32) error
	// AlterPartitionReassignments moves partitions to brokers, or with nil ends their moves.
	AlterPartitionReassignments(ctx context.Context, replicas map[string]map[int32][]int32, options ReassignmentOptions) error
	// ListPartitionReassignments returns the moves under way, of all partitions if partitions is nil.
	ListPartitionReassignments(ctx context.Context, partitions map[string][]int32) (map[string]map[int32]*PartitionReplicaReassignmentsStatus, error)
}

// ReassignmentOptions is how partitions are moved. The zero value is what Kafka's own tools do.
type ReassignmentOptions struct {
	// KeepReplicationFactor has the controller refuse to change it (Kafka 4.1, KIP-860). Brokers that cannot are not asked.
	KeepReplicationFactor bool
	// Timeout is how long the controller may take to begin, in whole milliseconds. Default: a minute.
	Timeout time.Duration
}

// ConfigAdmin is the part of Admin for configurations, features and quotas.
type ConfigAdmin interface {
	// DescribeConfigs returns the configurations of resources, in their order.
	DescribeConfigs(ctx context.Context, resources []*ConfigResource, options DescribeConfigsOptions) ([]*ConfigResourceResult, error)
	// IncrementalAlterConfigs changes entries of configurations and leaves the others.
	IncrementalAlterConfigs(ctx context.Context, changes []*IncrementalAlterConfigsResource, validateOnly bool) error
	// ListConfigResources returns what has a configuration (Kafka 4.1, KIP-1142): client metrics subscriptions, groups and the
	// like, of some kinds or of all. For ClientMetricsResource alone Kafka 3.7 will do.
	ListConfigResources(ctx context.Context, kinds ...ConfigResourceType) ([]ListedConfigResource, error)
	// DescribeFeatures returns features that a broker supports and those that the cluster has finalized (Kafka 2.7).
	DescribeFeatures(ctx context.Context) (*FeatureMetadata, error)
	// UpdateFeatures changes finalized features.
	UpdateFeatures(ctx context.Context, updates []FeatureUpdate, options UpdateFeaturesOptions) error
	// DescribeClientQuotas returns the quotas of entities that match all components, and with strict have no other parts.
	DescribeClientQuotas(ctx context.Context, components []QuotaFilterComponent, strict bool) ([]DescribeClientQuotasEntry, error)
	// AlterClientQuotas sets and removes quotas.
	AlterClientQuotas(ctx context.Context, changes []AlterClientQuotasEntry, validateOnly bool) error
}

// FeatureMetadata is the features of a cluster (KIP-584).
type FeatureMetadata struct {
	Supported []SupportedFeatureKey // by the broker that was asked
	Finalized []FinalizedFeatureKey // none if Epoch is -1
	Epoch     int64                 // of Finalized, -1 if not known
}

// UpdateFeaturesOptions is how UpdateFeatures works.
type UpdateFeaturesOptions struct {
	// ValidateOnly changes nothing (Kafka 3.3). Brokers that cannot are not asked.
	ValidateOnly bool
	// Timeout is how long the controller may take, in whole milliseconds. Default: Config.Admin.Timeout.
	Timeout time.Duration
}

// SecurityAdmin is the part of Admin for ACLs, users and delegation tokens.
type SecurityAdmin interface {
	// CreateACLs creates ACLs. One that there is already is no error.
	CreateACLs(ctx context.Context, acls []*ResourceAcls) error
	// DescribeACLs returns the ACLs that match a filter.
	DescribeACLs(ctx context.Context, filter AclFilter) ([]ResourceAcls, error)
	// DeleteACLs deletes the ACLs that match any of some filters, and returns those deleted.
	DeleteACLs(ctx context.Context, filters ...AclFilter) ([]MatchingAcl, error)
	// DescribeUserScramCredentials returns which SCRAM credentials users have, all users if none is given.
	DescribeUserScramCredentials(ctx context.Context, users ...string) (map[string][]*UserScramCredentialsResponseInfo, error)
	// AlterUserScramCredentials sets and deletes SCRAM credentials. Without a salt it takes a random one, without iterations
	// 8192.
	AlterUserScramCredentials(ctx context.Context, upsert []AlterUserScramCredentialsUpsert, remove []AlterUserScramCredentialsDelete) error
	// CreateDelegationToken creates a token (KIP-48): its id and HMAC, in base64, are user and password of SCRAM.
	CreateDelegationToken(ctx context.Context, options DelegationTokenOptions) (*CreateDelegationTokenResponse, error)
	// RenewDelegationToken prolongs a token, for the brokers' delegation.token.expiry.time.ms if period is 0, and returns
	// until when.
	RenewDelegationToken(ctx context.Context, hmac []byte, period time.Duration) (time.Time, error)
	// ExpireDelegationToken ends a token after a period, at once if that is not above 0, and returns when.
	ExpireDelegationToken(ctx context.Context, hmac []byte, period time.Duration) (time.Time, error)
	// DescribeDelegationTokens returns the tokens of owners, of all if none is given, that the client may see.
	DescribeDelegationTokens(ctx context.Context, owners ...KafkaPrincipal) ([]DescribedDelegationToken, error)
}

// DelegationTokenOptions is what a delegation token shall be like. The zero value is one for who asks.
type DelegationTokenOptions struct {
	// Owner is for whom the token is, where that is somebody else (Kafka 3.3, KIP-373).
	Owner *KafkaPrincipal
	// Renewers may renew the token besides its owner.
	Renewers []KafkaPrincipal
	// MaxLifetime is until when it may be renewed. Default: the brokers' delegation.token.max.lifetime.ms.
	MaxLifetime time.Duration
}

// GroupAdmin is the part of Admin for groups of all types, and their offsets.
type GroupAdmin interface {
	// ListGroups returns groups of some states and types, of any where none is given.
	ListGroups(ctx context.Context, options ListGroupsOptions) ([]GroupListing, error)
	// DescribeGroups returns groups of any type, with their members.
	DescribeGroups(ctx context.Context, groups ...string) (map[string]*GroupDetails, error)
	// DeleteGroups deletes groups that have no members.
	DeleteGroups(ctx context.Context, groups ...string) error
	// RemoveGroupMembers removes members by their ids or, where those are empty, by their instance ids.
	RemoveGroupMembers(ctx context.Context, group string, members ...MemberIdentity) error
	// ListGroupOffsets returns the offsets that groups have committed, all of a group if it has no partitions (nil). It
	// also serves streams groups.
	ListGroupOffsets(ctx context.Context, groups map[string]map[string][]int32) (map[string]map[string]map[int32]*OffsetFetchResponseBlock, error)
	// AlterGroupOffsets commits offsets for a group that has no members.
	AlterGroupOffsets(ctx context.Context, group string, offsets map[string]map[int32]OffsetAndMetadata) error
	// DeleteGroupOffsets deletes offsets that a group has committed.
	DeleteGroupOffsets(ctx context.Context, group string, partitions map[string][]int32) error
	// ListShareGroupOffsets returns where share groups are, in all their topics if a group has no partitions (nil) (Kafka 4.1).
	ListShareGroupOffsets(ctx context.Context, groups map[string]map[string][]int32) (map[string]map[string]map[int32]DescribeShareGroupOffsetsResponsePartition, error)
	// AlterShareGroupOffsets sets where a share group without members starts (Kafka 4.1).
	AlterShareGroupOffsets(ctx context.Context, group string, offsets map[string]map[int32]int64) error
	// DeleteShareGroupOffsets makes a share group without members forget topics (Kafka 4.1).
	DeleteShareGroupOffsets(ctx context.Context, group string, topics ...string) error
}

// ListGroupsOptions selects groups. The zero value selects all.
type ListGroupsOptions struct {
	States []string // such as "Stable" (Kafka 2.6, KIP-518)
	Types  []string // "classic", "consumer", "share", "streams" (Kafka 3.8, KIP-848)
}

// GroupListing is a group among others.
type GroupListing struct {
	ID          string
	Protocol    string // "consumer" for consumers
	State       string // empty before Kafka 2.6
	Type        string // empty before Kafka 3.8
	Coordinator int32  // the broker's id
}

// GroupDetails is a group with its members. One of the last four, by its type, is not nil.
type GroupDetails struct {
	ID       string
	State    string
	Classic  *GroupDescription
	Consumer *ConsumerGroupDescription // KIP-848
	Share    *DescribedShareGroup      // KIP-932
	Streams  *DescribedStreamsGroup    // KIP-1071
}

// TransactionAdmin is the part of Admin for producers and transactions.
type TransactionAdmin interface {
	// ListTransactions returns the transactions that brokers know.
	ListTransactions(ctx context.Context, options ListTransactionsOptions) ([]ListTransactionsResponseTransactionState, error)
	// DescribeTransactions returns the state of transactions.
	DescribeTransactions(ctx context.Context, transactionalIDs ...string) (map[string]TransactionState, error)
	// DescribeProducers returns the producers that partitions know.
	DescribeProducers(ctx context.Context, partitions map[string][]int32) (map[string]map[int32][]ProducerState, error)
	// AbortTransaction ends a transaction that hangs in a partition, since its coordinator does not know of it (KIP-664).
	// DescribeProducers tells what is to be given.
	AbortTransaction(ctx context.Context, transaction HangingTransaction) error
	// FenceProducers ends the producers of transactional ids, and aborts their transactions. It returns what succeeds them.
	FenceProducers(ctx context.Context, transactionalIDs ...string) (map[string]ProducerIdentity, error)
}

// ListTransactionsOptions selects transactions. The zero value selects all.
type ListTransactionsOptions struct {
	States      []string      // such as "Ongoing"
	ProducerIDs []int64       //
	OpenFor     time.Duration // at least, in whole milliseconds (Kafka 3.8, KIP-994); 0: any time
	Pattern     string        // an RE2 expression for transactional ids (Kafka 4.1, KIP-1152); empty: any
}

// HangingTransaction is a transaction of a producer in a partition.
type HangingTransaction struct {
	Topic            string
	Partition        int32
	ProducerID       int64
	ProducerEpoch    int16
	CoordinatorEpoch int32 // -1 stands for 0
}

// ProducerIdentity is what brokers know a producer by.
type ProducerIdentity struct {
	ID    int64
	Epoch int16
}

// NodeAdmin is the part of Admin for brokers, controllers and what is on their disks.
type NodeAdmin interface {
	// DescribeCluster returns the nodes of the cluster: brokers, or controllers where the admin talks to those.
	DescribeCluster(ctx context.Context) (*DescribeClusterResponse, error)
	// DescribeLogDirs returns the log directories of brokers by id, of all if none is given.
	DescribeLogDirs(ctx context.Context, brokers ...int32) (map[int32][]DescribeLogDirsResponseDirMetadata, error)
	// AlterReplicaLogDirs moves replicas of a broker to other of its directories (KIP-113). It returns when that has begun.
	AlterReplicaLogDirs(ctx context.Context, broker int32, directories map[string]map[string][]int32) error
	// DescribeQuorum returns the voters and observers of the controllers' log (Kafka 3.3, KIP-595).
	DescribeQuorum(ctx context.Context) (*DescribeQuorumResponse, error)
	// AddRaftVoter makes a controller a voter (Kafka 3.9, KIP-853).
	AddRaftVoter(ctx context.Context, id int32, directory Uuid, listeners ...QuorumListener) error
	// RemoveRaftVoter takes a controller its vote (Kafka 3.9, KIP-853).
	RemoveRaftVoter(ctx context.Context, id int32, directory Uuid) error
	// UnregisterBroker makes the cluster forget a broker that is gone for good.
	UnregisterBroker(ctx context.Context, id int32) error
	// UnregisterController makes the cluster forget a controller that is gone for good (Kafka 4.4).
	UnregisterController(ctx context.Context, id int32) error
}

// ContextClusterAdmin is a ClusterAdmin that does more: the values of NewClusterAdmin implement it.
type ContextClusterAdmin interface {
	ClusterAdmin

	// Admin returns an Admin on the same connections. Closing either closes both.
	Admin() Admin
}

// contextAdmin is an Admin.
type contextAdmin struct{ *adminCore }

var (
	_ Admin               = contextAdmin{}
	_ ContextClusterAdmin = clusterAdmin{}
)

// Admin implements ContextClusterAdmin.
func (c clusterAdmin) Admin() Admin { return contextAdmin(c) }

// NewAdmin returns an Admin on a client of its own, made as by NewClient.
func NewAdmin(addrs []string, conf *Config) (Admin, error) {
	client, err := NewClient(addrs, conf)
	if err != nil {
		return nil, err
	}
	return NewAdminFromClient(client), nil
}

// NewAdminFromClient returns an Admin that uses a client, and closes it when it is closed itself.
func NewAdminFromClient(client Client) Admin {
	return contextAdmin{newAdminCore(clusterRoutes{internalsOf(client)})}
}
