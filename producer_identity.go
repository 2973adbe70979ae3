package sarama

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// producerIdentity is what brokers know an idempotent producer by (KIP-98).
type producerIdentity struct {
	id    int64
	epoch int16
}

var noIdentity = producerIdentity{id: -1, epoch: -1}

// identityKeeper holds the identity of an idempotent producer without transactions.
type identityKeeper struct {
	client clusterClient

	mu      sync.Mutex // guards current
	current producerIdentity
}

// newIdentityKeeper asks a broker for a producer id.
func newIdentityKeeper(ctx context.Context, client clusterClient) (*identityKeeper, error) {
	k := &identityKeeper{client: client, current: noIdentity}
	if err := k.renew(ctx); err != nil {
		return nil, err
	}
	return k, nil
}

// renew asks for a producer id, as often as transactions may try: a cluster that has just started is not ready to give one.
func (k *identityKeeper) renew(ctx context.Context) error {
	retry := &k.client.Config().Producer.Transaction.Retry
	r := retrier{
		max: retry.Max, backoff: backoffOf(retry.Backoff, retry.BackoffFunc),
		onRetry: func(backoff time.Duration, remaining int, err error) {
			k.client.Config().log().Printf("txnmgr/init-producer-id [%s] retrying after %dms... (%d attempts remaining) (%s)\n",
				"", backoff/time.Millisecond, remaining, err)
		},
	}
	return r.do(ctx, func(ctx context.Context) (again bool, err error) {
		response, err := k.client.initProducerID(ctx)
		if err == nil && response.Err != ErrNoError {
			err = response.Err
		}
		if err != nil {
			var code KError
			final := errors.As(err, &code) && !protocol.Retriable(code) || errors.Is(err, ErrClosedClient)
			return !final, producerAdvice.appended(fmt.Errorf("asking for a producer id: %w", err))
		}
		k.mu.Lock()
		k.current = producerIdentity{response.ProducerID, response.ProducerEpoch}
		k.mu.Unlock()
		k.client.Config().log().Printf("txnmgr/init-producer-id [%s] obtained a ProducerId: %d and ProducerEpoch: %d\n",
			"", response.ProducerID, response.ProducerEpoch)
		return false, nil
	})
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
	k.client.Config().log().Println("producer/txnmanager epoch exhausted, requesting new producer ID")
	if err := k.renew(ctx); err != nil {
		return broken, err
	}
	return k.identity(), nil
}
