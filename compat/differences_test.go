package compat

// Reasons that several differences share.
const (
	nilList = "sarama refuses to write a nil list; it is written as an empty one"
	nilData = "sarama writes nil bytes as null where Kafka has no null, and brokers and clients refuse the message; " +
		"they are written as empty bytes"
	compactNull = "sarama takes null for an empty list from the flexible versions on, and for nil before; it is nil always"
	byID        = "sarama drops the ids of topics, and puts all topics without a name under the empty one; " +
		"they are kept under the text of their ids, and written as they were read"
	noName = "a topic without a name is written with null, as it was read, and not with an empty name"
)

// differences lists where the two libraries do not do the same, and why. Each is met by the test, or the test fails.
var differences = map[string]string{
	"AddPartitionsToTxnRequest is not written by sarama":          nilList,
	"ConsumerGroupDescribeResponse is not written by sarama":      nilList,
	"CreatePartitionsRequest is not written by sarama":            nilList,
	"CreateTopicsRequest is not written by sarama":                nilList,
	"DescribeLogDirsRequest is not written by sarama":             nilList,
	"DescribeProducersRequest is not written by sarama":           nilList,
	"DescribeTransactionsResponse is not written by sarama":       nilList,
	"ElectLeadersRequest is not written by sarama":                nilList,
	"ListPartitionReassignmentsRequest is not written by sarama":  nilList,
	"ListPartitionReassignmentsResponse is not written by sarama": nilList,
	"OffsetFetchRequest is not written by sarama":                 nilList,
	"MetadataResponse is not written by sarama":                   nilList,

	"AlterUserScramCredentialsRequest is not written as Kafka defines it by sarama": nilData,
	"DescribeGroupsResponse is not written as Kafka defines it by sarama":           nilData,
	"JoinGroupRequest is not written as Kafka defines it by sarama":                 nilData,
	"JoinGroupResponse is not written as Kafka defines it by sarama":                nilData,
	"SaslAuthenticateRequest is not written as Kafka defines it by sarama":          nilData,
	"SaslAuthenticateResponse is not written as Kafka defines it by sarama":         nilData,
	"SyncGroupRequest is not written as Kafka defines it by sarama":                 nilData,
	"SyncGroupResponse is not written as Kafka defines it by sarama":                nilData,

	"CreateTopicsResponse reads TopicResults.Configs":    compactNull,
	"DescribeConfigsRequest reads Resources.ConfigNames": compactNull,
	"FetchResponse reads Blocks.AbortedTransactions":     compactNull,
	"DeleteTopicsRequest reads Topics":                   byID,
	"DeleteTopicsResponse reads TopicErrorCodes":         byID,
	"DeleteTopicsResponse reads TopicErrorMessages":      byID,
	"DeleteTopicsResponse reads TopicIDs":                byID,
	"DeleteTopicsResponse writes Responses.ErrorCode":    "with the next:",
	"DeleteTopicsResponse writes Responses.ErrorMessage": "with the next:",
	"DeleteTopicsResponse writes Responses.TopicId":      "with the next:",
	"DeleteTopicsResponse writes Responses.Name":         "a topic without a name is written with null, as it is read, and not with an empty name",
	"FetchResponse is not read by sarama":                "null for the records, which brokers send with an error",
	"ProduceRequest is not read by sarama":               "null for the records",
	"OffsetFetchRequest reads Groups":                    "what was read can be written again, which wants no nil",
	"OffsetFetchResponse reads Blocks":                   "a topic without partitions stays from v8 on, as it does before",
	"OffsetFetchResponse reads Groups.Blocks":            "a topic without partitions stays from v8 on, as it does before",
	"FetchResponse writes Responses.Partitions.Records":  "a block's Records are written where it has no RecordsSet; sarama leaves them out",
	"ApiVersionsResponse is not written as Kafka defines it by us": "with ErrUnsupportedVersion it is written in the layout of v0, which is " +
		"what brokers do and clients expect (KIP-511)",
	"FetchResponse writes Responses.Partitions.AbortedTransactions": "nil is null, as brokers send it to readers of uncommitted data",
	"AlterUserScramCredentialsRequest writes Upsertions.SaltedPassword": "without a Password the salted one is written, as it was read; " +
		"sarama salts the empty password",
	"IncrementalAlterConfigsResponse is not written as Kafka defines it by sarama": "sarama leaves out the last byte, which tells that " +
		"there are no tagged fields",
}
