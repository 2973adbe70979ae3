package sarama

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// allNotController tells whether an answer, item by item, says no more than that the controller is another one.
func allNotController(codes []KError) error {
	for _, code := range codes {
		if code != ErrNotController {
			return nil
		}
	}
	if len(codes) == 0 {
		return nil
	}
	return ErrNotController
}

func listed(kind string, names []string) string { return kind + " " + strings.Join(names, ", ") }

// CreateTopics implements TopicAdmin.
func (c contextAdmin) CreateTopics(ctx context.Context, topics map[string]*TopicDetail, validateOnly bool) (map[string]*CreatableTopicResult, error) {
	answer, err := c.createTopics(ctx, topics, validateOnly, func(answer *CreateTopicsResponse) error {
		var codes []KError
		for _, e := range answer.TopicErrors {
			codes = append(codes, e.Err)
		}
		return allNotController(codes)
	})
	if err != nil {
		return nil, failed("CreateTopics", listed("topics", slices.Sorted(maps.Keys(topics))), err)
	}
	r := refusals{operation: "CreateTopics"}
	created := make(map[string]*CreatableTopicResult)
	for name := range topics {
		e := answer.TopicErrors[name]
		switch {
		case e == nil:
			r.add(ErrIncompleteResponse, "topic %s", name)
		case e.Err != ErrNoError:
			r.add(withMessage(e.Err, e.ErrMsg), "topic %s", name)
		case answer.TopicResults[name] != nil:
			created[name] = answer.TopicResults[name]
		default: // before version 5
			created[name] = &CreatableTopicResult{NumPartitions: -1, ReplicationFactor: -1}
		}
	}
	return created, r.err()
}

// DeleteTopics implements TopicAdmin.
func (c contextAdmin) DeleteTopics(ctx context.Context, topics ...string) error {
	answer, err := toController(ctx, c.adminCore, question[DeleteTopicsResponse]{
		req: NewDeleteTopicsRequest(c.conf.Version, topics, c.conf.Admin.Timeout),
		judge: func(answer *DeleteTopicsResponse) error {
			return allNotController(slices.Collect(maps.Values(answer.TopicErrorCodes)))
		},
	})
	if err != nil {
		return failed("DeleteTopics", listed("topics", topics), err)
	}
	r := refusals{operation: "DeleteTopics"}
	for _, name := range topics {
		code, ok := answer.TopicErrorCodes[name]
		if !ok {
			r.add(ErrIncompleteResponse, "topic %s", name)
			continue
		}
		r.add(withMessage(code, answer.TopicErrorMessages[name]), "topic %s", name)
	}
	return r.err()
}

// DescribeTopics implements TopicAdmin.
func (c contextAdmin) DescribeTopics(ctx context.Context, topics ...string) (map[string]*TopicMetadata, error) {
	answer, err := toAny(ctx, c.adminCore, question[protocol.MetadataResponse]{req: NewMetadataRequest(c.conf.Version, topics)})
	if err != nil {
		return nil, failed("Metadata", listed("topics", topics), err)
	}
	r := refusals{operation: "Metadata"}
	found := make(map[string]*TopicMetadata)
	for _, topic := range answer.Topics {
		if topic.Err == ErrNoError || topic.Err == ErrLeaderNotAvailable {
			found[topic.Name] = topic
			continue
		}
		r.add(topic.Err, "topic %s", topic.Name)
	}
	return found, r.err()
}

// CreatePartitions implements TopicAdmin.
func (c contextAdmin) CreatePartitions(ctx context.Context, topics map[string]*TopicPartition, validateOnly bool) error {
	answer, err := c.createPartitions(ctx, topics, validateOnly, func(answer *CreatePartitionsResponse) error {
		var codes []KError
		for _, e := range answer.TopicPartitionErrors {
			codes = append(codes, e.Err)
		}
		return allNotController(codes)
	})
	if err != nil {
		return failed("CreatePartitions", listed("topics", slices.Sorted(maps.Keys(topics))), err)
	}
	r := refusals{operation: "CreatePartitions"}
	for name := range topics {
		if e := answer.TopicPartitionErrors[name]; e != nil {
			r.add(withMessage(e.Err, e.ErrMsg), "topic %s", name)
		} else {
			r.add(ErrIncompleteResponse, "topic %s", name)
		}
	}
	return r.err()
}

