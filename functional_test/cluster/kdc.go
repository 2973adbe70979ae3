package cluster

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// kerby is the version of Apache Kerby, a Kerberos in Java.
const kerby = "2.0.3"

//go:embed Kdc.java
var kdcProgram []byte

// KDC is a Kerberos key distribution centre, which ends with the test.
type KDC struct {
	// Dir holds krb5.conf, and for each principal NAME/INSTANCE without a password the files NAME.keytab and NAME.ccache.
	Dir string
	// Realm is that of all principals.
	Realm string
}

// StartKDC starts a centre that knows some principals, each as NAME, NAME/INSTANCE or NAME=PASSWORD. The test is skipped like that of Start.
func StartKDC(t testing.TB, principals ...string) *KDC {
	t.Helper()
	if kinds, err := wantedKinds(); err != nil || kinds[len(kinds)-1] != KindReal {
		t.Skip("SKIPPED, NOT TESTED: the test needs real brokers and a Kerberos of its own (KAFKA_CLUSTER=real)")
	}
	needJava(t)
	k := &KDC{Dir: t.TempDir(), Realm: "EXAMPLE.COM"}
	if err := k.start(t, principals); err != nil {
		t.Fatalf("starting a KDC: %v", err)
	}
	return k
}

// File returns the path of a file in Dir.
func (k *KDC) File(name string) string { return filepath.Join(k.Dir, name) }

func (k *KDC) start(t testing.TB, principals []string) error {
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	folder, err := fetched(ctx, "kerby-"+kerby, projectOf(artifact{group: "org.apache.kerby", name: "kerb-simplekdc", version: kerby},
		artifact{group: "org.slf4j", name: "slf4j-simple", version: "1.7.36"}))
	if err != nil {
		return err
	}
	var claimed ports
	port, err := claimed.claim()
	if err != nil {
		return err
	}
	t.Cleanup(claimed.release)
	config := fmt.Sprintf(`[libdefaults]
  default_realm = %[1]s
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  %[1]s = {
    kdc = localhost:%[2]d
  }
`, k.Realm, port)
	if err := os.WriteFile(k.File("krb5.conf"), []byte(config), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(k.File("Kdc.java"), kdcProgram, 0o644); err != nil {
		return err
	}
	java, err := javaPath()
	if err != nil {
		return err
	}
	work := t.TempDir() // Kerby has a krb5.conf of its own there
	cmd := exec.Command(java, append([]string{"-Xmx64m", "-XX:+UseSerialGC", "-cp", folder + "/*", k.File("Kdc.java"), work,
		fmt.Sprint(port), k.Realm}, principals...)...)
	stdin, err := cmd.StdinPipe() // it ends when that does
	if err != nil {
		return err
	}
	t.Cleanup(func() { stdin.Close() })
	p, err := launch(cmd, k.File("log"), "The KDC is ready")
	if err != nil {
		return err
	}
	t.Cleanup(p.kill)
	if err := p.ready(ctx); err != nil {
		text, _ := os.ReadFile(k.File("log"))
		return fmt.Errorf("%w\n%s", err, lastLines(text, 20))
	}
	files, err := filepath.Glob(filepath.Join(work, "*.[kc]*[be]"))
	for _, file := range files {
		if err == nil {
			err = os.Rename(file, k.File(filepath.Base(file)))
		}
	}
	return err
}
