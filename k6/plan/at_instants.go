package plan

import (
	"fmt"
	"time"

	"go.k6.io/k6/v2/lib"

	"webhook-stress.internal/k6/sender"
)

// prepareAhead is how long before an instant its requests are written.
const prepareAhead = 40 * time.Millisecond

// atInstants sends in steps: at the instant of a step the connections of its group each send, all of them one after the other in one go
// of requests that were written before. What else a connection has for the step follows when it is answered.
type atInstants struct {
	*run

	config *Config
	vus    []*groupVU
	left   int
	order  sender.Order
}

// groupVU is one connection: a VU of a group.
type groupVU struct {
	lane       int
	slot, step int64
	// openAt is when its connection is opened, or used once more; the zero time: no more before the instant.
	openAt time.Time
	at     time.Time
	// share is what is left of the step: places of its signals.
	share      []int64
	isOpened   bool
	isPrepared bool
	isBusy     bool
	isDone     bool
}

func newAtInstants(of *run, c *Config) *atInstants {
	planned := &of.phase.Schedule
	all := planned.VUsPerGroup * planned.Groups
	s := &atInstants{run: of, config: c}
	index := lib.NewSegmentedIndex(of.state.ExecutionTuple)
	for lane := range int(of.state.ExecutionTuple.ScaleInt64(all)) {
		_, unscaled := index.Next()
		number := unscaled - 1
		vu := &groupVU{lane: lane, slot: number % planned.VUsPerGroup, step: number / planned.VUsPerGroup}
		s.vus = append(s.vus, vu)
		s.left++
		s.begin(vu, of.started)
		// Opened in turn: see openingMs in contract/plan/limits.ts.
		vu.openAt = of.started.Add(milliseconds(c.Opening.WithinMs * float64(number) / float64(all)))
	}
	of.state.ModCurrentlyActiveVUsCount(int64(len(s.vus)))
	of.state.ModInitializedVUsCount(int64(len(s.vus)))
	return s
}

// begin sets up the step that a VU is at; it is done after the last one.
func (s *atInstants) begin(vu *groupVU, now time.Time) {
	planned := &s.phase.Schedule
	if vu.step >= planned.Steps {
		vu.isDone = true
		s.left--
		s.ended(s.started, now, "")
		return
	}
	vu.at = s.origin.Add(milliseconds(planned.FirstMs + float64(vu.step)*planned.EveryMs - s.phase.StartMs))
	vu.share = vu.share[:0]
	if planned.Kind != "burst" {
		vu.share = append(vu.share, vu.slot)
		return
	}
	for place := vu.slot; place < planned.AtOnce; place += planned.VUsPerGroup {
		vu.share = append(vu.share, place)
	}
}

// wait decides whether the connection is used once more before the instant: servers close idle ones.
func (s *atInstants) wait(vu *groupVU, now time.Time) {
	idle := s.config.Opening.AgainAfterMs
	isFresh := s.phase.Schedule.Kind == "copies" && s.phase.Schedule.Steps == 1
	vu.openAt = time.Time{}
	if idle != nil && !isFresh && vu.at.Sub(now) > milliseconds(*idle) {
		vu.openAt = vu.at.Add(-milliseconds(s.config.Opening.AheadMs))
	}
}

