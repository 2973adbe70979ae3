package sarama

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rcrowley/go-metrics"
	"github.com/stretchr/testify/require"
)

func TestMetricNames(t *testing.T) {
	require.Equal(t, "request-rate-for-broker-12", metricForBroker("request-rate", 12))
	require.Equal(t, "batch-size-for-topic-a_b_c-d", metricForTopic("batch-size", "a.b.c-d"))
}

// TestMeterRatesAreThoseOfGoMetrics marks at random times and ticks the averages of go-metrics by hand.
func TestMeterRatesAreThoseOfGoMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter()
		reference := []metrics.EWMA{metrics.NewEWMA1(), metrics.NewEWMA5(), metrics.NewEWMA15()}
		start, ticks, count := time.Now(), 0, int64(0)
		for step := range 400 {
			pause := time.Duration(rand.Int64N(int64(4 * time.Second)))
			if step%50 == 49 {
				pause += 3 * time.Minute // nothing reads or marks for long
			}
			time.Sleep(pause)
			for ; ticks < int(time.Since(start)/meterTick); ticks++ {
				for _, average := range reference {
					average.Tick()
				}
			}
			n := rand.Int64N(1000)
			m.Mark(n)
			count += n
			for _, average := range reference {
				average.Update(n)
			}
			if step%3 == 0 {
				require.InDelta(t, reference[0].Rate(), m.Rate1(), 1e-9)
				require.InDelta(t, reference[1].Rate(), m.Rate5(), 1e-9)
				require.InDelta(t, reference[2].Rate(), m.Rate15(), 1e-9)
				require.InDelta(t, float64(count)/time.Since(start).Seconds(), m.RateMean(), 1e-9)
				require.Equal(t, count, m.Count())
			}
		}
		snapshot := m.Snapshot()
		before := []float64{m.Rate1(), m.Rate5(), m.Rate15(), m.RateMean(), float64(m.Count())}
		m.Mark(1e6)
		time.Sleep(time.Hour)
		require.Equal(t, before, []float64{snapshot.Rate1(), snapshot.Rate5(), snapshot.Rate15(), snapshot.RateMean(),
			float64(snapshot.Count())})
		require.Equal(t, snapshot, snapshot.Snapshot())
		require.Less(t, m.Rate1(), 1e-9, "an hour without events")
		require.Panics(t, func() { snapshot.Mark(1) })
	})
}

func TestNewMeterIsZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter()
		require.Equal(t, meterSnapshot{}, m.Snapshot())
		m.Mark(10)
		require.Zero(t, m.Rate1(), "before the first tick")
		time.Sleep(meterTick)
		require.InDelta(t, 2, m.Rate1(), 1e-9)
		require.InDelta(t, 2, m.Rate15(), 1e-9)
	})
}

// TestHistogramsPreferWhatIsNewAsGoMetricsDo compares how old what is kept is, on average: where 100 values come each second, most
// are of the last 1/reservoirAlpha seconds.
func TestHistogramsPreferWhatIsNewAsGoMetricsDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, reference := newDecaySample(), metrics.NewExpDecaySample(reservoirSize, reservoirAlpha)
		for second := range int64(600) {
			for range 100 {
				ours.Update(second)
				reference.Update(second)
			}
			time.Sleep(time.Second)
		}
		require.EqualValues(t, 60_000, ours.Count())
		require.Equal(t, reservoirSize, ours.Size())
		require.InDelta(t, reference.Mean(), ours.Mean(), 18, "six times what chance makes of it")
		require.InDelta(t, reference.StdDev(), ours.StdDev(), 25)
		require.Greater(t, ours.Max(), int64(590))
		for i := range ours.kept[1:] {
			require.LessOrEqual(t, ours.kept[i/2].weight, ours.kept[i+1].weight, "a heap")
		}
	})
}

func TestHistogramsKeepAllOfFewValues(t *testing.T) {
	ours, reference := newDecaySample(), metrics.NewExpDecaySample(reservoirSize, reservoirAlpha)
	for _, s := range []metrics.Sample{ours, ours.Snapshot()} {
		require.Zero(t, s.Count()+s.Max()+s.Min()+s.Sum())
		require.Zero(t, s.Mean()+s.StdDev()+s.Variance()+s.Percentile(0.5))
	}
	for range reservoirSize {
		v := rand.Int64N(1000)
		ours.Update(v)
		reference.Update(v)
	}
	before := ours.Snapshot()
	for _, s := range []metrics.Sample{ours, before, before.Snapshot()} {
		require.ElementsMatch(t, reference.Values(), s.Values())
		require.Equal(t, []int64{reference.Count(), reference.Max(), reference.Min(), reference.Sum(), int64(reference.Size())},
			[]int64{s.Count(), s.Max(), s.Min(), s.Sum(), int64(s.Size())})
		require.InDelta(t, reference.Mean(), s.Mean(), 1e-9)
		require.InDelta(t, reference.StdDev(), s.StdDev(), 1e-6)
		require.InDelta(t, reference.Variance(), s.Variance(), 1e-3)
		require.InDelta(t, reference.Percentile(0.9), s.Percentile(0.9), 1e-9)
		require.InDeltaSlice(t, reference.Percentiles([]float64{0.1, 0.99}), s.Percentiles([]float64{0.1, 0.99}), 1e-9)
	}
	ours.Clear()
	ours.Update(7)
	require.Equal(t, []int64{7}, ours.Values())
	require.EqualValues(t, 1, ours.Count())
	require.EqualValues(t, reservoirSize, before.Count())
}

