package compat

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/compat/programs/ours"
	"github.com/seed20e6684a/sarama/compat/programs/script"
	"github.com/seed20e6684a/sarama/compat/programs/theirs"
)

//go:generate sh -c "sed -e 's,^package theirs,package ours,' -e 's,github.com/IBM/sarama,github.com/seed20e6684a/sarama,' -e '/^\\/\\/ Package theirs/c // Code generated from package theirs. DO NOT EDIT.\\n\\n// Package ours is package theirs with another import path.' programs/theirs/programs.go > programs/ours/programs.go"

// TestInStep has both libraries run the same programs.
func TestInStep(t *testing.T) {
	var bodies []string
	for _, file := range []string{"programs/theirs/programs.go", "programs/ours/programs.go"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, body, found := strings.Cut(string(text), "\nimport (")
		require.True(t, found)
		bodies = append(bodies, strings.Replace(body, "github.com/IBM/sarama", "github.com/seed20e6684a/sarama", 1))
	}
	require.Equal(t, bodies[0], bodies[1], "go generate ./... in compat")
}

// TestBehaviour runs each program on both libraries and compares what it saw and what its broker was asked.
func TestBehaviour(t *testing.T) {
	met := make(map[string]bool)
	programs := theirs.Programs()
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		t.Run(name, func(t *testing.T) {
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
	if !t.Failed() {
		for _, b := range behaviours {
			require.True(t, met[b.why], "it is no difference any more that %s", b.why)
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

// marked lists what is in one list, with a mark at what the other has not.
func marked(list, other []string) string {
	var all []string
	for i, line := range list {
		mark := " "
		if i >= len(other) || other[i] != line {
			mark = "!"
		}
		all = append(all, fmt.Sprintf("%s %q", mark, line))
	}
	return strings.Join(all, "\n  ")
}
