//go:build deps

package sarama

import (
	_ "github.com/eapache/go-resiliency/breaker"
	_ "github.com/jcmturner/gokrb5/v8/client"
	_ "github.com/rcrowley/go-metrics"
	_ "github.com/stretchr/testify/require"
	_ "go.uber.org/goleak"
	_ "golang.org/x/net/proxy"
)
