package sarama

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// mostTopicsAsked is how many topics' permissions are told one by one.
const mostTopicsAsked = 100

// diagnosePermissions tells what the client may do with the cluster and with the topics that it sees.
func diagnosePermissions(ctx context.Context, broker *Broker) []DiagnosisStep {
	l, err := broker.connected(ctx)
	if err != nil {
		return []DiagnosisStep{failedStep("permissions", err)}
	}
	version, err := l.version(protocol.KeyMetadata)
	if err != nil || version < 8 {
		return []DiagnosisStep{{Name: "permissions", Status: DiagnosisSkipped, Detail: "brokers, or Config.Version, before Kafka 2.3 do not tell"}}
	}
	var steps []DiagnosisStep
	if _, err := l.version(protocol.KeyDescribeCluster); err == nil {
		answer, err := askContext[DescribeClusterResponse](ctx, broker, &DescribeClusterRequest{IncludeClusterAuthorizedOperations: true})
		if err == nil && answer.Err == ErrNoError {
			steps = append(steps, DiagnosisStep{Name: "cluster permissions", Status: DiagnosisOK,
				Detail: operationNames(answer.ClusterAuthorizedOperations)})
		}
	}
	request := &MetadataRequest{Version: version, IncludeTopicAuthorizedOperations: true}
	metadata, err := broker.getMetadata(ctx, request)
	if err != nil {
		return append(steps, failedStep("topics", explain(stageUsed, nil, err)))
	}
	return append(steps, topicPermissions(metadata.Topics)...)
}

func operationNames(bits int32) string {
	var names []string
	for _, operation := range AuthorizedOperations(bits) {
		names = append(names, operation.String())
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// topicPermissions are a step for all topics that may be read and written, and one for each of the others.
func topicPermissions(topics []*TopicMetadata) []DiagnosisStep {
	all := DiagnosisStep{Name: "topics", Status: DiagnosisOK}
	var others []DiagnosisStep
	whole := 0
	for _, topic := range topics {
		operations := AuthorizedOperations(topic.TopicAuthorizedOperations)
		read, write := slices.Contains(operations, AclOperationRead), slices.Contains(operations, AclOperationWrite)
		switch {
		case operations == nil || read && write || topic.IsInternal:
			whole++
		case len(others) < mostTopicsAsked:
			others = append(others, DiagnosisStep{Name: "topic " + printable(topic.Name), Status: DiagnosisWarning,
				Detail: "allowed are " + operationNames(topic.TopicAuthorizedOperations),
				Remedy: "have an ACL allow the client's principal to read or write, if it should"})
		}
	}
	all.Detail = fmt.Sprintf("%d are visible, %d may be read and written", len(topics), whole)
	if len(topics) == 0 {
		all.Detail = "none are visible: there are none, or the client may not see them"
	}
	return append([]DiagnosisStep{all}, others...)
}

// limit compares one of the brokers' settings with the client's.
type limit struct {
	setting string
	// judge tells what the client has, and the remedy if that does not go together with the broker's value.
	judge func(c *Config, value int64) (client, remedy string)
}

// brokerLimits are the settings that clients run into.
var brokerLimits = []limit{
	{"message.max.bytes", func(c *Config, value int64) (string, string) {
		client := fmt.Sprintf("Config.Producer.MaxMessageBytes %d", c.Producer.MaxMessageBytes)
		if int64(c.Producer.MaxMessageBytes) > value {
			return client, fmt.Sprintf("larger batches are refused unless the topic allows them: lower Config.Producer.MaxMessageBytes to %d", value)
		}
		return client, ""
	}},
	{"socket.request.max.bytes", func(_ *Config, value int64) (string, string) {
		client := fmt.Sprintf("MaxRequestSize %d", MaxRequestSize)
		if int64(MaxRequestSize) > value {
			return client, fmt.Sprintf("the broker ends the connection at larger requests: lower sarama.MaxRequestSize to %d", value)
		}
		return client, ""
	}},
	{"group.min.session.timeout.ms", func(c *Config, value int64) (string, string) {
		client := fmt.Sprintf("Config.Consumer.Group.Session.Timeout %v", c.Consumer.Group.Session.Timeout)
		if c.Consumer.Group.Session.Timeout.Milliseconds() < value {
			return client, fmt.Sprintf("classic groups refuse the client: raise Config.Consumer.Group.Session.Timeout to %v", millis(value))
		}
		return client, ""
	}},
	{"group.max.session.timeout.ms", func(c *Config, value int64) (string, string) {
		client := fmt.Sprintf("Config.Consumer.Group.Session.Timeout %v", c.Consumer.Group.Session.Timeout)
		if c.Consumer.Group.Session.Timeout.Milliseconds() > value {
			return client, fmt.Sprintf("classic groups refuse the client: lower Config.Consumer.Group.Session.Timeout to %v", millis(value))
		}
		return client, ""
	}},
	{"transaction.max.timeout.ms", func(c *Config, value int64) (string, string) {
		client := fmt.Sprintf("Config.Producer.Transaction.Timeout %v", c.Producer.Transaction.Timeout)
		if c.Producer.Transaction.Timeout.Milliseconds() > value {
			return client, fmt.Sprintf("transactional producers are refused: lower Config.Producer.Transaction.Timeout to %v", millis(value))
		}
		return client, ""
	}},
	{"connections.max.idle.ms", func(*Config, int64) (string, string) { return "idle connections are made anew", "" }},
}

func millis(value int64) time.Duration { return time.Duration(value) * time.Millisecond }

// diagnoseLimits compares the settings of a broker with the configuration, if the client may see them.
func diagnoseLimits(ctx context.Context, conf *Config, broker *Broker) []DiagnosisStep {
	resource := &ConfigResource{Type: BrokerResource, Name: strconv.Itoa(int(broker.ID()))}
	for _, one := range brokerLimits {
		resource.ConfigNames = append(resource.ConfigNames, one.setting)
	}
	answer, err := askContext[DescribeConfigsResponse](ctx, broker, &DescribeConfigsRequest{Resources: []*ConfigResource{resource}})
	if err == nil && len(answer.Resources) == 1 && KError(answer.Resources[0].ErrorCode) != ErrNoError {
		err = KError(answer.Resources[0].ErrorCode)
	}
	if err != nil || len(answer.Resources) != 1 {
		return []DiagnosisStep{{Name: "limits", Status: DiagnosisSkipped, Err: err,
			Detail: "the brokers' settings cannot be seen, which takes DescribeConfigs on the cluster"}}
	}
	var steps []DiagnosisStep
	for _, one := range brokerLimits {
		for _, entry := range answer.Resources[0].Configs {
			value, err := strconv.ParseInt(entry.Value, 10, 64)
			if entry.Name != one.setting || err != nil {
				continue
			}
			client, remedy := one.judge(conf, value)
			step := DiagnosisStep{Name: one.setting, Status: DiagnosisOK, Detail: fmt.Sprintf("%d, %s", value, client), Remedy: remedy}
			if remedy != "" {
				step.Status = DiagnosisWarning
			}
			steps = append(steps, step)
		}
	}
	return steps
}