func names(r metrics.Registry) []string {
	var all []string
	r.Each(func(name string, _ any) { all = append(all, name) })
	slices.Sort(all)
	return all
}

func TestMetricScopesTakeOutWhatNobodyElseUses(t *testing.T) {
	r := metrics.NewRegistry()
	users := metrics.NewCounter()
	require.NoError(t, r.Register("users", users))

	a, b := newMetricScope(r), newMetricScope(r)
	require.True(t, a.enabled())
	require.Same(t, users, a.counter("users"))
	require.Same(t, a.meter("both").own, b.meter("both").own)
	require.Same(t, a.meter("both").own, a.meter("both").own)
	a.histogram("only a").Update(3)
	b.counter("only b").Inc(2)
	require.Equal(t, []string{"both", "only a", "only b", "users"}, names(r))
	require.Equal(t, int64(1), r.Get("only a").(metrics.Histogram).Count())

	a.close()
	a.close()
	require.Equal(t, []string{"both", "only b", "users"}, names(r))
	require.Equal(t, metrics.NilMeter{}, a.meter("late").Meter, "after close")
	require.Equal(t, metrics.NilMeter{}, a.meter("both").Meter, "after close")

	other := metrics.NewRegistry()
	c := newMetricScope(other)
	c.meter("both").Mark(1)
	b.close()
	require.Equal(t, []string{"users"}, names(r))
	require.Equal(t, []string{"both"}, names(other))
	c.close()
	require.Empty(t, registered.uses)
}

func TestMetricOfAnotherKind(t *testing.T) {
	var logged bytes.Buffer
	captureLog(t, &logged)
	r := metrics.NewRegistry()
	require.NoError(t, r.Register("m", metrics.NewGauge()))
	s := newMetricScope(r)
	s.meter("m").Mark(1)
	s.close()
	require.Equal(t, []string{"m"}, names(r))
	require.Equal(t, "metrics: m is a *metrics.StandardGauge of the registry already, it is not collected\n", logged.String())
}

// sliceRegistry cannot be compared.
type sliceRegistry struct {
	metrics.Registry
	_ []int
}

func TestMetricsOfARegistryThatCannotBeCompared(t *testing.T) {
	inner := metrics.NewRegistry()
	s := newMetricScope(sliceRegistry{Registry: inner})
	s.meter("m").Mark(1)
	require.Equal(t, []string{"m"}, names(inner))
	s.close()
	require.Empty(t, names(inner))
}

func TestNilMetrics(t *testing.T) {
	disabled := []*metricScope{newMetricScope(nil)}
	metrics.UseNilMetrics = true
	disabled = append(disabled, newMetricScope(metrics.NewRegistry()))
	metrics.UseNilMetrics = false
	for _, s := range disabled {
		require.False(t, s.enabled())
		require.Zero(t, testing.AllocsPerRun(10, func() {
			s.meter("m").Mark(1)
			s.histogram("h").Update(1)
			s.counter("c").Inc(1)
		}))
		s.close()
	}
}

func TestMetricScopesFromManyGoroutines(t *testing.T) {
	r := metrics.NewRegistry()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				s := newMetricScope(r)
				wg.Go(func() { s.meter("m").Mark(1) })
				s.meter("m").Mark(1)
				s.histogram("h").Update(1)
				r.GetAll()
				s.close()
			}
		})
	}
	wg.Wait()
	require.Empty(t, names(r))
	require.Empty(t, registered.uses)
}

func BenchmarkMetrics(b *testing.B) {
	s := newMetricScope(metrics.NewRegistry())
	defer s.close()
	b.Run("meter", func(b *testing.B) {
		m := s.meter("m")
		for b.Loop() {
			m.mark(instantNow(), 1)
		}
	})
	b.Run("histogram", func(b *testing.B) {
		h := s.histogram("h")
		for b.Loop() {
			h.update(instantNow(), 1)
		}
	})
}
