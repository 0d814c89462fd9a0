package plan

import (
	"math"
	"time"

	"go.k6.io/k6/v2/lib"
)

// instants gives when signals are started, in order: after the start of the phase, and the number of the instant in all segments. It is
// false when there are no more.
type instants func() (after time.Duration, number int64, ok bool)

// stripes gives the numbers that are this segment's.
func stripes(et *lib.ExecutionTuple) func() int64 {
	start, offsets, _ := et.GetStripedOffsets()
	at, place := start, 0
	return func() int64 {
		number := at
		at += offsets[place%len(offsets)]
		place++
		return number
	}
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// rateOf gives one instant each interval.
func rateOf(s *schedule, et *lib.ExecutionTuple) instants {
	// As k6's constant-arrival-rate has it: whole nanoseconds.
	every := time.Duration(s.PerMs * float64(time.Millisecond) / s.Rate)
	next := stripes(et)
	return func() (time.Duration, int64, bool) {
		number := next()
		return every * time.Duration(number), number, number < s.Count
	}
}

// rampOf gives the instants of a rate that changes evenly from stage to stage, as k6's ramping-arrival-rate has them: number n is due
// where the area under the rate is n+1.
func rampOf(s *schedule, et *lib.ExecutionTuple) instants {
	next := stripes(et)
	at, from := 0, s.StartRate/s.PerMs
	startMs, before := 0.0, 0.0
	number := next()
	return func() (time.Duration, int64, bool) {
		for ; at < len(s.Stages); at++ {
			to, ms := s.Stages[at].Rate/s.PerMs, s.Stages[at].Ms
			if area := ms * (from + to) / 2; float64(number+1) > before+area {
				before, startMs, from = before+area, startMs+ms, to
				continue
			}
			due := number
			after := startMs + msUntil(from, (to-from)/ms, float64(number+1)-before)
			number = next()
			return milliseconds(after), due, due < s.Count
		}
		return 0, 0, false
	}
}

// msUntil gives when the area under a rate that begins at from and grows by slope reaches so much.
func msUntil(from, slope, area float64) float64 {
	if slope == 0 {
		return area / from
	}
	// The smaller root, in the form that loses no digits.
	return 2 * area / (from + math.Sqrt(max(0, from*from+2*slope*area)))
}
