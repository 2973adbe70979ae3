//go:build unix

package functional_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// drained is what a process of the keyed example has printed: a line for each record that it has processed.
type drained struct {
	cmd   *exec.Cmd
	errs  *bytes.Buffer
	lines <-chan string // closed when its output has ended
}

func (p *programs) keyed(t *testing.T, args ...string) *drained {
	t.Helper()
	d := &drained{cmd: p.command(t, "keyed", args...), errs: new(bytes.Buffer)}
	d.cmd.Stderr = d.errs
	out, err := d.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, d.cmd.Start())
	d.lines = linesOf(out, 100_000)
	return d
}

// next returns the next line; "" when there are no more.
func (d *drained) next(t *testing.T) string {
	t.Helper()
	select {
	case line := <-d.lines:
		return line
	case <-time.After(patience):
		t.Fatalf("no more records after %v", patience)
		return ""
	}
}

var keyedLine = regexp.MustCompile(`-(\d+)@(\d+) `)

func placeOf(t *testing.T, line string) place {
	t.Helper()
	found := keyedLine.FindStringSubmatch(line)
	require.NotNil(t, found, line)
	partition, err := strconv.ParseInt(found[1], 10, 32)
	require.NoError(t, err)
	offset, err := strconv.ParseInt(found[2], 10, 64)
	require.NoError(t, err)
	return place{int32(partition), offset}
}

// TestDrainOnSignal: a process with 200 records in work gets SIGTERM, and its successor starts at the same moment. What is in
// work is finished and committed, the process ends soon after, and the successor gets all the rest: each record is processed
// once.
func TestDrainOnSignal(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		const (
			partitions, perPartition = 2, 500
			inFlight                 = 200
			work                     = time.Second // for one record
			grace                    = 10 * time.Second
		)
		p, topic := newPrograms(t, c), c.NewTopic(t, partitions)
		produceEach(t, c, topic, partitions, 0, perPartition)
		args := []string{"-topic", topic, "-group", "drain-" + topic, "-workers", fmt.Sprint(inFlight / partitions),
			"-work", work.String(), "-grace", grace.String()}
		processed := make(map[place]int)
		first := p.keyed(t, args...)
		for range inFlight { // the next ones are in work then
			processed[placeOf(t, first.next(t))]++
		}
		signalled := time.Now()
		require.NoError(t, first.cmd.Process.Signal(syscall.SIGTERM))
		second := p.keyed(t, args...)
		finished := 0
		for line := first.next(t); line != ""; line = first.next(t) {
			processed[placeOf(t, line)]++
			finished++
		}
		require.NoError(t, first.cmd.Wait(), first.errs.String())
		took := time.Since(signalled)
		began := time.Duration(0)
		for len(processed) < partitions*perPartition {
			processed[placeOf(t, second.next(t))]++
			if began == 0 {
				began = time.Since(signalled)
			}
		}
		require.NoError(t, second.cmd.Process.Signal(syscall.SIGTERM))
		for line := second.next(t); line != ""; line = second.next(t) {
			processed[placeOf(t, line)]++
		}
		require.NoError(t, second.cmd.Wait(), second.errs.String())
		twice := 0
		for _, n := range processed {
			if n > 1 {
				twice++
			}
		}
		t.Logf("%d records in work at the signal were finished; the process ended %v after it, its successor's first record was done %v "+
			"after it (a record takes %v); %d of %d records processed, %d twice", finished, took.Round(time.Millisecond),
			began.Round(time.Millisecond), work, len(processed), partitions*perPartition, twice)
		require.GreaterOrEqual(t, finished, inFlight-partitions)
		require.Zero(t, twice)
		require.Len(t, processed, partitions*perPartition)
		require.Less(t, took, grace, "it had to give up")
		require.Less(t, took, 3*work)
		require.False(t, strings.Contains(first.errs.String(), "draining"), first.errs.String())
	})
}