// DeleteRecords implements TopicAdmin.
func (c contextAdmin) DeleteRecords(ctx context.Context, offsets map[string]map[int32]int64) (map[string]map[int32]int64, error) {
	left, outcomes := c.deleteRecords(ctx, offsets)
	r := refusals{operation: "DeleteRecords"}
	r.partitions(outcomes)
	return left, r.err()
}

// ListOffsets implements TopicAdmin.
func (c contextAdmin) ListOffsets(
	ctx context.Context, times map[string]map[int32]int64, options ListOffsetsOptions,
) (map[string]map[int32]*OffsetResult, error) {
	found, outcomes := c.listOffsets(ctx, times, options)
	r := refusals{operation: "ListOffsets"}
	r.partitions(outcomes)
	for tp, o := range outcomes {
		if o.err != nil {
			delete(found[tp.topic], tp.partition)
		} else if result := found[tp.topic][tp.partition]; result != nil {
			result.Err = nil
		}
	}
	return found, r.err()
}

// ElectLeaders implements TopicAdmin.
func (c contextAdmin) ElectLeaders(ctx context.Context, kind ElectionType, partitions map[string][]int32) error {
	results, err := c.electLeaders(ctx, kind, partitions, partitions == nil)
	if err != nil {
		return failed("ElectLeaders", listed("topics", slices.Sorted(maps.Keys(partitions))), err)
	}
	r := refusals{operation: "ElectLeaders"}
	for _, tp := range partitionKeys(results) {
		if result := results[tp.topic][tp.partition]; result.ErrorCode != ErrElectionNotNeeded {
			r.add(withMessage(result.ErrorCode, result.ErrorMessage), "partition %s", tp)
		}
	}
	return r.err()
}

// AlterPartitionReassignments implements TopicAdmin.
func (c contextAdmin) AlterPartitionReassignments(
	ctx context.Context, replicas map[string]map[int32][]int32, options ReassignmentOptions,
) error {
	timeout := cmp.Or(options.Timeout, reassignmentTimeout)
	request := &AlterPartitionReassignmentsRequest{
		TimeoutMs: int32(timeout.Milliseconds()), Version: c.latest(protocol.KeyAlterPartitionReassignments),
		AllowReplicationFactorChange: !options.KeepReplicationFactor,
	}
	for _, tp := range partitionKeys(replicas) {
		request.AddBlock(tp.topic, tp.partition, replicas[tp.topic][tp.partition])
	}
	q := question[AlterPartitionReassignmentsResponse]{
		req: request,
		judge: func(answer *AlterPartitionReassignmentsResponse) error {
			return withMessage(answer.ErrorCode, answer.ErrorMessage)
		},
	}
	if options.KeepReplicationFactor {
		q.least = 1
	}
	answer, err := toController(ctx, c.adminCore, q)
	if err != nil {
		return failed(q.name(), listed("topics", slices.Sorted(maps.Keys(replicas))), err)
	}
	r := refusals{operation: q.name()}
	for _, tp := range partitionKeys(replicas) {
		if result := answer.Errors[tp.topic][tp.partition]; result != nil {
			r.add(withMessage(result.ErrorCode, result.ErrorMessage), "partition %s", tp)
		} else {
			r.add(ErrIncompleteResponse, "partition %s", tp)
		}
	}
	return r.err()
}

// name is Kafka's name of the request.
func (q question[R]) name() string { return protocol.Name(protocol.KeyOf(q.req)) }

