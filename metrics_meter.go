package sarama

import (
	"math"
	"sync"
	"time"

	"github.com/rcrowley/go-metrics"
)

// meterTick is how often rates are computed.
const meterTick = 5 * time.Second

// meterWeights are what one tick's rate weighs in the averages over 1, 5 and 15 minutes.
var meterWeights = [3]float64{
	1 - math.Exp(-meterTick.Minutes()/1),
	1 - math.Exp(-meterTick.Minutes()/5),
	1 - math.Exp(-meterTick.Minutes()/15),
}

// meter is a metrics.Meter that catches up with the clock when it is used, where that of go-metrics needs a goroutine
// which never ends.
type meter struct {
	start instant

	mu        sync.Mutex // guards what follows
	count     int64
	uncounted int64      // since the last tick
	ticks     int64      // since start
	rates     [3]float64 // per second
}

func newMeter() *meter { return &meter{start: instantNow()} }

// Mark counts n events.
func (m *meter) Mark(n int64) { m.mark(instantNow(), n) }

func (m *meter) mark(now instant, n int64) {
	m.mu.Lock()
	m.catchUp(now.since(m.start))
	m.count += n
	m.uncounted += n
	m.mu.Unlock()
}

// catchUp makes the ticks that are due: the first of them counts what was marked, there was nothing since.
func (m *meter) catchUp(elapsed time.Duration) {
	due := int64(elapsed/meterTick) - m.ticks
	if due <= 0 {
		return
	}
	rate := float64(m.uncounted) / meterTick.Seconds()
	for i, weight := range meterWeights {
		if m.ticks == 0 {
			m.rates[i] = rate // an average of one tick
		} else {
			m.rates[i] += weight * (rate - m.rates[i])
		}
		if due > 1 {
			m.rates[i] *= math.Pow(1-weight, float64(due-1))
		}
	}
	m.uncounted = 0
	m.ticks += due
}

// read returns a copy that is up to date.
func (m *meter) read() meterSnapshot {
	elapsed := instantNow().since(m.start)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.catchUp(elapsed)
	mean := 0.0
	if m.count != 0 && elapsed > 0 {
		mean = float64(m.count) / elapsed.Seconds()
	}
	return meterSnapshot{m.count, m.rates, mean}
}

// Count returns the number of events.
func (m *meter) Count() int64 { return m.read().count }

// Rate1 returns the events per second, mostly of the last minute.
func (m *meter) Rate1() float64 { return m.read().rates[0] }

// Rate5 returns the events per second, mostly of the last 5 minutes.
func (m *meter) Rate5() float64 { return m.read().rates[1] }

// Rate15 returns the events per second, mostly of the last 15 minutes.
func (m *meter) Rate15() float64 { return m.read().rates[2] }

// RateMean returns the events per second since the meter was made.
func (m *meter) RateMean() float64 { return m.read().mean }

// Snapshot returns a copy.
func (m *meter) Snapshot() metrics.Meter { return m.read() }

// Stop does nothing: there is no goroutine to stop.
func (m *meter) Stop() {}

// meterSnapshot is what a meter was at one time.
type meterSnapshot struct {
	count int64
	rates [3]float64
	mean  float64
}

func (s meterSnapshot) Count() int64            { return s.count }
func (s meterSnapshot) Mark(int64)              { panic("Mark called on a snapshot of a meter") }
func (s meterSnapshot) Rate1() float64          { return s.rates[0] }
func (s meterSnapshot) Rate5() float64          { return s.rates[1] }
func (s meterSnapshot) Rate15() float64         { return s.rates[2] }
func (s meterSnapshot) RateMean() float64       { return s.mean }
func (s meterSnapshot) Snapshot() metrics.Meter { return s }
func (s meterSnapshot) Stop()                   {}
