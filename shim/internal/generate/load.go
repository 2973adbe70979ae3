package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// libraryPackage is what has to be forwarded.
type libraryPackage struct {
	*types.Package
	deprecated map[string]string // by name: the paragraph that says so, which linters look for
}

// listed is what go list says of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// load builds a package and reads its exports from what the compiler has left for importers.
func load(path string) (*libraryPackage, error) {
	known, err := list(path)
	if err != nil {
		return nil, err
	}
	lookup := func(path string) (io.ReadCloser, error) {
		found, ok := known[path]
		if !ok || found.Export == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(found.Export)
	}
	pkg, err := importer.ForCompiler(token.NewFileSet(), "gc", lookup).Import(path)
	if err != nil {
		return nil, err
	}
	deprecated, err := deprecations(known[path])
	return &libraryPackage{pkg, deprecated}, err
}

// list asks the go command for a package and all that it depends on.
func list(path string) (map[string]listed, error) {
	command := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", path)
	command.Env = append(os.Environ(), "GOWORK=off")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	known := make(map[string]listed)
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var one listed
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return known, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", command, err)
		}
		known[one.ImportPath] = one
	}
}

// deprecations collects the paragraphs that begin with "Deprecated:" from the comments of top-level declarations.
func deprecations(pkg listed) (map[string]string, error) {
	found := make(map[string]string)
	note := func(name string, comments ...*ast.CommentGroup) {
		for _, comment := range comments {
			for paragraph := range strings.SplitSeq(comment.Text(), "\n\n") {
				if strings.HasPrefix(paragraph, "Deprecated: ") {
					found[name] = strings.TrimSpace(paragraph)
				}
			}
		}
	}
	for _, file := range pkg.GoFiles {
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, file), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, decl := range tree.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Recv == nil {
					note(decl.Name.Name, decl.Doc)
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						note(spec.Name.Name, decl.Doc, spec.Doc)
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							note(name.Name, decl.Doc, spec.Doc)
						}
					}
				}
			}
		}
	}
	return found, nil
}
