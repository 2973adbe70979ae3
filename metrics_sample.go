package sarama

import (
	"math/rand/v2"
	"sync"

	"github.com/rcrowley/go-metrics"
)

// The reservoir of histograms, as in Java's metrics library: 1028 values, mostly of the last five minutes.
const (
	reservoirSize  = 1028
	reservoirAlpha = 0.015 // 1/s
)

// decaySample is a metrics.Sample that prefers what is new (forward decay, Cormode et al. 2009), as ExpDecaySample of
// go-metrics does. That one moves its whole heap for each value; here most values cost a comparison, since a value whose
// weight is below all that are kept is not kept.
type decaySample struct {
	start instant

	mu    sync.Mutex // guards what follows
	count int64
	kept  []weighted // once full, a heap with the smallest weight first
}

// weighted is a value and the logarithm of its weight, which is exp(alpha*t)/u for a value that came at t, with a random u
// between 0 and 1. Logarithms grow slowly enough never to be scaled back.
type weighted struct {
	weight float64
	value  int64
}

func newDecaySample() *decaySample { return &decaySample{start: instantNow()} }

// Update samples a value.
func (s *decaySample) Update(v int64) { s.update(instantNow(), v) }

func (s *decaySample) update(now instant, v int64) {
	w := weighted{reservoirAlpha*now.since(s.start).Seconds() + rand.ExpFloat64(), v}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if len(s.kept) < reservoirSize {
		s.kept = append(s.kept, w)
		if len(s.kept) == reservoirSize {
			for i := reservoirSize/2 - 1; i >= 0; i-- {
				s.sink(i)
			}
		}
	} else if w.weight > s.kept[0].weight {
		s.kept[0] = w
		s.sink(0)
	}
}

// sink moves what is at i down the heap until nothing below it has a smaller weight.
func (s *decaySample) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(s.kept); child++ {
			if s.kept[child].weight < s.kept[least].weight {
				least = child
			}
		}
		if least == i {
			return
		}
		s.kept[i], s.kept[least] = s.kept[least], s.kept[i]
		i = least
	}
}

// read returns a copy.
func (s *decaySample) read() *metrics.SampleSnapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	values := make([]int64, len(s.kept))
	for i, w := range s.kept {
		values[i] = w.value
	}
	return metrics.NewSampleSnapshot(s.count, values)
}

// Clear forgets all values. Weights go on from the first: only what they are beside each other matters.
func (s *decaySample) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count, s.kept = 0, nil
}

// Count returns how many values there were, of which at most 1028 are kept.
func (s *decaySample) Count() int64 { return s.read().Count() }

// Size returns how many values are kept.
func (s *decaySample) Size() int { return s.read().Size() }

// Values returns a copy of what is kept.
func (s *decaySample) Values() []int64 { return s.read().Values() }

// Snapshot returns a copy.
func (s *decaySample) Snapshot() metrics.Sample { return s.read() }

// Max returns the largest of the kept values.
func (s *decaySample) Max() int64 { return s.read().Max() }

// Min returns the smallest of the kept values.
func (s *decaySample) Min() int64 { return s.read().Min() }

// Sum returns the sum of the kept values.
func (s *decaySample) Sum() int64 { return s.read().Sum() }

// Mean returns the mean of the kept values.
func (s *decaySample) Mean() float64 { return s.read().Mean() }

// StdDev returns the standard deviation of the kept values.
func (s *decaySample) StdDev() float64 { return s.read().StdDev() }

// Variance returns the variance of the kept values.
func (s *decaySample) Variance() float64 { return s.read().Variance() }

// Percentile returns the value below which that part (0 to 1) of the kept values are.
func (s *decaySample) Percentile(p float64) float64 { return s.read().Percentile(p) }

// Percentiles returns Percentile of each.
func (s *decaySample) Percentiles(ps []float64) []float64 { return s.read().Percentiles(ps) }
