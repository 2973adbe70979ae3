package sarama

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/seed20e6684a/sarama/protocol"
)

// DescribeConfigsOptions is what DescribeConfigs tells more.
type DescribeConfigsOptions struct {
	// IncludeSynonyms asks where values may come from (Kafka 1.1, KIP-226).
	IncludeSynonyms bool
	// IncludeDocumentation asks for types and documentation of entries (Kafka 2.6, KIP-569).
	IncludeDocumentation bool
}

// ConfigResourceResult is the configuration of a resource, or why it was not told.
type ConfigResourceResult struct {
	Type      ConfigResourceType
	Name      string
	ErrorCode KError
	ErrorMsg  string
	Configs   []ConfigEntry
}

// configKey is a resource that has a configuration.
type configKey struct {
	kind ConfigResourceType
	name string
}

// nodeOf returns the id of the one broker that knows a resource's configuration; has is false where any broker does.
func nodeOf(kind ConfigResourceType, name string) (id int32, has bool, err error) {
	if (kind != BrokerResource || name == "") && kind != BrokerLoggerResource {
		return 0, false, nil
	}
	parsed, err := strconv.ParseInt(name, 10, 32)
	if err != nil {
		return 0, true, fmt.Errorf("the name of a broker's resource is the broker's id, not %.100q: %w", name, err)
	}
	return int32(parsed), true, nil
}

// toConfigBroker asks the broker that knows a resource's configuration.
func toConfigBroker[R any, P message[R]](ctx context.Context, a *adminCore, kind ConfigResourceType, name string, q question[R]) (*R, error) {
	id, one, err := nodeOf(kind, name)
	switch {
	case err != nil:
		return nil, err
	case one:
		return toNode[R, P](ctx, a, id, q)
	}
	return toAny[R, P](ctx, a, q)
}

// DescribeConfig implements ClusterAdmin.
func (c clusterAdmin) DescribeConfig(resource ConfigResource) ([]ConfigEntry, error) {
	results, err := c.DescribeConfigs([]*ConfigResource{&resource}, DescribeConfigsOptions{})
	if err != nil {
		return nil, err
	}
	entries := make([]ConfigEntry, 0, len(results))
	for _, result := range results {
		if result.ErrorCode != ErrNoError {
			return nil, &DescribeConfigError{Err: result.ErrorCode, ErrMsg: printable(result.ErrorMsg)}
		}
		entries = append(entries, result.Configs...)
	}
	return entries, nil
}

// DescribeConfigs implements ClusterAdmin.
func (c clusterAdmin) DescribeConfigs(resources []*ConfigResource, options DescribeConfigsOptions) ([]*ConfigResourceResult, error) {
	found, failed := c.describeConfigs(c.ctx, resources, options)
	var results []*ConfigResourceResult
	for _, resource := range resources {
		key := configKey{resource.Type, resource.Name}
		if err := failed[key]; err != nil {
			return nil, err
		}
		if result := found[key]; result != nil {
			results = append(results, result)
		}
	}
	return results, nil
}

// describeConfigs asks once for all resources that any broker knows, and each broker for its own. It returns what brokers have told,
// and why the other resources could not be asked for.
func (a *adminCore) describeConfigs(
	ctx context.Context, resources []*ConfigResource, options DescribeConfigsOptions,
) (found map[configKey]*ConfigResourceResult, failed map[configKey]error) {
	found, failed = make(map[configKey]*ConfigResourceResult), make(map[configKey]error)
	groups := make(map[configKey][]*ConfigResource) // by broker: the zero key for any
	for _, resource := range resources {
		_, one, err := nodeOf(resource.Type, resource.Name)
		key := configKey{}
		switch {
		case err != nil:
			failed[configKey{resource.Type, resource.Name}] = err
			continue
		case one:
			key = configKey{BrokerResource, resource.Name}
		}
		groups[key] = append(groups[key], resource)
	}
	for key, group := range groups {
		answer, err := toConfigBroker(ctx, a, key.kind, key.name, question[DescribeConfigsResponse]{
			req: &DescribeConfigsRequest{
				Version: a.latest(protocol.KeyDescribeConfigs), Resources: group,
				IncludeSynonyms: options.IncludeSynonyms, IncludeDocumentation: options.IncludeDocumentation,
			},
		})
		if err != nil {
			for _, resource := range group {
				failed[configKey{resource.Type, resource.Name}] = err
			}
			continue
		}
		for _, resource := range answer.Resources {
			found[configKey{resource.Type, resource.Name}] = configResult(resource)
		}
	}
	return found, failed
}

func configResult(resource *ResourceResponse) *ConfigResourceResult {
	result := &ConfigResourceResult{
		Type: resource.Type, Name: resource.Name, ErrorCode: KError(resource.ErrorCode), ErrorMsg: resource.ErrorMsg,
	}
	for _, entry := range resource.Configs {
		result.Configs = append(result.Configs, *entry)
	}
	return result
}

