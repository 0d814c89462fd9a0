package sender

import (
	"context"
	"os"
	"slices"
	"time"
)

// waiter is a request that waits for its answer. All have the same time, so they are in order of their deadlines.
type waiter struct {
	lane, turn int
	deadline   time.Time
}

// await remembers a deadline. What had to open its connection comes a little late, so it is put in its place.
func (l *plainLanes) await(one waiter) {
	at := len(l.waiting)
	for at > 0 && one.deadline.Before(l.waiting[at-1].deadline) {
		at--
	}
	l.waiting = slices.Insert(l.waiting, at, one)
}

// expire ends what has waited too long.
func (l *plainLanes) expire(now time.Time) {
	for len(l.waiting) > 0 {
		first := l.waiting[0]
		n := &l.lanes[first.lane]
		if n.turn == first.turn && n.state == laneAsking {
			if now.Before(first.deadline) {
				return
			}
			l.closeLane(n)
			n.t.ended = now
			l.finish(n, &answer{err: os.ErrDeadlineExceeded})
		}
		// What was handed over keeps to its deadline itself.
		l.waiting = l.waiting[1:]
	}
}

// stopAll ends all that is under way, as the end of an iteration does.
func (l *plainLanes) stopAll(now time.Time) {
	for at := range l.lanes {
		n := &l.lanes[at]
		if n.state == laneAsking || n.state == laneDialing || n.state == laneHandedOver {
			l.closeLane(n)
			n.t.ended = now
			l.finish(n, &answer{err: context.Canceled})
		}
	}
}
