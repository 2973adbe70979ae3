package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// Run starts a cluster of real brokers outside any test, gives its addresses to do, and stops it when do returns.
func Run(o Options, do func(addrs []string) error) error {
	if _, err := javaPath(); err != nil {
		return fmt.Errorf("there is no Java to run Kafka: %w", err)
	}
	if _, err := exec.LookPath("mvn"); err != nil {
		return fmt.Errorf("there is no Maven to fetch Kafka: %w", err)
	}
	dir, err := os.MkdirTemp("", "kafka-cluster-")
	if err != nil {
		return err
	}
	c, err := start(dir, o)
	if err != nil {
		return errors.Join(fmt.Errorf("starting a Kafka cluster: %w", err), os.RemoveAll(dir))
	}
	err = do(c.Addrs())
	c.stop()
	return errors.Join(err, os.RemoveAll(dir))
}
