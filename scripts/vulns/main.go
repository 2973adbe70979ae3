// Vulns looks for known vulnerabilities in what the library, its modules and the Go in use call, with a pinned govulncheck. Its
// database comes as a Go module, so that whoever can fetch modules needs nothing else: vuln.go.dev is not asked.
//
//	go run ./scripts/vulns
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	checker  = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"
	database = "golang.org/x/vulndb@latest"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	work, err := os.MkdirTemp("", "vulns-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	version, reports, err := download(work)
	if err != nil {
		return fmt.Errorf("fetching %s: %w", database, err)
	}
	n, err := index(reports, work)
	if err != nil {
		return fmt.Errorf("reading %s: %w", reports, err)
	}
	log.Printf("%d reports, of %s", n, version)
	modules, err := exec.Command("scripts/modules").Output()
	if err != nil {
		return fmt.Errorf("scripts/modules, from the repository's root: %w", err)
	}
	var failed []error
	for _, module := range append([]string{"."}, strings.Fields(string(modules)+" shim")...) {
		log.Printf("vulns %s", module)
		cmd := exec.Command("go", "run", checker, "-db", "file://"+work, "-C", module, "./...")
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", module, err))
		}
	}
	return errors.Join(failed...)
}

// download returns the folder with the reports, and their version.
func download(work string) (version, reports string, err error) {
	cmd := exec.Command("go", "mod", "download", "-json", database)
	cmd.Dir, cmd.Env, cmd.Stderr = work, append(os.Environ(), "GOWORK=off"), os.Stderr // no project's settings
	out, err := cmd.Output()
	var module struct{ Version, Dir, Error string }
	if failed := json.Unmarshal(out, &module); err == nil {
		err = failed
	}
	if module.Error != "" {
		err = errors.New(module.Error)
	}
	return module.Version, filepath.Join(module.Dir, "data", "osv"), err
}

// report is what the index needs of a report (https://ossf.github.io/osv-schema).
type report struct {
	ID       string `json:"id"`
	Modified string `json:"modified"`
	Affected []struct {
		Package struct {
			Name string `json:"name"`
		} `json:"package"`
		Ranges []struct {
			Events []struct{ Fixed string } `json:"events"`
		} `json:"ranges"`
	} `json:"affected"`
}

// entry is a report in the index of modules (https://go.dev/security/vuln/database).
type entry struct {
	ID       string `json:"id"`
	Modified string `json:"modified"`
	Fixed    string `json:"fixed,omitempty"`
}

// index makes the database of reports.
func index(reports, work string) (int, error) {
	files, err := filepath.Glob(filepath.Join(reports, "GO-*.json"))
	if err == nil && len(files) == 0 {
		err = errors.New("there are no reports")
	}
	if err != nil {
		return 0, err
	}
	modules := make(map[string]map[string]entry)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		var r report
		if err := json.Unmarshal(text, &r); err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		if err := write(filepath.Join(work, "ID", r.ID+".json"), json.RawMessage(text)); err != nil {
			return 0, err
		}
		for _, affected := range r.Affected {
			name := affected.Package.Name
			if modules[name] == nil {
				modules[name] = make(map[string]entry)
			}
			e := entry{ID: r.ID, Modified: r.Modified}
			for _, of := range affected.Ranges {
				if last := len(of.Events) - 1; last >= 0 {
					e.Fixed = of.Events[last].Fixed // empty if it was introduced again
				}
			}
			modules[name][r.ID] = e
		}
	}
	type module struct {
		Path  string  `json:"path"`
		Vulns []entry `json:"vulns"`
	}
	var all []module
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		entries := slices.SortedFunc(maps.Values(modules[name]), func(a, b entry) int { return cmp.Compare(a.ID, b.ID) })
		all = append(all, module{name, entries})
	}
	return len(files), errors.Join(write(filepath.Join(work, "index", "modules.json"), all),
		write(filepath.Join(work, "index", "db.json"), map[string]string{"modified": "2026-01-01T00:00:00Z"})) // which nothing depends on
}

func write(file string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
