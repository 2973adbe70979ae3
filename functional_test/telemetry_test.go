package functional_test

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
	"github.com/seed20e6684a/sarama/internal/otlp"
)

// OpenTelemetry's own decoder reads what the library writes.
func TestTelemetryIsOpenTelemetrys(t *testing.T) {
	written := otlp.Append(nil, &otlp.Resource{
		Attributes: []otlp.Attribute{{Key: "group_id", Value: "billing"}, {Key: "client_rack", Value: strings.Repeat("r", 200)}},
		Scope:      "scope",
		Metrics: []otlp.Metric{
			{Name: "gauge", Points: []otlp.Point{
				{Time: 5, Value: 1.5, Attributes: []otlp.Attribute{{Key: "node_id", Value: "node-1"}}}, {Time: 6, Value: -2},
			}},
			{Name: "delta", Kind: otlp.Delta, Points: []otlp.Point{{Start: 1, Time: 5, Value: 3}}},
			{Name: "cumulative", Kind: otlp.Cumulative, Points: []otlp.Point{{Start: 1, Time: 1 << 62, Value: 0}}},
		},
	})
	data := new(metricspb.MetricsData)
	require.NoError(t, proto.Unmarshal(written, data))
	require.Empty(t, data.ProtoReflect().GetUnknown())
	again, err := proto.MarshalOptions{Deterministic: true}.Marshal(data)
	require.NoError(t, err)
	require.Len(t, again, len(written), "nothing was left out")

	require.Len(t, data.ResourceMetrics, 1)
	attributes := data.ResourceMetrics[0].Resource.Attributes
	require.Equal(t, "group_id", attributes[0].Key)
	require.Equal(t, "billing", attributes[0].Value.GetStringValue())
	require.Len(t, attributes[1].Value.GetStringValue(), 200)
	require.Len(t, data.ResourceMetrics[0].ScopeMetrics, 1)
	scope := data.ResourceMetrics[0].ScopeMetrics[0]
	require.Equal(t, "scope", scope.Scope.Name)
	require.Len(t, scope.Metrics, 3)

	gauge := scope.Metrics[0]
	require.Equal(t, "gauge", gauge.Name)
	points := gauge.GetGauge().DataPoints
	require.Len(t, points, 2)
	require.InDelta(t, 1.5, points[0].GetAsDouble(), 0)
	require.EqualValues(t, 5, points[0].TimeUnixNano)
	require.Equal(t, "node-1", points[0].Attributes[0].Value.GetStringValue())
	require.InDelta(t, -2, points[1].GetAsDouble(), 0)

	delta := scope.Metrics[1].GetSum()
	require.Equal(t, metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA, delta.AggregationTemporality)
	require.True(t, delta.IsMonotonic)
	require.EqualValues(t, 1, delta.DataPoints[0].StartTimeUnixNano)
	require.InDelta(t, 3, delta.DataPoints[0].GetAsDouble(), 0)
	cumulative := scope.Metrics[2].GetSum()
	require.Equal(t, metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE, cumulative.AggregationTemporality)
	require.EqualValues(t, 1<<62, cumulative.DataPoints[0].TimeUnixNano)
	require.IsType(t, &metricspb.NumberDataPoint_AsDouble{}, cumulative.DataPoints[0].Value, "0 is a value, too")
}

//go:embed testdata/TelemetryFile.java
var telemetryFile string

// telemetryPush is what the broker's plugin has written of one push.
type telemetryPush struct {
	clientID, instance string
	terminating        bool
	data               *metricspb.MetricsData
}

func readPushes(t *testing.T, file string) []telemetryPush {
	t.Helper()
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	var pushes []telemetryPush
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // it is being written
		}
		fields := strings.Split(strings.TrimSpace(string(line)), "\t")
		require.Len(t, fields, 5)
		content, err := base64.StdEncoding.DecodeString(fields[4])
		require.NoError(t, err)
		push := telemetryPush{fields[0], fields[1], fields[2] == "true", new(metricspb.MetricsData)}
		require.NoError(t, proto.Unmarshal(content, push.data))
		pushes = append(pushes, push)
	}
	return pushes
}

// find returns the points of a metric in pushes of a client.
func find(pushes []telemetryPush, clientID, name string) (points []*metricspb.NumberDataPoint) {
	for _, push := range pushes {
		if push.clientID != clientID {
			continue
		}
		for _, resource := range push.data.ResourceMetrics {
			for _, scope := range resource.ScopeMetrics {
				for _, metric := range scope.Metrics {
					if metric.Name == name {
						points = append(points, append(metric.GetGauge().GetDataPoints(), metric.GetSum().GetDataPoints()...)...)
					}
				}
			}
		}
	}
	return points
}

// telemetryCluster is a broker that writes down what clients push.
func telemetryCluster(t *testing.T) (c *cluster.Real, file string) {
	t.Helper()
	wanted, err := cluster.VersionWanted()
	require.NoError(t, err)
	if !wanted.IsAtLeast(sarama.V3_7_0_0) {
		t.Skipf("SKIPPED, NOT TESTED: brokers take metrics of clients since 3.7, and KAFKA_VERSION is %s", wanted)
	}
	classes := cluster.Compile(t, "TelemetryFile", telemetryFile)
	file = filepath.Join(t.TempDir(), "pushes")
	c = cluster.Start(t, cluster.Options{
		ClassPath:  []string{classes},
		Properties: map[string]string{"metric.reporters": "TelemetryFile", "telemetry.file": file},
	})
	return c, file
}

