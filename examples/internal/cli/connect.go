package cli

import (
	"time"

	"github.com/seed20e6684a/sarama"
)

// Connect returns a client, once one of the brokers is heard of. It asks all of them at once, so that, where none answers
// within the patience, each is named with its cause.
func Connect(addrs []string, conf *sarama.Config, patience time.Duration) (sarama.Client, error) {
	if err := conf.Validate(); err != nil {
		return nil, UsageError(err.Error()) // the flags made the configuration
	}
	if err := probe(addrs, conf, patience); err != nil {
		return nil, err
	}
	return sarama.NewClient(addrs, conf)
}

// probe returns nil when the first broker has answered, and what each of them failed with when all have failed.
func probe(addrs []string, conf *sarama.Config, patience time.Duration) error {
	short := *conf
	short.MetricRegistry = sarama.NewConfig().MetricRegistry
	// A connection is made, and then answers a request, each within its half.
	short.Net.DialTimeout, short.Net.ReadTimeout, short.Net.WriteTimeout = patience/2, patience/2, patience/2
	answers := make(chan error, len(addrs)) // with room for all: nobody waits for those after the first
	for _, addr := range addrs {
		b := sarama.NewBroker(addr)
		if err := b.Open(&short); err != nil {
			return err
		}
		defer Close(b) // which ends an attempt to connect, too
		go func() { answers <- connected(b) }()
	}
	var causes []error
	for range addrs {
		err := <-answers
		if err == nil {
			return nil
		}
		causes = append(causes, err)
	}
	return sarama.Wrap(sarama.ErrOutOfBrokers, causes...)
}

// connected waits until a broker is connected; what that fails with names it.
func connected(b *sarama.Broker) error {
	_, err := b.Connected()
	if err != nil && len(brokerErrors(err)) == 0 {
		err = &sarama.BrokerError{Addr: b.Addr(), Err: err}
	}
	return err
}
