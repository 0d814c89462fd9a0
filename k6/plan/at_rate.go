package plan

import (
	"time"

	"go.k6.io/k6/v2/lib"

	"webhook-stress/k6/sender"
)

// instants gives when signals are started, in order: after the start of the phase, and the number of the instant in all segments.
type instants func() (after time.Duration, number int64)

// rateOf gives one instant each interval, this segment's only.
func rateOf(p *phase, et *lib.ExecutionTuple) instants {
	// As k6's constant-arrival-rate has it: whole nanoseconds.
	every := time.Duration(p.Schedule.PerMs * float64(time.Millisecond) / p.Schedule.Rate)
	start, offsets, _ := et.GetStripedOffsets()
	at, place := start, 0
	return func() (time.Duration, int64) {
		number := at
		at += offsets[place%len(offsets)]
		place++
		return every * time.Duration(number), number
	}
}

// atRate starts signals at their instants, whether or not earlier ones were answered. Connections are used in turn, so that all processes
// of a server get their share; if none is free another one is opened, up to the most, and then the iteration is dropped.
type atRate struct {
	*run

	next   instants
	index  *lib.SegmentedIndex
	end    time.Time
	after  time.Duration
	number int64
	free   []int
	opened int
	most   int
	busy   int
	isDone bool
	order  sender.Order
}

func newAtRate(of *run, et *lib.ExecutionTuple, c *Config, most int64) *atRate {
	s := &atRate{run: of, end: of.started.Add(c.duration()), next: rateOf(of.phase, et), index: lib.NewSegmentedIndex(et), most: int(most)}
	for range max(1, of.state.ExecutionTuple.ScaleInt64(c.Connections.Prepared)) {
		s.open()
	}
	s.after, s.number = s.next()
	return s
}

// open adds a connection. It counts as a VU.
func (s *atRate) open() {
	s.free = append(s.free, s.opened)
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
		if s.number >= s.phase.Schedule.Count || now.After(s.end) {
			s.isDone = true
			break
		}
		if at.After(now) {
			return at
		}
		s.send(now)
		s.after, s.number = s.next()
	}
	return time.Time{}
}

func (s *atRate) send(now time.Time) {
	if len(s.free) == 0 {
		if s.opened == s.most {
			s.outlet.Dropped(s.ctx, now)
			return
		}
		s.open()
	}
	lane := s.free[0]
	s.free = s.free[1:]
	// Numbers count what was started, as those of k6 do: what is dropped has none.
	_, unscaled := s.index.Next()
	if err := s.prepare(lane, unscaled-1); err != nil {
		s.err, s.isDone = err, true
		return
	}
	s.busy++
	s.lanes.Fire(lane)
}

// prepare writes the signal of an iteration.
func (s *atRate) prepare(lane int, iteration int64) error {
	planned := &s.phase.Schedule
	webhook := planned.FirstWebhook + iteration%planned.Webhooks
	return s.prepareSignal(lane, &s.order, webhook, s.phase.Signals[0].First+iteration, 0)
}

// prepareSignal writes signal n of the phase's signals for a webhook.
func (r *run) prepareSignal(lane int, o *sender.Order, webhook, n int64, which int) error {
	if err := r.data.hasWebhook(webhook); err != nil {
		return err
	}
	to := r.data.Webhooks[webhook]
	o.Webhook, o.Token, o.Secret, o.Purpose = int(webhook), to.Token, to.Secret, r.phase.Purpose
	if err := r.phase.Signals[which].fill(o, r.data.RunTag, n, r.numbers); err != nil {
		return err
	}
	return r.lanes.Prepare(lane, o)
}

func (s *atRate) Free(lane int, came sender.Answered) {
	s.busy--
	s.free = append(s.free, lane)
	if s.ctx.Err() != nil {
		s.state.AddInterruptedIterations(1)
		return
	}
	s.state.AddFullIterations(1)
	s.outlet.Iteration(came.Started, came.Ended, came.Outcome)
}

func (s *atRate) IsDone() bool { return s.isDone }

// CanReadLate: as long as a connection is free no answer decides anything.
func (s *atRate) CanReadLate() bool { return len(s.free) > 0 }
