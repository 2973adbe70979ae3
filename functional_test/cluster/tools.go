package cluster

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const toolLimit = 90 * time.Second // starting Java on a busy machine included

// Tool runs a main class of Kafka's tools and returns what it prints; the test fails if the tool does. The tools are
// those of one release, whatever the brokers' version: they need brokers of 2.1 at least.
func Tool(t testing.TB, input string, class string, args ...string) string {
	t.Helper()
	needJava(t)
	ctx, cancel := context.WithTimeout(t.Context(), toolLimit)
	defer cancel()
	folder, err := jars(ctx, newestTools)
	if err != nil {
		t.Fatal(err)
	}
	java, err := javaPath()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, java, append([]string{"-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", folder + "/*", class}, args...)...)
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", class, strings.Join(args, " "), err, lastLines(out.Bytes(), 20), lastLines(complaints.Bytes(), 20))
	}
	return out.String()
}

// ConsoleProduce sends lines with Kafka's ConsoleProducer, each a record's value unless flags say otherwise, such as
// "--reader-property", "parse.key=true".
func ConsoleProduce(t testing.TB, c Cluster, topic string, lines []string, flags ...string) {
	t.Helper()
	args := []string{"--bootstrap-server", strings.Join(c.Addrs(), ","), "--topic", topic}
	Tool(t, strings.Join(lines, "\n")+"\n", "org.apache.kafka.tools.ConsoleProducer", append(args, flags...)...)
}

// ConsoleConsume reads n records from the beginning with Kafka's ConsoleConsumer and returns their lines: values,
// unless flags say otherwise, such as "--formatter-property", "print.key=true".
func ConsoleConsume(t testing.TB, c Cluster, topic string, n int, flags ...string) []string {
	t.Helper()
	args := []string{"--bootstrap-server", strings.Join(c.Addrs(), ","), "--topic", topic, "--from-beginning",
		"--max-messages", fmt.Sprint(n), "--timeout-ms", "30000"}
	out := Tool(t, "", "org.apache.kafka.tools.consumer.ConsoleConsumer", append(args, flags...)...)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != n {
		t.Fatalf("ConsoleConsumer printed %d lines in place of %d:\n%s", len(lines), n, out)
	}
	return lines
}
