package cluster

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const toolLimit = 90 * time.Second // starting Java on a busy machine included

// Tool runs a main class of Kafka's tools and returns what it prints; the test fails if the tool does. The tools are
// those of one release, whatever the brokers' version: they need brokers of 2.1 at least.
func Tool(t testing.TB, input string, class string, args ...string) string {
	t.Helper()
	return runJava(t, input, class, append([]string{class}, args...))
}

//go:embed Tools.java
var toolsSource []byte

var toolHead = regexp.MustCompile(`(?m)^@@ (\d+)\n`)

// Tools runs several of Kafka's tools one after the other in one JVM, which takes a third of the time, and returns what each
// prints. A call is a main class and its arguments; the test fails if one of them does.
func Tools(t testing.TB, calls ...[]string) []string {
	t.Helper()
	source := filepath.Join(t.TempDir(), "Tools.java")
	if err := os.WriteFile(source, toolsSource, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{source}
	for i, call := range calls {
		if i > 0 {
			args = append(args, ";")
		}
		args = append(args, call...)
	}
	out := runJava(t, "", "several tools", args)
	heads := toolHead.FindAllStringSubmatchIndex(out, -1)
	if len(heads) != len(calls) {
		t.Fatalf("%d tools ran in place of %d:\n%s", len(heads), len(calls), out)
	}
	said := make([]string, len(calls))
	for i, head := range heads {
		end := len(out)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		said[i] = out[head[1]:end]
		if code := out[head[2]:head[3]]; code != "0" {
			t.Fatalf("%s: exit code %s\n%s", strings.Join(calls[i], " "), code, lastLines([]byte(said[i]), 20))
		}
	}
	return said
}

// runJava runs a Java program, a class or a source file, with the jars of the tools.
func runJava(t testing.TB, input, name string, program []string) string {
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
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", folder + "/*"}, program...)...)
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(program[1:], " "), err, lastLines(out.Bytes(), 20), lastLines(complaints.Bytes(), 20))
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
