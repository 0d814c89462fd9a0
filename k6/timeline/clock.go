package timeline

import "time"

// clockPair is one reading of the wall clock and of the monotonic clock at the same moment. All processes of a run share one,
// so that a step of the wall clock bends nobody's time line.
type clockPair struct {
	wallUs      int64
	monotonicUs int64
}

func notePair() clockPair {
	return clockPair{wallUs: time.Now().UnixMicro(), monotonicUs: monotonicNowUs()}
}

// runClock gives times on the run's clock: the pair's wall time plus the monotonic time since.
type runClock struct {
	pair clockPair
	// start carries Go's monotonic reading; startUs is the same moment on the run's clock.
	start   time.Time
	startUs int64
}

func newRunClock(pair clockPair) runClock {
	start := time.Now()
	return runClock{pair: pair, start: start, startUs: pair.wallUs + monotonicNowUs() - pair.monotonicUs}
}

// us converts a time that carries a monotonic reading, as time.Now() gives it: Sub then ignores the wall clock.
func (c runClock) us(t time.Time) int64 {
	return c.startUs + t.Sub(c.start).Microseconds()
}

func (c runClock) nowUs() int64 {
	return c.us(time.Now())
}
