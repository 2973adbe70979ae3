package sarama

import (
	"context"
	"fmt"
	"math"
	"sync"
)

// producerIdentity is what brokers know an idempotent producer by (KIP-98).
type producerIdentity struct {
	id    int64
	epoch int16
}

var noIdentity = producerIdentity{id: -1, epoch: -1}

// identityKeeper holds the identity of an idempotent producer without transactions.
type identityKeeper struct {
	client Client

	mu      sync.Mutex // guards current
	current producerIdentity
}

// newIdentityKeeper asks a broker for a producer id.
func newIdentityKeeper(client Client) (*identityKeeper, error) {
	k := &identityKeeper{client: client, current: noIdentity}
	if err := k.renew(); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *identityKeeper) renew() error {
	response, err := k.client.InitProducerID()
	if err != nil {
		return fmt.Errorf("asking for a producer id: %w", err)
	}
	if response.Err != ErrNoError {
		return fmt.Errorf("asking for a producer id: %w", response.Err)
	}
	k.mu.Lock()
	k.current = producerIdentity{response.ProducerID, response.ProducerEpoch}
	k.mu.Unlock()
	Logger.Printf("txnmgr/init-producer-id [%s] obtained a ProducerId: %d and ProducerEpoch: %d\n", "", response.ProducerID, response.ProducerEpoch)
	return nil
}

func (k *identityKeeper) identity() producerIdentity {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current
}

// after returns an identity newer than one whose sequence is broken: the epoch is raised here, as brokers allow (KIP-360),
// and when epochs are used up a new id is asked for. Partitions that find the same identity broken share the next one.
func (k *identityKeeper) after(ctx context.Context, broken producerIdentity) (producerIdentity, error) {
	k.mu.Lock()
	if k.current != broken {
		defer k.mu.Unlock()
		return k.current, nil
	}
	if broken.epoch < math.MaxInt16 {
		k.current.epoch++
		defer k.mu.Unlock()
		return k.current, nil
	}
	k.mu.Unlock()
	if ctx.Err() != nil {
		return broken, context.Cause(ctx)
	}
	Logger.Println("producer/txnmanager epoch exhausted, requesting new producer ID")
	if err := k.renew(); err != nil {
		return broken, err
	}
	return k.identity(), nil
}
