package functional_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/functional_test/cluster"
	"github.com/seed20e6684a/sarama/protocol"
)

// programs are the examples, built, and a cluster to run them on.
type programs struct {
	cluster.Cluster
	dir string
	end os.Signal // what ends those that run on
}

const exampleLimit = time.Minute // for one program

func (p *programs) command(t *testing.T, name string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), exampleLimit)
	t.Cleanup(cancel)
	args = append([]string{"-brokers", strings.Join(p.Addrs(), ",")}, args...)
	cmd := exec.CommandContext(ctx, filepath.Join(p.dir, name), args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// run runs an example that ends by itself, with exit code 0, and returns what it printed.
func (p *programs) run(t *testing.T, name string, args ...string) string {
	var out, errs bytes.Buffer
	cmd := p.command(t, name, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Run(), "%s\n%s", out.String(), errs.String())
	return out.String()
}

// runUntil runs an example until it has printed n lines, ends it by the signal, and returns all that it printed; it has to exit with 0.
// Each line is shown to see, if that is given.
func (p *programs) runUntil(t *testing.T, n int, see func(line string), name string, args ...string) []string {
	var errs bytes.Buffer
	cmd := p.command(t, name, args...)
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var lines []string
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if see != nil {
			see(scanner.Text())
		}
		if len(lines) == n {
			require.NoError(t, cmd.Process.Signal(p.end))
		}
	}
	require.NoError(t, cmd.Wait(), "%v\n%s", lines, errs.String())
	return lines
}

// beside starts an example, and returns what ends it by the signal, checks that it exits with 0, and returns what it printed.
func (p *programs) beside(t *testing.T, name string, args ...string) (end func() []string) {
	var out, errs bytes.Buffer
	cmd := p.command(t, name, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Start())
	return func() []string {
		require.NoError(t, cmd.Process.Signal(p.end))
		require.NoError(t, cmd.Wait(), errs.String())
		return strings.Split(strings.TrimSpace(out.String()), "\n")
	}
}

// produce has the console send lines.
func (p *programs) produce(t *testing.T, topic string, lines ...string) {
	produce := p.command(t, "console", "-topic", topic)
	produce.Args = slices.Insert(produce.Args, 1, "produce")
	produce.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	said, err := produce.CombinedOutput()
	require.NoError(t, err, string(said))
}

// exitCode runs an example that fails, and returns its exit code and what it said.
func (p *programs) exitCode(t *testing.T, name string, args ...string) (int, string) {
	ctx, cancel := context.WithTimeout(t.Context(), exampleLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(p.dir, name), args...)
	said, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	require.ErrorAs(t, err, &failed, string(said))
	return failed.ExitCode(), string(said)
}

func newPrograms(t *testing.T, c cluster.Cluster) *programs {
	p := &programs{Cluster: c, dir: t.TempDir(), end: os.Interrupt}
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "../examples", "-o", p.dir+string(filepath.Separator), "./...")
	said, err := build.CombinedOutput()
	require.NoError(t, err, string(said))
	return p
}

