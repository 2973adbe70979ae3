// Package mocks is for tests of programs that use the library.
package mocks

import "github.com/seed20e6684a/sarama"

// NewTestConfig returns a configuration for tests: that of sarama.NewConfig, but retries of producers and consumers do not
// wait, and Version is the oldest, sarama.MinVersion, whose requests and answers are the simplest to play.
func NewTestConfig() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MinVersion
	config.Producer.Retry.Backoff = 0
	config.Consumer.Retry.Backoff = 0
	return config
}
