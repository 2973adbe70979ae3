package sarama

import "github.com/seed20e6684a/sarama/protocol"

// MockDescribeConfigsResponse answers DescribeConfigsRequests.
type MockDescribeConfigsResponse struct{ t TestReporter }

// NewMockDescribeConfigsResponse returns an answer with a few entries for topics, brokers and brokers' loggers.
func NewMockDescribeConfigsResponse(t TestReporter) *MockDescribeConfigsResponse {
	return &MockDescribeConfigsResponse{t}
}

// For returns the answer to a *DescribeConfigsRequest.
func (mr *MockDescribeConfigsResponse) For(request protocol.Message) any {
	req := asked[DescribeConfigsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &DescribeConfigsResponse{Version: req.Version}
	for _, r := range req.Resources {
		if entries := mockConfig(r.Type, req.Version); entries != nil {
			res.Resources = append(res.Resources, &ResourceResponse{Type: r.Type, Name: r.Name, Configs: entries})
		}
	}
	return res
}

// mockConfig is what resources of a type are configured to, nil for types without any.
func mockConfig(of ConfigResourceType, version int16) []*ConfigEntry {
	switch of {
	case BrokerResource:
		return []*ConfigEntry{{Name: "min.insync.replicas", Value: "2"}}
	case BrokerLoggerResource:
		return []*ConfigEntry{{Name: "kafka.controller.KafkaController", Value: "DEBUG"}}
	case TopicResource:
	default:
		return nil
	}
	size := &ConfigEntry{Name: "max.message.bytes", Value: "1000000", Default: version == 0}
	retention := &ConfigEntry{Name: "retention.ms", Value: "5000"}
	if version > 0 {
		size.Source = SourceDefault
		size.Synonyms = []*ConfigSynonym{{ConfigName: "max.message.bytes", ConfigValue: "500000"}}
		retention.Synonyms = []*ConfigSynonym{{ConfigName: "log.retention.ms", ConfigValue: "2500"}}
	}
	return []*ConfigEntry{size, retention, {Name: "password", Value: "12345", Sensitive: true}}
}

// MockDescribeConfigsResponseWithErrorCode answers DescribeConfigsRequests with errors.
type MockDescribeConfigsResponseWithErrorCode struct{ t TestReporter }

// NewMockDescribeConfigsResponseWithErrorCode returns an answer by which all resources fail with error 83.
func NewMockDescribeConfigsResponseWithErrorCode(t TestReporter) *MockDescribeConfigsResponseWithErrorCode {
	return &MockDescribeConfigsResponseWithErrorCode{t}
}

// For returns the answer to a *DescribeConfigsRequest.
func (mr *MockDescribeConfigsResponseWithErrorCode) For(request protocol.Message) any {
	req := asked[DescribeConfigsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &DescribeConfigsResponse{Version: req.Version}
	for _, r := range req.Resources {
		res.Resources = append(res.Resources, &ResourceResponse{Type: r.Type, Name: r.Name, ErrorCode: mockConfigError})
	}
	return res
}

// mockConfigError is ErrEligibleLeadersNotAvailable, which has nothing to do with configurations; tests look for its number.
const mockConfigError = 83

// alteredConfigs are the outcomes for resources: each the same.
func alteredConfigs(names []alteredConfig, code int16, message string) []*AlterConfigsResourceResponse {
	var all []*AlterConfigsResourceResponse
	for _, n := range names {
		all = append(all, &AlterConfigsResourceResponse{Type: n.of, Name: n.name, ErrorCode: code, ErrorMsg: message})
	}
	return all
}

type alteredConfig struct {
	of   ConfigResourceType
	name string
}

func altered(req *AlterConfigsRequest) []alteredConfig {
	var all []alteredConfig
	for _, r := range req.Resources {
		all = append(all, alteredConfig{r.Type, r.Name})
	}
	return all
}

func alteredInPart(req *IncrementalAlterConfigsRequest) []alteredConfig {
	var all []alteredConfig
	for _, r := range req.Resources {
		all = append(all, alteredConfig{r.Type, r.Name})
	}
	return all
}

// MockAlterConfigsResponse answers AlterConfigsRequests.
type MockAlterConfigsResponse struct{ t TestReporter }

// NewMockAlterConfigsResponse returns an answer by which all resources are altered.
func NewMockAlterConfigsResponse(t TestReporter) *MockAlterConfigsResponse {
	return &MockAlterConfigsResponse{t}
}

// For returns the answer to an *AlterConfigsRequest.
func (mr *MockAlterConfigsResponse) For(request protocol.Message) any {
	req := asked[AlterConfigsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	return &AlterConfigsResponse{Version: req.Version, Resources: alteredConfigs(altered(req), 0, "")}
}

// MockAlterConfigsResponseWithErrorCode answers AlterConfigsRequests with errors.
type MockAlterConfigsResponseWithErrorCode struct{ t TestReporter }

// NewMockAlterConfigsResponseWithErrorCode returns an answer by which all resources fail with error 83.
func NewMockAlterConfigsResponseWithErrorCode(t TestReporter) *MockAlterConfigsResponseWithErrorCode {
	return &MockAlterConfigsResponseWithErrorCode{t}
}

// For returns the answer to an *AlterConfigsRequest.
func (mr *MockAlterConfigsResponseWithErrorCode) For(request protocol.Message) any {
	req := asked[AlterConfigsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	return &AlterConfigsResponse{Version: req.Version, Resources: alteredConfigs(altered(req), mockConfigError, "")}
}

// MockIncrementalAlterConfigsResponse answers IncrementalAlterConfigsRequests.
type MockIncrementalAlterConfigsResponse struct{ t TestReporter }

// NewMockIncrementalAlterConfigsResponse returns an answer by which all resources are altered.
func NewMockIncrementalAlterConfigsResponse(t TestReporter) *MockIncrementalAlterConfigsResponse {
	return &MockIncrementalAlterConfigsResponse{t}
}

// For returns the answer to an *IncrementalAlterConfigsRequest.
func (mr *MockIncrementalAlterConfigsResponse) For(request protocol.Message) any {
	req := asked[IncrementalAlterConfigsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	return &IncrementalAlterConfigsResponse{Version: req.Version, Resources: alteredConfigs(alteredInPart(req), 0, "")}
}

// MockIncrementalAlterConfigsResponseWithErrorCode answers IncrementalAlterConfigsRequests with errors.
type MockIncrementalAlterConfigsResponseWithErrorCode struct{ t TestReporter }

// NewMockIncrementalAlterConfigsResponseWithErrorCode returns an answer by which all resources fail with ErrInvalidConfig.
func NewMockIncrementalAlterConfigsResponseWithErrorCode(t TestReporter) *MockIncrementalAlterConfigsResponseWithErrorCode {
	return &MockIncrementalAlterConfigsResponseWithErrorCode{t}
}

// For returns the answer to an *IncrementalAlterConfigsRequest.
func (mr *MockIncrementalAlterConfigsResponseWithErrorCode) For(request protocol.Message) any {
	req := asked[IncrementalAlterConfigsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	return &IncrementalAlterConfigsResponse{Version: req.Version, Resources: alteredConfigs(alteredInPart(req),
		int16(ErrInvalidConfig), "Invalid value xyz for configuration retention.ms: Not a number of type LONG")}
}

// MockCreateAclsResponse answers CreateAclsRequests.
type MockCreateAclsResponse struct{ t TestReporter }

// NewMockCreateAclsResponse returns an answer by which all ACLs are created.
func NewMockCreateAclsResponse(t TestReporter) *MockCreateAclsResponse {
	return &MockCreateAclsResponse{t}
}

// For returns the answer to a *CreateAclsRequest.
func (mr *MockCreateAclsResponse) For(request protocol.Message) any {
	req := asked[CreateAclsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &CreateAclsResponse{Version: req.Version}
	for range req.AclCreations {
		res.AclCreationResponses = append(res.AclCreationResponses, new(AclCreationResponse))
	}
	return res
}

// MockCreateAclsResponseError answers CreateAclsRequests with errors.
type MockCreateAclsResponseError struct{ t TestReporter }

// NewMockCreateAclsResponseWithError returns an answer by which all ACLs fail with ErrInvalidRequest.
func NewMockCreateAclsResponseWithError(t TestReporter) *MockCreateAclsResponseError {
	return &MockCreateAclsResponseError{t}
}

// For returns the answer to a *CreateAclsRequest.
func (mr *MockCreateAclsResponseError) For(request protocol.Message) any {
	req := asked[CreateAclsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &CreateAclsResponse{Version: req.Version}
	for range req.AclCreations {
		res.AclCreationResponses = append(res.AclCreationResponses, &AclCreationResponse{Err: ErrInvalidRequest})
	}
	return res
}

// MockListAclsResponse answers DescribeAclsRequests.
type MockListAclsResponse struct{ t TestReporter }

// NewMockListAclsResponse returns an answer with one ACL, which fits the filter.
func NewMockListAclsResponse(t TestReporter) *MockListAclsResponse {
	return &MockListAclsResponse{t}
}

// For returns the answer to a *DescribeAclsRequest.
func (mr *MockListAclsResponse) For(request protocol.Message) any {
	req := asked[DescribeAclsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	acl := &Acl{Principal: "User:test", Host: "*", Operation: req.Operation, PermissionType: req.PermissionType}
	if req.Principal != nil {
		acl.Principal = *req.Principal
	}
	if req.Host != nil {
		acl.Host = *req.Host
	}
	if acl.PermissionType == AclPermissionAny {
		acl.PermissionType = AclPermissionAllow
	}
	resource := Resource{ResourceType: req.ResourceType, ResourcePatternType: req.ResourcePatternTypeFilter}
	if req.ResourceName != nil {
		resource.ResourceName = *req.ResourceName
	}
	return &DescribeAclsResponse{
		Version: int16(req.Version), ResourceAcls: []*ResourceAcls{{Resource: resource, Acls: []*Acl{acl}}},
	}
}

// MockDeleteAclsResponse answers DeleteAclsRequests.
type MockDeleteAclsResponse struct{ t TestReporter }

// NewMockDeleteAclsResponse returns an answer by which each filter has deleted one ACL.
func NewMockDeleteAclsResponse(t TestReporter) *MockDeleteAclsResponse {
	return &MockDeleteAclsResponse{t}
}

// For returns the answer to a *DeleteAclsRequest.
func (mr *MockDeleteAclsResponse) For(request protocol.Message) any {
	req := asked[DeleteAclsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &DeleteAclsResponse{Version: int16(req.Version)}
	for range req.Filters {
		res.FilterResponses = append(res.FilterResponses, &FilterResponse{MatchingAcls: []*MatchingAcl{new(MatchingAcl)}})
	}
	return res
}