// ListPartitionReassignments implements TopicAdmin.
func (c contextAdmin) ListPartitionReassignments(
	ctx context.Context, partitions map[string][]int32,
) (map[string]map[int32]*PartitionReplicaReassignmentsStatus, error) {
	moves, err := c.listReassignments(ctx, partitions)
	return moves, failed("ListPartitionReassignments", listed("topics", slices.Sorted(maps.Keys(partitions))), err)
}

// DescribeConfigs implements ConfigAdmin.
func (c contextAdmin) DescribeConfigs(
	ctx context.Context, resources []*ConfigResource, options DescribeConfigsOptions,
) ([]*ConfigResourceResult, error) {
	found, failed := c.describeConfigs(ctx, resources, options)
	r := refusals{operation: "DescribeConfigs"}
	var told []*ConfigResourceResult
	for _, resource := range resources {
		key := configKey{resource.Type, resource.Name}
		err, result := failed[key], found[key]
		switch {
		case err != nil:
		case result == nil:
			err = ErrIncompleteResponse
		default:
			err = withMessage(result.ErrorCode, &result.ErrorMsg)
		}
		if r.add(err, "%s %s", configKind(resource.Type), resource.Name); err == nil {
			told = append(told, result)
		}
	}
	return told, r.err()
}

func configKind(kind ConfigResourceType) string {
	name := map[ConfigResourceType]string{
		TopicResource: "topic", BrokerResource: "broker", BrokerLoggerResource: "loggers of broker", ClientMetricsResource: "client metrics",
		GroupResource: "group",
	}[kind]
	return cmp.Or(name, "resource")
}

// IncrementalAlterConfigs implements ConfigAdmin.
func (c contextAdmin) IncrementalAlterConfigs(ctx context.Context, changes []*IncrementalAlterConfigsResource, validateOnly bool) error {
	r := refusals{operation: "IncrementalAlterConfigs"}
	groups := make(map[configKey][]*IncrementalAlterConfigsResource) // by broker: the zero key for any
	for _, change := range changes {
		_, one, err := nodeOf(change.Type, change.Name)
		key := configKey{}
		switch {
		case err != nil:
			r.add(err, "%s %s", configKind(change.Type), change.Name)
			continue
		case one:
			key = configKey{BrokerResource, change.Name}
		}
		groups[key] = append(groups[key], change)
	}
	for key, group := range groups {
		answer, err := toConfigBroker(ctx, c.adminCore, key.kind, key.name, question[IncrementalAlterConfigsResponse]{
			req: c.alterConfigsRequest(group, validateOnly),
			judge: func(answer *IncrementalAlterConfigsResponse) error {
				var codes []KError
				for _, resource := range answer.Resources {
					codes = append(codes, KError(resource.ErrorCode))
				}
				return allNotController(codes)
			},
		})
		if err != nil {
			for _, change := range group {
				r.add(err, "%s %s", configKind(change.Type), change.Name)
			}
			continue
		}
		answered := make(map[configKey]*AlterConfigsResourceResponse)
		for _, resource := range answer.Resources {
			answered[configKey{resource.Type, resource.Name}] = resource
		}
		for _, change := range group {
			err := ErrIncompleteResponse
			if resource := answered[configKey{change.Type, change.Name}]; resource != nil {
				err = withMessage(KError(resource.ErrorCode), &resource.ErrorMsg)
			}
			r.add(err, "%s %s", configKind(change.Type), change.Name)
		}
	}
	return r.err()
}

// ListConfigResources implements ConfigAdmin.
func (c contextAdmin) ListConfigResources(ctx context.Context, kinds ...ConfigResourceType) ([]ListedConfigResource, error) {
	q := question[ListConfigResourcesResponse]{
		req:   &ListConfigResourcesRequest{Version: c.latest(protocol.KeyListConfigResources), ResourceTypes: kinds},
		least: 1,
		judge: func(answer *ListConfigResourcesResponse) error { return codeOrNil(answer.ErrorCode) },
	}
	if slices.Equal(kinds, []ConfigResourceType{ClientMetricsResource}) {
		q.least = 0 // which lists those alone
	}
	answer, err := toAny(ctx, c.adminCore, q)
	if err != nil && q.least == 0 && errors.Is(err, ErrUnsupportedVersion) {
		return nil, failed(q.name(), "client metrics", err)
	}
	if err != nil {
		return nil, failed(q.name(), "resources", err)
	}
	return answer.ConfigResources, nil
}