// TestExamples runs the examples as programs, and looks at what they print and at their exit codes. What needs a cluster of its
// own is in TestExampleOfSCRAM and TestAdminExample.
func TestExamples(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		p := newPrograms(t, c)
		for name, example := range map[string]struct {
			args []string
			text string
		}{
			"sync":          {[]string{"-workers", "4", "-records", "50"}, "4 goroutines sent 200 records"},
			"async":         {[]string{"-records", "1000"}, "1000 records delivered"},
			"idempotent":    {[]string{"-records", "20000"}, "20000 records are there, in order, and 0 of them a second time"},
			"transactional": {[]string{"-transactions", "8", "-records", "10"}, "60 records of 6 transactions are read with ReadCommitted"},
			"shutdown":      {[]string{"-for", "500ms"}, "and 0 failed, 0 of which may be written"},
			"tracing":       {[]string{"-records", "2"}, `"TraceID"`}, // by interceptors
			"quickstart":    {[]string{"-records", "500"}, "every record came back once, and in order"},
		} {
			t.Run(name, func(t *testing.T) {
				topic := fmt.Sprint("quickstart-", time.Now().UnixNano()) // it makes its own
				if name != "quickstart" {
					topic = c.NewTopic(t, 3)
				}
				require.Contains(t, p.run(t, name, append(example.args, "-topic", topic)...), example.text)
			})
		}
		t.Run("doctor", func(t *testing.T) { require.Regexp(t, "all is well|it works, with", p.run(t, "doctor")) })
		for name, end := range map[string]os.Signal{"interrupt": os.Interrupt, "terminate": syscall.SIGTERM} {
			p := &programs{Cluster: c, dir: p.dir, end: end}
			t.Run("httpserver/"+name, func(t *testing.T) { testWebServerExample(t, p) })
			t.Run("exactlyonce/"+name, func(t *testing.T) { testExactlyOnceExample(t, p) })
			t.Run("keyed/"+name, func(t *testing.T) { testKeyedExample(t, p) })
			t.Run("deadletters/"+name, func(t *testing.T) { testDeadLettersExample(t, p) })
			t.Run("sharegroup/"+name, func(t *testing.T) { testShareGroupExample(t, p) })
		}
		t.Run("mistakes", func(t *testing.T) { testExamplesExitCodes(t, p) })
	})
}

// testExamplesExitCodes has each example called with a flag that there is not, and with a broker that there is not.
func testExamplesExitCodes(t *testing.T, p *programs) {
	programs, err := os.ReadDir(p.dir)
	require.NoError(t, err)
	require.Greater(t, len(programs), 15)
	t.Setenv("KAFKA_PASSWORD", "secret") // scram wants one before it connects
	commands := map[string]string{"console": "topics", "admin": "topics"}
	for _, program := range programs {
		var args []string
		if command := commands[program.Name()]; command != "" {
			args = []string{command}
		}
		code, said := p.exitCode(t, program.Name(), append(args, "-no-such-flag")...)
		require.Equal(t, 2, code, "%s: %s", program.Name(), said)
		require.Contains(t, said, "no-such-flag", program.Name())
		args = append(args, "-brokers", "127.0.0.1:1")
		switch program.Name() {
		case "consumergroup":
			args = append(args, "orders")
		case "scram":
			args = append(args, "-user", "alice")
		}
		code, said = p.exitCode(t, program.Name(), args...)
		require.Equal(t, 1, code, "%s: %s", program.Name(), said)
		require.Contains(t, said, "127.0.0.1:1", program.Name())
	}
}

// TestExampleOfSCRAM on a broker that asks for it.
func TestExampleOfSCRAM(t *testing.T) {
	const listener = "listener.name.scram."
	c := cluster.Start(t, cluster.Options{
		Listeners: []cluster.Listener{{Name: "SCRAM", Protocol: "SASL_PLAINTEXT"}},
		Properties: map[string]string{
			listener + "sasl.enabled.mechanisms":        "SCRAM-SHA-256,SCRAM-SHA-512",
			listener + "scram-sha-256.sasl.jaas.config": scramUsers,
			listener + "scram-sha-512.sasl.jaas.config": scramUsers,
		},
		Format: []string{"--add-scram", "SCRAM-SHA-256=[name=alice,password=alice-secret]",
			"--add-scram", "SCRAM-SHA-512=[name=alice,password=alice-secret]"},
	})
	p, topic := newPrograms(t, c), c.NewTopic(t, 1)
	addr := c.Broker(1).ListenerAddr("SCRAM")
	t.Setenv("KAFKA_PASSWORD", "alice-secret")
	for i, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		out := p.run(t, "scram", "-brokers", addr, "-user", "alice", "-mechanism", mechanism, "-topic", topic)
		require.Equal(t, fmt.Sprintf("%s/0/%d: sent as alice with %s\n", topic, i, mechanism), out)
	}
	t.Setenv("KAFKA_PASSWORD", "wrong")
	cmd := p.command(t, "scram", "-brokers", addr, "-user", "alice", "-topic", topic)
	require.Error(t, cmd.Run())
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
}

