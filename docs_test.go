package sarama_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

// What the documents' code may use without saying so: packages, and variables that the text around it speaks of.
var docImports = map[string]string{
	"bytes": "bytes", "crypto": "crypto", "context": "context", "errors": "errors", "fmt": "fmt", "log": "log", "slog": "log/slog", "math": "math", "os": "os",
	"signal": "os/signal", "strings": "strings", "syscall": "syscall", "testing": "testing", "time": "time",
	"tls": "crypto/tls", "x509": "crypto/x509", "metrics": "github.com/rcrowley/go-metrics",
	"sarama": "github.com/seed20e6684a/sarama", "mocks": "github.com/seed20e6684a/sarama/mocks",
}

const docVariables = `package snippets

import (
	"context"

	"github.com/seed20e6684a/sarama"
)

var (
	ctx      context.Context
	addrs    []string
	config   *sarama.Config
	client   sarama.Client
	producer sarama.SyncProducer
	async    sarama.AsyncProducer
	consumer sarama.Consumer
	group    sarama.ManagedConsumerGroup
	handler  sarama.ConsumerGroupHandler
	session  sarama.ConsumerGroupSession
	claim    sarama.ConsumerGroupClaim
	msg      *sarama.ConsumerMessage
	message  *sarama.ProducerMessage
	admin    sarama.Admin
)
`

// documents returns the Markdown files that users read, with their content.
func documents(t *testing.T) map[string]string {
	names, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	texts := make(map[string]string)
	for _, name := range append(names, "README.md", "MIGRATION.md", "GUARANTEES.md", "kafkavet/README.md") {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		texts[name] = string(text)
	}
	return texts
}

var (
	docCode    = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")
	docPrefix  = regexp.MustCompile(`\b([a-z][a-z0-9]*)\.[A-Z]`)
	docComment = regexp.MustCompile(`(?m)(^|\s)//.*$`)
)

// goFiles makes a file of each block of Go code in a document. Statements become the body of a function that returns an error.
func goFiles(name, text string) []string {
	var files []string
	for _, at := range docCode.FindAllStringSubmatchIndex(text, -1) {
		code := text[at[2]:at[3]]
		line := fmt.Sprintf("//line %s:%d\n", name, 1+strings.Count(text[:at[2]], "\n"))
		imports := make(map[string]struct{})
		for _, found := range docPrefix.FindAllStringSubmatch(docComment.ReplaceAllString(code, ""), -1) {
			if path := docImports[found[1]]; path != "" {
				imports[path] = struct{}{}
			}
		}
		var file strings.Builder
		file.WriteString("package snippets\n")
		for _, path := range slices.Sorted(maps.Keys(imports)) {
			fmt.Fprintf(&file, "import %q\n", path)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+code, parser.SkipObjectResolution); err == nil {
			file.WriteString(line + code)
		} else {
			file.WriteString("func _() error {\n" + line + code + "return nil\n}\n")
		}
		files = append(files, file.String())
	}
	return files
}

// compile compiles the code of documents, each as a package that is in this module for the compiler's eyes alone.
func compile(t *testing.T, texts map[string]string) (blocks int, complaints string) {
	root, err := filepath.Abs(".")
	require.NoError(t, err)
	scratch, replace := t.TempDir(), make(map[string]string)
	args := []string{"build", "-overlay", filepath.Join(scratch, "overlay.json")}
	for i, name := range slices.Sorted(maps.Keys(texts)) {
		files := goFiles(filepath.Join(root, name), texts[name])
		if len(files) == 0 {
			continue
		}
		folder := fmt.Sprintf("internal/snippets/document%d", i)
		args = append(args, "./"+folder)
		for j, content := range append(files, docVariables) {
			file := filepath.Join(scratch, fmt.Sprintf("%d-%d.go", i, j))
			require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
			replace[filepath.Join(root, folder, fmt.Sprintf("block%d.go", j))] = file
		}
		blocks += len(files)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(scratch, "overlay.json"), overlay, 0o600))
	var out bytes.Buffer
	build := exec.CommandContext(t.Context(), "go", args...)
	build.Stdout, build.Stderr = &out, &out
	if err := build.Run(); err != nil {
		return blocks, fmt.Sprintf("%v\n%s", err, out.String())
	}
	return blocks, ""
}

func TestDocumentsCompile(t *testing.T) {
	blocks, complaints := compile(t, documents(t))
	require.Empty(t, complaints)
	require.Greater(t, blocks, 30)
}

func TestDocumentsThatDoNotCompile(t *testing.T) {
	text := "# Title\n\n```go\nfunc sum() int { return 1 }\n```\n\n```go\nsarama.NewConfig().Nothing = sum()\n```\n"
	blocks, complaints := compile(t, map[string]string{"docs/wrong.md": text})
	require.Equal(t, 2, blocks)
	require.Contains(t, complaints, "docs/wrong.md:8: sarama.NewConfig().Nothing undefined")
}

var (
	docLink  = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	docField = regexp.MustCompile("`(?:Config\\.)?((?:Net|Metadata|Producer|Consumer|Telemetry)\\.[A-Za-z.]+)`")
)

func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	for name, text := range documents(t) {
		for _, link := range docLink.FindAllStringSubmatch(text, -1) {
			_, err := os.Stat(filepath.Join(filepath.Dir(name), link[1]))
			require.NoError(t, err, name)
		}
	}
}

// Fields of Config that documents name are there.
func TestDocumentsNameFieldsThatAreThere(t *testing.T) {
	found := 0
	for name, text := range documents(t) {
		for _, field := range docField.FindAllStringSubmatch(text, -1) {
			at := reflect.TypeFor[sarama.Config]()
			for part := range strings.SplitSeq(field[1], ".") {
				require.Equal(t, reflect.Struct, at.Kind(), "%s: %s", name, field[1])
				f, ok := at.FieldByName(part)
				require.True(t, ok, "%s: Config has no %s", name, field[1])
				at = f.Type
			}
			found++
		}
	}
	require.Greater(t, found, 50)
}
