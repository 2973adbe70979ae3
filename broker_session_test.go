package sarama

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRenewalWaitsForSendersAndNewOnesForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s session
		renewals := 0
		renew := func(context.Context) error {
			renewals++
			time.Sleep(time.Second)
			s.begin(time.Hour)
			return nil
		}
		s.begin(time.Minute)
		require.NoError(t, s.enter(t.Context(), renew))
		time.Sleep(time.Minute) // it is due, and one still sends

		entered := make(chan struct{}, 2)
		for range 2 {
			go func() {
				if s.enter(context.Background(), renew) == nil {
					entered <- struct{}{}
				}
			}()
		}
		synctest.Wait()
		require.Zero(t, renewals)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, s.enter(ctx, renew), context.DeadlineExceeded)

		start := time.Now()
		s.leave()
		<-entered
		<-entered
		require.Equal(t, 1, renewals)
		require.Equal(t, time.Second, time.Since(start))
		s.leave()
		s.leave()
		require.NoError(t, s.enter(t.Context(), renew))
		s.leave()
	})
}