// testWebServerExample posts to the server and interrupts it.
func testWebServerExample(t *testing.T, p *programs) {
	const orders = 10
	topic := p.NewTopic(t, 3)
	p.CreateTopic(t, topic+"-log", protocol.TopicDetail{NumPartitions: 1})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	lines := p.runUntil(t, 1, func(line string) {
		_, url, found := strings.Cut(line, "listening on ")
		for i := 0; i < orders && found; i++ {
			answer, err := client.Post(url+"/orders?key=customer-7", "text/plain", strings.NewReader("two apples"))
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, http.StatusCreated, answer.StatusCode)
		}
	}, "httpserver", "-listen", "127.0.0.1:0", "-topic", topic)
	require.Equal(t, fmt.Sprintf("stored %d orders, logged %d requests", orders, orders), lines[len(lines)-1])
}

// testExactlyOnceExample has one example shout the words that another has sent, and a third print them.
func testExactlyOnceExample(t *testing.T, p *programs) {
	from, to := p.NewTopic(t, 1), p.NewTopic(t, 1)
	const words = 50
	var input []string
	for i := range words {
		input = append(input, fmt.Sprintf("word %d", i))
	}
	p.produce(t, from, input...)

	end := p.beside(t, "exactlyonce", "-from", from, "-to", to, "-group", from, "-batch", "10")
	lines := p.runUntil(t, words, nil, "consumergroup", "-group", to, to)
	said := end()
	require.Contains(t, said[len(said)-1], fmt.Sprintf("%s-0: up to offset %d", from, words-1))
	require.Len(t, lines, words)
	for i, line := range lines {
		require.Contains(t, line, fmt.Sprintf(": WORD %d", i))
	}
}

func testKeyedExample(t *testing.T, p *programs) {
	topic := p.NewTopic(t, 3)
	p.produce(t, topic, "a", "b", "c", "d")
	lines := p.runUntil(t, 4, nil, "keyed", "-topic", topic, "-group", topic, "-work", "1ms")
	require.Len(t, lines, 4)
	for _, value := range []string{"a", "b", "c", "d"} {
		require.True(t, slices.ContainsFunc(lines, func(line string) bool { return strings.HasSuffix(line, " = "+value) }), "%v", lines)
	}
	// Each was committed: whoever comes next gets what comes next.
	p.produce(t, topic, "e")
	lines = p.runUntil(t, 1, nil, "keyed", "-topic", topic, "-group", topic)
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], " = e")
}

func testDeadLettersExample(t *testing.T, p *programs) {
	topic := p.NewTopic(t, 1)
	for _, suffix := range []string{".retry", ".dead"} {
		p.CreateTopic(t, topic+suffix, protocol.TopicDetail{NumPartitions: 1})
	}
	p.produce(t, topic, "good", "bad one")
	end := p.beside(t, "deadletters", "-topic", topic, "-group", topic, "-delay", "10ms")
	dead := p.runUntil(t, 1, nil, "consumergroup", "-group", topic+"-dead", topic+".dead")
	require.Len(t, dead, 1)
	require.Contains(t, dead[0], ": bad one")
	lines := end()
	slices.Sort(lines)
	require.Equal(t, []string{
		topic + "-0@0 good: <nil>", topic + "-0@1 bad one: it is bad", topic + ".retry-0@0 bad one: it is bad",
	}, lines)
}

func testShareGroupExample(t *testing.T, p *programs) {
	topic := p.NewTopic(t, 1)
	shareConfig(t, p, topic) // or it is skipped
	p.produce(t, topic, "one", "bad", "later")
	lines := p.runUntil(t, 4, nil, "sharegroup", "-topic", topic, "-group", topic)
	slices.Sort(lines)
	require.Equal(t, []string{
		"accepted " + topic + "-0@0 one, given out 1 times", "accepted " + topic + "-0@2 later, given out 2 times",
		"rejected " + topic + "-0@1 bad, given out 1 times", "released " + topic + "-0@2 later, given out 1 times",
	}, lines)
}