// AlterConfig implements ClusterAdmin.
func (c clusterAdmin) AlterConfig(resourceType ConfigResourceType, name string, entries map[string]*string, validateOnly bool) error {
	_, err := toConfigBroker(c.ctx, c.adminCore, resourceType, name, question[AlterConfigsResponse]{
		req: &AlterConfigsRequest{
			Version:      c.latest(protocol.KeyAlterConfigs),
			Resources:    []*AlterConfigsResource{{Type: resourceType, Name: name, ConfigEntries: entries}},
			ValidateOnly: validateOnly,
		},
		judge: func(answer *AlterConfigsResponse) error {
			for _, resource := range answer.Resources {
				if resource.Name == name && resource.ErrorCode != 0 {
					return &AlterConfigError{Err: KError(resource.ErrorCode), ErrMsg: printable(resource.ErrorMsg)}
				}
			}
			return nil
		},
	})
	return err
}

// IncrementalAlterConfig implements ClusterAdmin.
func (c clusterAdmin) IncrementalAlterConfig(
	resourceType ConfigResourceType, name string, entries map[string]IncrementalAlterConfigsEntry, validateOnly bool,
) error {
	change := &IncrementalAlterConfigsResource{Type: resourceType, Name: name, ConfigEntries: entries}
	_, err := toConfigBroker(c.ctx, c.adminCore, resourceType, name, question[IncrementalAlterConfigsResponse]{
		req: c.alterConfigsRequest([]*IncrementalAlterConfigsResource{change}, validateOnly),
		judge: func(answer *IncrementalAlterConfigsResponse) error {
			for _, resource := range answer.Resources {
				if resource.Name == name && resource.ErrorCode != 0 {
					return withMessage(KError(resource.ErrorCode), &resource.ErrorMsg)
				}
			}
			return nil
		},
	})
	return err
}

func (a *adminCore) alterConfigsRequest(changes []*IncrementalAlterConfigsResource, validateOnly bool) *IncrementalAlterConfigsRequest {
	return &IncrementalAlterConfigsRequest{
		Version: a.latest(protocol.KeyIncrementalAlterConfigs), Resources: changes, ValidateOnly: validateOnly,
	}
}

// UpdateFeatures implements ClusterAdmin.
func (c clusterAdmin) UpdateFeatures(featureUpdates []FeatureUpdate) ([]UpdatableFeatureResult, error) {
	answer, err := toController(c.ctx, c.adminCore, question[UpdateFeaturesResponse]{
		req: &UpdateFeaturesRequest{
			Version: c.version(protocol.KeyUpdateFeatures, lastFeatureResults), Timeout: c.conf.Admin.Timeout, FeatureUpdates: featureUpdates,
		},
		judge: func(answer *UpdateFeaturesResponse) error {
			if answer.ErrorCode != ErrNoError && answer.ErrorMessage != nil {
				return fmt.Errorf("%w - %s", answer.ErrorCode, printable(*answer.ErrorMessage))
			}
			return codeOrNil(answer.ErrorCode)
		},
	})
	if err != nil {
		return nil, err
	}
	return answer.Results, nil
}

// lastFeatureResults is the last version of UpdateFeatures that has a result for each feature.
const lastFeatureResults = 1

// quotaError has the text of a broker's message, and its code for errors.Is.
type quotaError struct {
	code    KError
	message string
}

// Error implements error.
func (e *quotaError) Error() string { return e.message }

// Unwrap returns the code.
func (e *quotaError) Unwrap() error { return e.code }

func quotaFailure(code KError, message *string) error {
	if message == nil || *message == "" {
		return codeOrNil(code)
	}
	said := printable(*message)
	if code == ErrNoError {
		return errors.New(said)
	}
	return &quotaError{code, said}
}

// DescribeClientQuotas implements ClusterAdmin.
func (c clusterAdmin) DescribeClientQuotas(components []QuotaFilterComponent, strict bool) ([]DescribeClientQuotasEntry, error) {
	return c.describeQuotas(c.ctx, components, strict)
}

func (a *adminCore) describeQuotas(ctx context.Context, components []QuotaFilterComponent, strict bool) ([]DescribeClientQuotasEntry, error) {
	answer, err := toController(ctx, a, question[DescribeClientQuotasResponse]{
		req: NewDescribeClientQuotasRequest(a.conf.Version, components, strict),
		judge: func(answer *DescribeClientQuotasResponse) error {
			return quotaFailure(answer.ErrorCode, answer.ErrorMsg)
		},
	})
	if err != nil {
		return nil, err
	}
	return answer.Entries, nil
}

// AlterClientQuotas implements ClusterAdmin.
func (c clusterAdmin) AlterClientQuotas(entity []QuotaEntityComponent, op ClientQuotasOp, validateOnly bool) error {
	_, err := c.alterQuotas(c.ctx, []AlterClientQuotasEntry{{Entity: entity, Ops: []ClientQuotasOp{op}}}, validateOnly,
		func(answer *AlterClientQuotasResponse) error {
			for _, entry := range answer.Entries {
				if err := quotaFailure(entry.ErrorCode, entry.ErrorMsg); err != nil {
					return err
				}
			}
			return nil
		})
	return err
}

func (a *adminCore) alterQuotas(
	ctx context.Context, entries []AlterClientQuotasEntry, validateOnly bool, judge func(*AlterClientQuotasResponse) error,
) (*AlterClientQuotasResponse, error) {
	return toController(ctx, a, question[AlterClientQuotasResponse]{
		req:   &AlterClientQuotasRequest{Version: a.latest(protocol.KeyAlterClientQuotas), Entries: entries, ValidateOnly: validateOnly},
		judge: judge,
	})
}