func (s *atInstants) Due(now time.Time) time.Time {
	next := time.Time{}
	hasPrepared := false
	for _, vu := range s.vus {
		if vu.isBusy || vu.isDone || s.err != nil {
			continue
		}
		at := s.nextOf(vu)
		if !at.After(now) {
			if at = s.act(vu, now); vu.isBusy || at.IsZero() {
				continue
			}
		}
		hasPrepared = hasPrepared || vu.isPrepared
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	if !hasPrepared {
		return next
	}
	if s.fireAll(now); next.After(now) {
		return next
	}
	return s.soonest(now)
}

// soonest is when to look again after some were sent.
func (s *atInstants) soonest(now time.Time) time.Time {
	next := time.Time{}
	for _, vu := range s.vus {
		if vu.isBusy || vu.isDone {
			continue
		}
		if at := s.nextOf(vu); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	if !next.IsZero() && next.Before(now) {
		return now
	}
	return next
}

// nextOf is when a free VU has something to do.
func (s *atInstants) nextOf(vu *groupVU) time.Time {
	switch {
	case !vu.openAt.IsZero():
		return vu.openAt
	case vu.isPrepared:
		return vu.at
	default:
		return vu.at.Add(-prepareAhead)
	}
}

// act opens the connection of a VU, or writes its request. It gives when the VU has something to do next.
func (s *atInstants) act(vu *groupVU, now time.Time) time.Time {
	if !vu.openAt.IsZero() {
		vu.isBusy = true
		s.err = s.lanes.Open(vu.lane)
		return now
	}
	if !vu.isPrepared {
		if len(vu.share) == 0 {
			vu.step += s.phase.Schedule.Groups
			s.begin(vu, now)
			s.wait(vu, now)
			return now
		}
		s.err = s.prepare(vu)
		vu.isPrepared = true
	}
	return vu.at
}

// fireAll sends what is prepared and due, in one go.
func (s *atInstants) fireAll(now time.Time) {
	for _, vu := range s.vus {
		if vu.isPrepared && !vu.isBusy && !vu.at.After(now) && s.err == nil {
			vu.isPrepared, vu.isBusy = false, true
			s.lanes.Fire(vu.lane)
		}
	}
}

// prepare writes the next signal of a VU's share.
func (s *atInstants) prepare(vu *groupVU) error {
	planned, own := &s.phase.Schedule, &s.phase.Signals[0]
	place := vu.share[0]
	vu.share = vu.share[1:]
	webhook, n := planned.FirstWebhook+vu.step%planned.Webhooks, int64(0)
	s.order.ForwardedFor = ""
	switch planned.Kind {
	case "burst":
		if n = vu.step*planned.AtOnce + place; planned.Forged {
			// Addresses of TEST-NET-2 and TEST-NET-3 (RFC 5737): none is anybody's.
			s.order.ForwardedFor = fmt.Sprintf("198.51.100.%d, 203.0.113.%d", n%256, n/256%256)
		}
	case "copies":
		n = own.First + vu.step
	default:
		webhook = planned.FirstWebhook + vu.slot%planned.Webhooks
		n = own.First + vu.step*planned.VUsPerGroup + vu.slot
	}
	return s.prepareSignal(vu.lane, &s.order, webhook, n)
}

func (s *atInstants) Free(lane int, came sender.Answered) {
	vu := s.vus[lane]
	vu.isBusy = false
	now := came.Ended
	switch {
	case !came.IsSignal:
		if vu.openAt = (time.Time{}); !vu.isOpened {
			vu.isOpened = true
			s.wait(vu, now)
		}
	case len(vu.share) > 0 && s.err == nil && s.ctx.Err() == nil:
		if s.err = s.prepare(vu); s.err == nil {
			vu.isBusy = true
			s.lanes.Fire(lane)
		}
	case s.ctx.Err() == nil:
		vu.step += s.phase.Schedule.Groups
		s.begin(vu, now)
		s.wait(vu, now)
	}
}

func (s *atInstants) IsDone() bool { return s.left == 0 || s.err != nil }

// CanReadLate: before an instant nothing is under way that decides anything.
func (s *atInstants) CanReadLate() bool { return true }

func (s *atInstants) retire() {
	s.state.ModCurrentlyActiveVUsCount(-int64(len(s.vus)))
	s.state.ModInitializedVUsCount(-int64(len(s.vus)))
	if s.left > 0 {
		s.state.AddInterruptedIterations(uint64(s.left)) //nolint:gosec // not negative
	}
}
