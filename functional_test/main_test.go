package functional_test

import (
	"testing"

	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

func TestMain(m *testing.M) { cluster.Main(m) }
