package plan

import (
	"slices"
	"time"

	"go.k6.io/k6/v2/lib"

	"webhook-stress.internal/k6/sender"
)

// maxLate is how long after the end of a phase what fell due within it is still started: the last instant lies only half an interval before
// the end, and a short stall there must not lose it.
const maxLate = time.Second

// atRate starts signals at their instants, whether or not earlier ones were answered. Connections are used in turn, so that all processes
// of a server get their share, as many of them as none rests for too long; if none is free another one is opened, up to the most, and then
// the iteration is dropped.
type atRate struct {
	*run

	next  instants
	index *lib.SegmentedIndex
	end   time.Time
	after time.Duration
	// free holds connections in the order in which they became free, at the times in freedAt; the zero time: it was never used.
	free    []int
	freedAt []time.Time
	opened  int
	max     int
	busy    int
	isDone  bool
	order   sender.Order
}

func newAtRate(of *run, et *lib.ExecutionTuple, times instants, c *Config) *atRate {
	s := &atRate{run: of, end: of.started.Add(c.duration()), next: times, index: lib.NewSegmentedIndex(et), max: int(of.state.ExecutionTuple.ScaleInt64(c.Connections.Max))}
	for range max(1, of.state.ExecutionTuple.ScaleInt64(c.Connections.Prepared)) {
		s.open()
	}
	s.goOn()
	return s
}

func (s *atRate) goOn() {
	after, _, ok := s.next()
	s.after, s.isDone = after, !ok
}

// open adds a connection. It counts as a VU.
func (s *atRate) open() {
	s.free = append(s.free, s.opened)
	s.freedAt = append(s.freedAt, time.Time{})
	s.opened++
	s.state.ModCurrentlyActiveVUsCount(1)
	s.state.ModInitializedVUsCount(1)
}

func (s *atRate) retire() {
	s.state.ModCurrentlyActiveVUsCount(-int64(s.opened))
	s.state.ModInitializedVUsCount(-int64(s.opened))
	if s.busy > 0 {
		s.state.AddInterruptedIterations(uint64(s.busy)) //nolint:gosec // not negative
	}
}

func (s *atRate) Due(now time.Time) time.Time {
	for !s.isDone {
		at := s.started.Add(s.after)
		if now.After(s.end.Add(maxLate)) {
			s.isDone = true
			break
		}
		if at.After(now) {
			return at
		}
		s.goOn()
		s.send(now)
	}
	return time.Time{}
}

func (s *atRate) send(now time.Time) {
	if len(s.free) == 0 {
		if s.opened == s.max {
			s.outlet.Dropped(s.ctx, now, 1)
			return
		}
		s.open()
	}
	lane := s.take(now)
	// Numbers count what was started, as those of k6 do: what is dropped has none.
	_, unscaled := s.index.Next()
	if err := s.prepare(lane, unscaled-1); err != nil {
		s.err, s.isDone = err, true
		return
	}
	s.busy++
	s.lanes.Renew(lane, now)
	s.lanes.Fire(lane)
}

// take gives the connection that is free for longest, but for those that rested for too long, if there is another.
func (s *atRate) take(now time.Time) int {
	place := slices.IndexFunc(s.free, func(lane int) bool {
		at := s.freedAt[lane]
		return at.IsZero() || now.Sub(at) <= sender.MaxIdle
	})
	place = max(0, place)
	lane := s.free[place]
	if place == 0 {
		s.free = s.free[1:]
	} else {
		s.free = slices.Delete(s.free, place, place+1)
	}
	return lane
}

// prepare writes the signal of an iteration.
func (s *atRate) prepare(lane int, iteration int64) error {
	planned, own := &s.phase.Schedule, &s.phase.Signals[0]
	return s.prepareSignal(lane, &s.order, planned.FirstWebhook+iteration%planned.Webhooks, own.First+iteration)
}

func (s *atRate) Free(lane int, came sender.Answered) {
	s.busy--
	s.free = append(s.free, lane)
	s.freedAt[lane] = came.Ended
	s.ended(came.Started, came.Ended, came.Outcome)
}

func (s *atRate) IsDone() bool { return s.isDone }

// CanReadLate: as long as a connection is free no answer decides anything.
func (s *atRate) CanReadLate() bool { return len(s.free) > 0 }
