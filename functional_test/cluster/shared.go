package cluster

import (
	"os"
	"sync"
	"testing"
)

// shared is the cluster that all tests of this process use that do it no harm.
var shared sharedState

type sharedState struct {
	allowed bool // Main will stop it

	once sync.Once // for what follows
	c    *Real
	dir  string
	err  error
}

// sharedCluster starts the cluster when it is asked for first. A test that fails gets the ends of the brokers' logs.
func sharedCluster(t *testing.T) *Real {
	t.Helper()
	if !shared.allowed {
		t.Fatal("cluster.Each on real brokers needs cluster.Main as the package's TestMain")
	}
	needJava(t)
	shared.once.Do(shared.start)
	if shared.err != nil {
		t.Fatalf("starting the Kafka cluster that tests share: %v", shared.err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(shared.c.tails())
		}
	})
	return shared.c
}

func (s *sharedState) start() {
	if s.dir, s.err = os.MkdirTemp("", "kafka-cluster-"); s.err != nil {
		return
	}
	s.c, s.err = start(s.dir, Options{Brokers: eachBrokers})
}

func (s *sharedState) stop() {
	if s.c != nil && s.err == nil {
		s.c.stop()
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}