// DescribeFeatures implements ConfigAdmin.
func (c contextAdmin) DescribeFeatures(ctx context.Context) (*FeatureMetadata, error) {
	version := int16(3)
	if c.conf.Version.IsAtLeast(V3_9_0_0) {
		version = 4 // which has those that begin at 0
	}
	answer, err := toAny(ctx, c.adminCore, question[ApiVersionsResponse]{
		req: &ApiVersionsRequest{
			Version: version, ClientSoftwareName: clientSoftwareName, ClientSoftwareVersion: clientSoftwareVersion(),
		},
		least: 3,
		judge: func(answer *ApiVersionsResponse) error { return codeOrNil(KError(answer.ErrorCode)) },
	})
	if err != nil {
		return nil, failed("ApiVersions", "features", err)
	}
	return &FeatureMetadata{answer.SupportedFeatures, answer.FinalizedFeatures, answer.FinalizedFeaturesEpoch}, nil
}

// UpdateFeatures implements ConfigAdmin.
func (c contextAdmin) UpdateFeatures(ctx context.Context, updates []FeatureUpdate, options UpdateFeaturesOptions) error {
	q := question[UpdateFeaturesResponse]{
		req: &UpdateFeaturesRequest{
			Version: c.latest(protocol.KeyUpdateFeatures), Timeout: cmp.Or(options.Timeout, c.conf.Admin.Timeout).Truncate(time.Millisecond),
			FeatureUpdates: updates, ValidateOnly: options.ValidateOnly,
		},
		judge: func(answer *UpdateFeaturesResponse) error { return withMessage(answer.ErrorCode, answer.ErrorMessage) },
	}
	if options.ValidateOnly {
		q.least = 1
	}
	answer, err := toController(ctx, c.adminCore, q)
	if err != nil {
		var names []string
		for _, update := range updates {
			names = append(names, update.Feature)
		}
		return failed(q.name(), listed("features", names), err)
	}
	r := refusals{operation: q.name()}
	for _, result := range answer.Results {
		r.add(withMessage(result.ErrorCode, result.ErrorMessage), "feature %s", result.Feature)
	}
	return r.err()
}

// DescribeClientQuotas implements ConfigAdmin.
func (c contextAdmin) DescribeClientQuotas(ctx context.Context, components []QuotaFilterComponent, strict bool) ([]DescribeClientQuotasEntry, error) {
	entries, err := c.describeQuotas(ctx, components, strict)
	return entries, failed("DescribeClientQuotas", "quotas", err)
}

// AlterClientQuotas implements ConfigAdmin.
func (c contextAdmin) AlterClientQuotas(ctx context.Context, changes []AlterClientQuotasEntry, validateOnly bool) error {
	answer, err := c.alterQuotas(ctx, changes, validateOnly, func(answer *AlterClientQuotasResponse) error {
		var codes []KError
		for _, entry := range answer.Entries {
			codes = append(codes, entry.ErrorCode)
		}
		return allNotController(codes)
	})
	if err != nil {
		return failed("AlterClientQuotas", "quotas", err)
	}
	r := refusals{operation: "AlterClientQuotas"}
	for _, entry := range answer.Entries {
		r.add(withMessage(entry.ErrorCode, entry.ErrorMsg), "%s", quotaEntity(entry.Entity))
	}
	return r.err()
}

// quotaEntity names who has a quota.
func quotaEntity(parts []QuotaEntityComponent) string {
	var names []string
	for _, part := range parts {
		names = append(names, string(part.EntityType)+" "+cmp.Or(part.Name, "<default>"))
	}
	return strings.Join(names, ", ")
}
