// Schemas fetches the kafka-clients jars, which hold Kafka's own definitions of its messages, for the tests of the wire
// protocol. Maven fetches them, from where its settings say; they are kept in the user's cache. Without them those tests
// are skipped.
//
//	go run ./scripts/schemas
package main

import (
	"errors"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/seed20e6684a/sarama/internal/schema"
)

func main() {
	log.SetFlags(0)
	folder, err := schema.Folder()
	if err != nil {
		log.Fatal(err)
	}
	for _, release := range schema.Releases {
		if err := fetch(folder, release); err != nil {
			log.Fatalf("Kafka's definitions of %s: %v", release, err)
		}
	}
}

// fetch puts a release's jar into the folder if it is not there, as a whole or not at all.
func fetch(folder, release string) error {
	jar := filepath.Join(folder, schema.Jar(release))
	if _, err := os.Stat(jar); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(folder, ".fetching-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	cmd := exec.Command("mvn", "-q", "-B", "dependency:copy",
		"-Dartifact=org.apache.kafka:kafka-clients:"+release, "-DoutputDirectory="+work)
	cmd.Dir = work // no project's settings
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	log.Printf("fetched %s", jar)
	return os.Rename(filepath.Join(work, schema.Jar(release)), jar)
}
