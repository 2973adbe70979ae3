package compat

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/compat/programs/ours"
	"github.com/seed20e6684a/sarama/compat/programs/script"
	"github.com/seed20e6684a/sarama/compat/programs/theirs"
)

//go:generate sh programs/generate.sh

// TestInStep has both libraries run the same programs.
func TestInStep(t *testing.T) {
	files, err := filepath.Glob("programs/theirs/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, body, found := strings.Cut(string(text), "\nimport (")
		require.True(t, found)
		made, err := os.ReadFile(filepath.Join("programs/ours", filepath.Base(file)))
		require.NoError(t, err)
		_, ourBody, _ := strings.Cut(string(made), "\nimport (")
		require.Equal(t, strings.ReplaceAll(body, "github.com/IBM/sarama", "github.com/seed20e6684a/sarama"), ourBody,
			"go generate . in compat")
	}
}

// TestBehaviour runs each program on both libraries and compares what it saw and what its broker was asked.
func TestBehaviour(t *testing.T) {
	for _, log := range []*script.Log{&theirs.Log, &theirs.Debug, &ours.Log, &ours.Debug} {
		log.Forget() // what tests before this one had logged
	}
	met, ran := make(map[string]bool), 0
	programs := theirs.Programs()
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		t.Run(name, func(t *testing.T) {
			ran++
			theirNotes, theirRequests := run(t, programs[name])
			ourNotes, ourRequests := run(t, ours.Programs()[name])
			compare(t, met, name+": saw", theirNotes, ourNotes)
			all := maps.Clone(theirRequests)
			maps.Copy(all, ourRequests)
			for _, request := range slices.Sorted(maps.Keys(all)) {
				compare(t, met, name+": "+request, theirRequests[request], ourRequests[request])
			}
		})
	}
	if ran < len(programs) {
		t.Logf("%d of %d programs were chosen: logs are not compared, nor is each difference met", ran, len(programs))
		return
	}
	compare(t, met, "log", theirs.Log.Words(), ours.Log.Words())
	compare(t, met, "debug log", theirs.Debug.Words(), ours.Debug.Words())
	for _, b := range behaviours {
		if !met[b.why] && !t.Failed() {
			t.Errorf("it is no difference any more that %s", b.why)
		}
	}
}

func run(t *testing.T, program func(*script.Env)) ([]string, map[string][]string) {
	env, err := script.New()
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		program(env)
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		notes, requests := env.Close()
		require.FailNow(t, "the program hangs", "it saw %q, and asked for %q", notes, requests)
	}
	return env.Close()
}

// compare fails the test where the two are not the same when the differences that are meant are taken out.
func compare(t *testing.T, met map[string]bool, what string, theirs, ours []string) {
	if slices.Equal(theirs, ours) {
		return
	}
	for _, b := range behaviours {
		if !b.where.MatchString(what) {
			continue
		}
		left, right := b.apply(theirs), b.apply(ours)
		if !slices.Equal(left, theirs) || !slices.Equal(right, ours) {
			met[b.why] = true
		}
		theirs, ours = left, right
	}
	if !slices.Equal(theirs, ours) {
		t.Errorf("%s is not the same:\nsarama:\n  %s\nhere:\n  %s", what, marked(theirs, ours), marked(ours, theirs))
	}
}

// apply takes a difference out of what was seen.
func (b behaviour) apply(lines []string) []string {
	var kept []string
	for _, line := range lines {
		if line = b.from.ReplaceAllString(line, b.to); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// marked lists what is in one list, with a mark at what the other has not, or elsewhere.
func marked(list, other []string) string {
	var all []string
	for i, line := range list {
		mark := " "
		switch {
		case !slices.Contains(other, line):
			mark = "!"
		case i >= len(other) || other[i] != line:
			mark = "~"
		}
		all = append(all, fmt.Sprintf("%s %q", mark, line))
	}
	return strings.Join(all, "\n  ")
}
