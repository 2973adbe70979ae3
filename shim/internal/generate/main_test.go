package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGeneratedFilesAreUpToDate(t *testing.T) {
	t.Chdir("../..")
	files, err := generate()
	require.NoError(t, err)
	// Consts, types, values, vars and funcs of the library; consts, types and funcs of its mocks.
	require.Equal(t, 8, len(files)) //nolint:testifylint // Len would print them
	for name, want := range files {
		have, err := os.ReadFile(name)
		require.NoError(t, err)
		require.True(t, bytes.Equal(have, want), "%s is not up to date: go generate", name)
	}
}
