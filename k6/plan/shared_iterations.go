package plan

import (
	"time"

	"go.k6.io/k6/v2/lib"

	"webhook-stress.internal/k6/sender"
)

// shared sends as many signals as a phase has over a few connections: whichever is free takes the next one, at once (rapid) or at the
// signal's own time (replay).
type shared struct {
	*run

	index *lib.SegmentedIndex
	end   time.Time
	free  []int
	vus   int64
	left  int64
	// isOver tells that nothing more is started, for the time is up.
	isOver bool
	// iteration is the next one.
	iteration int64
	order     sender.Order
}

func newShared(of *run, et *lib.ExecutionTuple, c *Config) *shared {
	vus := of.state.ExecutionTuple.ScaleInt64(c.Connections.Max)
	s := &shared{
		run: of, index: lib.NewSegmentedIndex(et), end: of.started.Add(c.duration()), vus: vus, left: et.ScaleInt64(of.phase.Schedule.Count),
	}
	for lane := range int(vus) {
		s.free = append(s.free, lane)
	}
	of.state.ModCurrentlyActiveVUsCount(vus)
	of.state.ModInitializedVUsCount(vus)
	s.goOn()
	return s
}

func (s *shared) goOn() {
	_, unscaled := s.index.Next()
	s.iteration = unscaled - 1
}

func (s *shared) dueAt() time.Time {
	planned := &s.phase.Schedule
	if planned.Kind != "replay" || s.iteration >= int64(len(planned.TimesMs)) {
		return s.started
	}
	return s.origin.Add(milliseconds(planned.TimesMs[s.iteration]))
}

func (s *shared) Due(now time.Time) time.Time {
	s.isOver = now.After(s.end)
	for s.left > 0 && len(s.free) > 0 && !s.isOver && s.err == nil {
		if at := s.dueAt(); at.After(now) {
			return at
		}
		lane := s.free[0]
		s.free = s.free[1:]
		s.left--
		if s.err = s.prepare(lane); s.err != nil {
			return time.Time{}
		}
		s.lanes.Fire(lane)
		s.goOn()
	}
	return time.Time{}
}

func (s *shared) prepare(lane int) error {
	planned, own := &s.phase.Schedule, &s.phase.Signals[0]
	if planned.Kind == "rapid" {
		return s.prepareSignal(lane, &s.order, planned.Webhook, own.First+s.iteration)
	}
	place := s.iteration
	if place < int64(len(planned.Signals)) {
		place = planned.Signals[place]
	}
	return s.prepareSignal(lane, &s.order, planned.FirstWebhook+place%planned.Webhooks, own.First+place)
}

func (s *shared) Free(lane int, came sender.Answered) {
	s.free = append(s.free, lane)
	s.ended(came.Started, came.Ended, came.Outcome)
}

func (s *shared) IsDone() bool { return s.left == 0 || s.err != nil || s.isOver }

// CanReadLate: recorded signals wait for their time, others for a connection.
func (s *shared) CanReadLate() bool { return s.left > 0 && len(s.free) > 0 }

func (s *shared) retire() {
	s.state.ModCurrentlyActiveVUsCount(-s.vus)
	s.state.ModInitializedVUsCount(-s.vus)
	if s.left > 0 {
		s.outlet.Dropped(s.ctx, time.Now(), s.left)
	}
}
