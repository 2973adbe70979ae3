package protocol

import (
	"slices"

	"github.com/seed20e6684a/sarama/internal/schema"
)

// nullIsEmpty lists the nullable fields whose null and empty values the API holds
// as one: whichever of them is written means the same to a broker.
var nullIsEmpty = map[string]bool{
	"MetadataRequest.Topics.Name":                            true, // a plain string; null or empty when there is an id
	"MetadataResponse.Topics.Name":                           true, // a plain string
	"DeleteTopicsRequest.Topics.Name":                        true, // a plain string; null or empty when there is an id
	"DeleteTopicsResponse.Responses.Name":                    true, // a key of maps; null or empty when there is an id
	"CreatePartitionsRequest.Topics.Assignments":             true, // no assignment either way
	"DescribeConfigsRequest.Resources.ConfigurationKeys":     true, // all entries either way
	"DescribeConfigsResponse.Results.ErrorMessage":           true, // a plain string
	"DescribeConfigsResponse.Results.Configs.Value":          true, // a plain string; null if sensitive
	"DescribeConfigsResponse.Results.Configs.Synonyms.Value": true, // a plain string; null if sensitive
	"AlterConfigsResponse.Responses.ErrorMessage":            true, // a plain string
	"IncrementalAlterConfigsResponse.Responses.ErrorMessage": true, // a plain string
	"DescribeLogDirsRequest.Topics":                          true, // written as null, for all topics
	"DescribeClientQuotasRequest.Components.Match":           true, // a plain string; null unless the match is exact
	"DescribeClientQuotasResponse.Entries":                   true, // no entries either way
	"DescribeUserScramCredentialsRequest.Users":              true, // all users either way

	"OffsetCommitRequest.Topics.Partitions.CommittedMetadata": true, // a plain string
	"OffsetFetchResponse.Topics.Partitions.Metadata":          true, // a plain string
	"OffsetFetchResponse.Groups.Topics.Partitions.Metadata":   true, // a plain string
	"JoinGroupResponse.ProtocolName":                          true, // a plain string
}

// withoutEmpty lists the arrays of topics from which those without partitions are dropped.
var withoutEmpty = map[string]string{
	"ProduceRequest.TopicData": "PartitionData",
	"FetchResponse.Responses":  "Partitions",
}

// merge makes equal what the API does not tell apart.
func merge(path string, f *schema.Field, v any) any {
	if v == nil && nullIsEmpty[path] {
		if f.Type == "string" {
			return ""
		}
		return []any{}
	}
	if path == "DescribeClientQuotasRequest.Components" {
		return withoutNeedlessMatch(v.([]any))
	}
	inner, ok := withoutEmpty[path]
	if !ok {
		return v
	}
	var kept []any
	for _, topic := range v.([]any) {
		if len(topic.(*schema.Struct).Get(inner).([]any)) > 0 {
			kept = append(kept, topic)
		}
	}
	return kept
}

// notHeld lists the values on the wire that no field holds.
var notHeld = map[string]bool{}

// withoutNeedlessMatch empties the names of filters that match the default or any
// name: brokers refuse requests that have one, and so it is not written.
func withoutNeedlessMatch(components []any) []any {
	kept := make([]any, len(components))
	for i, component := range components {
		s := &schema.Struct{Fields: slices.Clone(component.(*schema.Struct).Fields)}
		matchType := QuotaMatchType(s.Get("MatchType").(int64))
		needless := matchType == QuotaMatchDefault || matchType == QuotaMatchAny
		for j := range s.Fields {
			if s.Fields[j].Field.Name == "Match" && needless {
				s.Fields[j].Of = ""
			}
		}
		kept[i] = s
	}
	return kept
}
