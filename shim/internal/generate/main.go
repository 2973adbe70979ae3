// Command generate writes the Go files of this module: every name that the library exports, forwarded. Its working directory
// is the module's.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
)

const (
	libraryPath = "github.com/seed20e6684a/sarama"
	ownPath     = "github.com/IBM/sarama"
)

// packages are what sarama's users can import, by their place in both modules.
var packages = []string{"", "mocks"}

func main() {
	log.SetFlags(0)
	files, err := generate()
	if err != nil {
		log.Fatalf("generate: %v", err)
	}
	for name, content := range files {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			log.Fatalf("generate: %v", err)
		}
	}
}

// generate returns the content of each file by its path in the module.
func generate() (map[string][]byte, error) {
	files := make(map[string][]byte)
	for _, place := range packages {
		library, err := load(filepath.ToSlash(filepath.Join(libraryPath, place)))
		if err != nil {
			return nil, fmt.Errorf("loading %q: %w", place, err)
		}
		texts, err := forward(library)
		if err != nil {
			return nil, fmt.Errorf("forwarding %q: %w", place, err)
		}
		for name, text := range texts {
			files[filepath.Join(place, name)] = text
		}
	}
	return files, nil
}