func subscribe(t *testing.T, admin sarama.Admin, name string, entries map[string]string) {
	t.Helper()
	resource := &sarama.IncrementalAlterConfigsResource{
		Type: sarama.ClientMetricsResource, Name: name, ConfigEntries: map[string]sarama.IncrementalAlterConfigsEntry{},
	}
	for key, value := range entries {
		resource.ConfigEntries[key] = sarama.IncrementalAlterConfigsEntry{Value: &value}
	}
	require.NoError(t, admin.IncrementalAlterConfigs(within(t), []*sarama.IncrementalAlterConfigsResource{resource}, false))
	eventually(t, func() error {
		found, err := admin.DescribeConfigs(within(t), []*sarama.ConfigResource{{Type: sarama.ClientMetricsResource, Name: name}}, sarama.DescribeConfigsOptions{})
		if err != nil {
			return err
		}
		text, err := json.Marshal(found)
		if err == nil && !strings.Contains(string(text), `"`+entries["interval.ms"]+`"`) {
			err = fmt.Errorf("the subscription is not there yet: %s", text)
		}
		return err
	})
}

// A broker's plugin gets what our clients measure, as its operator subscribes to it with our admin.
func TestTelemetryArrives(t *testing.T) {
	c, file := telemetryCluster(t)
	_, admin := newAdmin(t, c.Addrs(), adminConfig(c))
	subscribe(t, admin, "producers", map[string]string{
		"interval.ms": "300", "metrics": "org.apache.kafka.producer.", "match": "client_id=telemetry-producer",
	})
	subscribe(t, admin, "consumers", map[string]string{
		"interval.ms": "200", "metrics": "*", "match": "client_id=telemetry-consumer",
	})
	topic := c.NewTopic(t, 1)

	conf := adminConfig(c)
	conf.Telemetry.Enable = true
	conf.ClientID = "telemetry-producer"
	conf.Producer.Return.Successes = true
	client, err := sarama.NewClient(c.Addrs(), conf)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	id, err := client.(sarama.TelemetryClient).ClientInstanceID(within(t))
	require.NoError(t, err)
	producer, err := sarama.NewSyncProducerFromClient(client)
	require.NoError(t, err)
	t.Cleanup(func() { _ = producer.Close() })
	for range 10 {
		_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("v")})
		require.NoError(t, err)
	}
	group := joinForTelemetry(t, c, topic)
	for clientID, names := range map[string][]string{
		"telemetry-producer": {"producer.record.queue.time.max", "producer.node.request.latency.avg", "producer.connection.creation.total"},
		"telemetry-consumer": {
			"consumer.fetch.manager.fetch.latency.avg", "consumer.coordinator.commit.latency.max", "consumer.coordinator.rebalance.latency.total",
		},
	} {
		for _, name := range names {
			eventually(t, func() error {
				for _, point := range find(readPushes(t, file), clientID, "org.apache.kafka."+name) {
					if point.GetAsDouble() >= 0 {
						return nil
					}
				}
				return fmt.Errorf("%s has pushed no %s", clientID, name)
			})
		}
	}
	require.NoError(t, producer.Close())
	require.NoError(t, client.Close())
	require.NoError(t, group.Close())
	checkPushes(t, readPushes(t, file), id, topic)
}

// joinForTelemetry starts a member of a group.
func joinForTelemetry(t *testing.T, c cluster.Cluster, topic string) sarama.ConsumerGroup {
	conf := adminConfig(c)
	conf.Telemetry.Enable = true
	conf.ClientID, conf.RackID = "telemetry-consumer", "rack-1"
	conf.Consumer.Offsets.Initial = sarama.OffsetOldest
	conf.Consumer.Offsets.AutoCommit.Interval = 100 * time.Millisecond
	group, err := sarama.NewConsumerGroup(c.Addrs(), topic+"-group", conf)
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = group.(sarama.ManagedConsumerGroup).Run(context.Background(), []string{topic}, markingHandler{})
	}()
	t.Cleanup(func() {
		_ = group.Close()
		<-ended
	})
	return group
}

type markingHandler struct{}

func (markingHandler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (markingHandler) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (markingHandler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		session.MarkMessage(msg, "")
	}
	return nil
}

func checkPushes(t *testing.T, pushes []telemetryPush, producer sarama.Uuid, topic string) {
	last := map[string]bool{}
	for _, push := range pushes {
		require.False(t, last[push.clientID], "something came after the last push of %s", push.clientID)
		last[push.clientID] = push.terminating
		named := map[string]string{}
		for _, resource := range push.data.ResourceMetrics {
			for _, attribute := range resource.Resource.Attributes {
				named[attribute.Key] = attribute.Value.GetStringValue()
			}
		}
		switch push.clientID {
		case "telemetry-producer":
			require.Equal(t, producer.String(), push.instance)
			require.Empty(t, find([]telemetryPush{push}, push.clientID, "org.apache.kafka.consumer.connection.creation.total"))
		case "telemetry-consumer":
			require.Equal(t, topic+"-group", named["group_id"])
			require.Equal(t, "rack-1", named["client_rack"])
		default:
			t.Errorf("%s was not subscribed to, or has telemetry off", push.clientID)
		}
	}
	require.Equal(t, map[string]bool{"telemetry-producer": true, "telemetry-consumer": true}, last, "both have pushed as they closed")
}
