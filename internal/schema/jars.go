package schema

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Releases are those whose definitions are read, the newest first: a version of a message is taken from the first that
// has it, so that the older one fills in what the newer one dropped.
var Releases = []string{"4.4.0", "3.9.1"}

// Folder is where the kafka-clients jars are kept, which hold the definitions: see scripts/schemas.
func Folder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("the folder for Kafka's definitions: %w", err)
	}
	return filepath.Join(cache, "sarama-schemas"), nil
}

// Jar is the name of a release's jar in the [Folder].
func Jar(release string) string { return "kafka-clients-" + release + ".jar" }

// Test is what a test has of testing.TB for [Need].
type Test interface {
	Helper()
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Need skips a test, and says so, where the definitions were not fetched; with KAFKA_REQUIRED=1 it fails.
func Need(t Test) {
	t.Helper()
	_, err := releases()
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && os.Getenv("KAFKA_REQUIRED") != "1":
		t.Skipf("SKIPPED, NOT TESTED: Kafka's definitions of its messages are not there; "+
			"go run ./scripts/schemas fetches them, and go test -count=1 then looks again (%v)", err)
	default:
		t.Fatalf("Kafka's definitions of its messages (go run ./scripts/schemas fetches them): %v", err)
	}
}

var releases = sync.OnceValues(func() ([]Release, error) {
	folder, err := Folder()
	if err != nil {
		return nil, err
	}
	all := make([]Release, len(Releases))
	for i, name := range Releases {
		messages, err := readJar(filepath.Join(folder, Jar(name)))
		if err != nil {
			return nil, err
		}
		all[i] = Release{Name: name, Messages: messages}
	}
	return all, nil
})

// readJar returns the definitions in a jar, without those that no version has.
func readJar(file string) ([]*Message, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	jar, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var messages []*Message
	for _, f := range jar.File {
		if dir, name := path.Split(f.Name); dir != "common/message/" || !strings.HasSuffix(name, ".json") {
			continue
		}
		m, err := parse(f)
		if err != nil {
			return nil, fmt.Errorf("%s in %s: %w", f.Name, file, err)
		}
		if m.ValidVersions != "none" {
			messages = append(messages, m)
		}
	}
	slices.SortFunc(messages, func(a, b *Message) int { return strings.Compare(a.Name, b.Name) })
	return messages, nil
}

var comment = regexp.MustCompile(`(?m)^\s*//.*$`)

func parse(f *zip.File) (*Message, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	m := new(Message)
	return m, json.NewDecoder(bytes.NewReader(comment.ReplaceAll(text, nil))).Decode(m)
}
