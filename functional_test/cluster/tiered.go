package cluster

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/seed20e6684a/sarama/protocol"
)

// newestTests is the newest release whose jars of tests are on Maven. Brokers are meant to run with those of their own release only:
// 4.4.0 ends while it starts with those of 4.3.1.
const newestTests = "4.3.1"

// Tiered adds remote storage to brokers (KIP-405, Kafka 3.6): a folder of each broker's own, by the class that Kafka's tests have
// for that. Topics with remote.storage.enable use it. The test is skipped like that of [Start], and with versions that have no
// remote storage, or no jars of tests.
func Tiered(t testing.TB, o Options) Options {
	t.Helper()
	needBrokers(t)
	o, version, err := o.resolve()
	if err != nil {
		t.Fatal(err)
	}
	if !version.IsAtLeast(protocol.V3_6_0_0) {
		t.Skipf("SKIPPED, NOT TESTED: Kafka %s has no remote storage", o.Version)
	}
	if newest, err := protocol.ParseKafkaVersion(newestTests); err != nil {
		t.Fatal(err)
	} else if version.IsAtLeast(newest) && o.Version != newestTests {
		t.Skipf("SKIPPED, NOT TESTED: Kafka %s has no jars of tests on Maven, which hold the remote storage: run it with KAFKA_VERSION=%s or 3.9.1",
			o.Version, newestTests)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	folder, err := fetched(ctx, "tests-"+o.Version, projectOf(
		artifact{group: "org.apache.kafka", name: "kafka-storage", version: o.Version, classifier: "test"},
		artifact{group: "org.apache.kafka", name: "kafka-clients", version: o.Version, classifier: "test"}))
	if err != nil {
		t.Fatal(err)
	}
	o.ClassPath = append(o.ClassPath, filepath.Join(folder, "*"))
	given := o.NodeProperties
	o.NodeProperties = func(n Node) map[string]string {
		p := map[string]string{
			"remote.log.storage.system.enable":                                 "true",
			"remote.log.storage.manager.class.name":                            "org.apache.kafka.server.log.remote.storage.LocalTieredStorage",
			"remote.log.metadata.manager.listener.name":                        plainListener,
			"remote.log.manager.task.interval.ms":                              "500",
			"log.retention.check.interval.ms":                                  "500",
			"rsm.config.dir":                                                   filepath.Join(n.Dir, "remote"),
			"rlmm.config.remote.log.metadata.topic.replication.factor":         "1",
			"rlmm.config.remote.log.metadata.topic.num.partitions":             "1",
			"rlmm.config.remote.log.metadata.initialization.retry.interval.ms": "300",
		}
		if given != nil {
			for name, value := range given(n) {
				p[name] = value
			}
		}
		return p
	}
	return o
}
