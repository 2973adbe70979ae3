package cluster

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Compile compiles a Java class without a package, a plugin of brokers, against the jars of the brokers' version, and returns
// the folder for Options.ClassPath. The test is skipped like that of [Start], and where Java has no compiler.
func Compile(t testing.TB, class, source string) (folder string) {
	t.Helper()
	needBrokers(t)
	java, err := javaPath()
	if err != nil {
		t.Fatal(err)
	}
	compiler, err := exec.LookPath(filepath.Join(filepath.Dir(java), "javac"))
	if err != nil {
		if compiler, err = exec.LookPath("javac"); errors.Is(err, exec.ErrNotFound) {
			skip(t, "there is no javac to compile %s", class)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	kafka, err := jars(ctx, versionWanted())
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	file := filepath.Join(folder, class+".java")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, compiler, "-J-Xmx128m", "-proc:none", "-nowarn", "-cp", kafka+"/*", "-d", folder, file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compiling %s: %v\n%s", class, err, lastLines(out, 20))
	}
	return folder
}
