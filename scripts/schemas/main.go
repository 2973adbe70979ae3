// Schemas fetches Kafka's message definitions from the kafka-clients jars on
// Maven and writes what of them the wire tests need, without prose, to
// internal/schema/testdata/schemas.json.gz. Run it from the root of the module:
//
//	go run ./scripts/schemas 4.4.0 3.9.1
//
// The releases are given newest first: a version of a message is taken from the
// first release that has it, so that the older ones fill in what newer ones dropped.
package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seed20e6684a/sarama/internal/schema"
)

const (
	jarURL = "https://repo1.maven.org/maven2/org/apache/kafka/kafka-clients/%[1]s/kafka-clients-%[1]s.jar"
	output = "internal/schema/testdata/schemas.json.gz"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: go run ./scripts/schemas RELEASE...")
	}
	var all []schema.Release
	for _, release := range os.Args[1:] {
		messages, err := fetch(release)
		if err != nil {
			log.Fatalf("schemas of Kafka %s: %v", release, err)
		}
		log.Printf("Kafka %s: %d messages", release, len(messages))
		all = append(all, schema.Release{Name: release, Messages: messages})
	}
	if err := write(all); err != nil {
		log.Fatal(err)
	}
}

func fetch(release string) ([]*schema.Message, error) {
	resp, err := http.Get(fmt.Sprintf(jarURL, release))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", resp.Request.URL, resp.Status)
	}
	jar, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	files, err := zip.NewReader(bytes.NewReader(jar), int64(len(jar)))
	if err != nil {
		return nil, err
	}
	var messages []*schema.Message
	for _, f := range files.File {
		if dir, name := path.Split(f.Name); dir != "common/message/" || !strings.HasSuffix(name, ".json") {
			continue
		}
		m, err := parse(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		if (m.Type == "request" || m.Type == "response") && m.ValidVersions != "none" {
			messages = append(messages, m)
		}
	}
	slices.SortFunc(messages, func(a, b *schema.Message) int { return strings.Compare(a.Name, b.Name) })
	return messages, nil
}

var comment = regexp.MustCompile(`(?m)^\s*//.*$`)

func parse(f *zip.File) (*schema.Message, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	m := new(schema.Message)
	return m, json.NewDecoder(bytes.NewReader(comment.ReplaceAll(text, nil))).Decode(m)
}

func write(all []schema.Release) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(output, packed.Bytes(), 0o644)
}
