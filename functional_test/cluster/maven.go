package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/seed20e6684a/sarama/protocol"
)

// newestTools is the newest release whose console tools are on Maven; brokers newer than that are used with them.
const newestTools = "4.3.1"

// javaPath returns the java to run.
func javaPath() (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return exec.LookPath(filepath.Join(home, "bin", "java"))
	}
	return exec.LookPath("java")
}

// jars returns the folder with the jars of a version of Kafka, which Maven fills when they are used first. Processes
// that ask at the same time wait for one another.
func jars(ctx context.Context, version string) (string, error) {
	pom, err := pomOf(version)
	if err != nil {
		return "", err
	}
	return fetched(ctx, version, pom)
}

// fetched returns the folder of a name with the jars that a Maven project depends on.
func fetched(ctx context.Context, name, pom string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("the folder for Kafka's jars: %w", err)
	}
	cache = filepath.Join(cache, "sarama-kafka")
	folder := filepath.Join(cache, name)
	if exists(folder) {
		return folder, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	unlock, err := lockFile(filepath.Join(cache, "lock")) // one for all versions: they share Maven's repository
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(folder) {
		return folder, nil
	}
	if err := fetchJars(ctx, cache, folder, pom); err != nil {
		return "", fmt.Errorf("fetching the jars of Kafka or Kerby %s with Maven: %w", name, err)
	}
	return folder, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// fetchJars fills a folder as a whole or not at all.
func fetchJars(ctx context.Context, cache, folder, pom string) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp(cache, ".fetching-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	file := filepath.Join(work, "pom.xml")
	if err := os.WriteFile(file, []byte(pom), 0o644); err != nil {
		return err
	}
	filled := filepath.Join(work, "jars")
	cmd := exec.CommandContext(ctx, mvn, "-q", "-B", "-f", file, "dependency:copy-dependencies", "-DoutputDirectory="+filled)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, lastLines(out, 20))
	}
	return os.Rename(filled, folder)
}

type artifact struct {
	group, name, version string
	classifier           string // if set, the artifact is fetched alone, without what it depends on
}

// pomOf returns a Maven project that depends on what brokers (and tools) of a version need.
func pomOf(version string) (string, error) {
	v, err := protocol.ParseKafkaVersion(version)
	if err != nil {
		return "", err
	}
	return projectOf(artifactsOf(v, version)...), nil
}

// projectOf returns a Maven project that depends on artifacts.
func projectOf(artifacts ...artifact) string {
	var b strings.Builder
	b.WriteString(`<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
`)
	for _, a := range artifacts {
		if a.classifier != "" {
			fmt.Fprintf(&b, `<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version><classifier>%s</classifier>
<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>
`, a.group, a.name, a.version, a.classifier)
			continue
		}
		fmt.Fprintf(&b, `<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version><exclusions>
<exclusion><groupId>org.slf4j</groupId><artifactId>slf4j-log4j12</artifactId></exclusion>
<exclusion><groupId>log4j</groupId><artifactId>log4j</artifactId></exclusion></exclusions></dependency>
`, a.group, a.name, a.version)
	}
	b.WriteString("</dependencies></project>\n")
	return b.String()
}

// artifactsOf knows what differs from release to release.
func artifactsOf(v protocol.KafkaVersion, version string) []artifact {
	scala := "2.13"
	switch {
	case !v.IsAtLeast(protocol.V1_1_0_0):
		scala = "2.11"
	case !v.IsAtLeast(protocol.V2_4_0_0):
		scala = "2.12"
	}
	all := []artifact{{group: "org.apache.kafka", name: "kafka_" + scala, version: version}}
	if version == newestTools {
		all = append(all, artifact{group: "org.apache.kafka", name: "kafka-tools", version: version})
	}
	if v.IsAtLeast(protocol.V3_3_0_0) {
		return append(all, artifact{group: "org.slf4j", name: "slf4j-simple", version: "1.7.36"})
	}
	// Brokers log through log4j 1 there; its own jar has known holes, and reload4j takes its place.
	all = append(all, artifact{group: "ch.qos.reload4j", name: "reload4j", version: "1.2.25"},
		artifact{group: "org.slf4j", name: "slf4j-reload4j", version: "1.7.36"})
	if v.IsAtLeast(protocol.V2_0_0_0) && !v.IsAtLeast(protocol.V2_6_0_0) {
		// ZooKeeper's client before 3.5.8 cannot resolve addresses on Java 14 and newer.
		all = append(all, artifact{group: "org.apache.zookeeper", name: "zookeeper", version: "3.5.10"})
	}
	if !v.IsAtLeast(protocol.V1_0_0_0) {
		all = append(all, artifact{group: "javax.xml.bind", name: "jaxb-api", version: "2.3.1"}) // it was part of Java up to 8
	}
	return all
}
