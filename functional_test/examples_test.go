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

// runUntil runs an example until it has printed n lines, interrupts it, and returns all that it printed; it has to exit with 0.
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
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
		}
	}
	require.NoError(t, cmd.Wait(), "%v\n%s", lines, errs.String())
	return lines
}

func newPrograms(t *testing.T, c cluster.Cluster) *programs {
	p := &programs{Cluster: c, dir: t.TempDir()}
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "../examples", "-o", p.dir+string(filepath.Separator), "./...")
	said, err := build.CombinedOutput()
	require.NoError(t, err, string(said))
	return p
}

// TestExamples runs the examples that stand beside sarama's own, as programs, and looks at what they print.
func TestExamples(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		p := newPrograms(t, c)
		for name, example := range map[string]struct {
			args []string
			text string
		}{
			"sync":          {[]string{"-workers", "4", "-records", "50"}, "4 goroutines sent 200 records"},
			"async":         {[]string{"-records", "1000"}, "1000 records delivered"},
			"transactional": {[]string{"-transactions", "8", "-records", "10"}, "60 records of 6 transactions are read with ReadCommitted"},
			"tracing":       {[]string{"-records", "2"}, `"TraceID"`}, // by interceptors
		} {
			t.Run(name, func(t *testing.T) {
				out := p.run(t, name, append(example.args, "-topic", c.NewTopic(t, 3))...)
				require.Contains(t, out, example.text)
			})
		}
		t.Run("httpserver", func(t *testing.T) { testWebServerExample(t, p) })
		t.Run("exactlyonce", func(t *testing.T) { testExactlyOnceExample(t, p) })
	})
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
	produce := p.command(t, "console", "-topic", from)
	produce.Args = slices.Insert(produce.Args, 1, "produce")
	var input strings.Builder
	for i := range words {
		fmt.Fprintf(&input, "word %d\n", i)
	}
	produce.Stdin = strings.NewReader(input.String())
	said, err := produce.CombinedOutput()
	require.NoError(t, err, string(said))

	var errs bytes.Buffer
	shout := p.command(t, "exactlyonce", "-from", from, "-to", to, "-group", from, "-batch", "10")
	shout.Stderr = &errs
	require.NoError(t, shout.Start())
	lines := p.runUntil(t, words, nil, "consumergroup", "-group", to, to)
	require.NoError(t, shout.Process.Signal(os.Interrupt))
	require.NoError(t, shout.Wait(), errs.String())
	require.Len(t, lines, words)
	for i, line := range lines {
		require.Contains(t, line, fmt.Sprintf(": WORD %d", i))
	}
}
