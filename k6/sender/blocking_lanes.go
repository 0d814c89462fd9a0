package sender

import (
	"context"
	"time"
)

// blockingLanes have a goroutine each, and block in it: for TLS and HTTP/2, and for systems without the loop of plain_lanes_linux.go.
type blockingLanes struct {
	shared   *shared
	in       *Situation
	by       *network
	lanes    []*blockingLane
	answered chan *blockingLane
	busy     int
	ctx      context.Context //nolint:containedctx // that of Run, which Fire is called in
}

type blockingLane struct {
	carrier
	job

	at    int
	fire  chan struct{}
	got   answer
	t     timing
	sends bool
}

func newBlockingLanes(of *shared, in *Situation) *blockingLanes {
	b := &blockingLanes{
		shared: of, in: in, lanes: make([]*blockingLane, in.Lanes), answered: make(chan *blockingLane, in.Lanes),
		by: &network{dialer: in.Dialer, tls: in.TLS, noReuse: in.Options.NoConnectionReuse.Bool},
	}
	return b
}

func (b *blockingLanes) lane(at int) *blockingLane {
	if b.lanes[at] == nil {
		b.lanes[at] = &blockingLane{carrier: carrier{shared: b.shared}, at: at, fire: make(chan struct{}, 1)}
	}
	return b.lanes[at]
}

func (b *blockingLanes) Prepare(at int, order *Order) error {
	n := b.lane(at)
	return n.composeSignal(&n.carrier, order, b.in.Options)
}

func (b *blockingLanes) Renew(at int, now time.Time) { b.lane(at).renew(now) }

func (b *blockingLanes) Open(at int) error {
	n := b.lane(at)
	if err := n.composeHealth(&n.carrier, b.in.Options); err != nil {
		return err
	}
	b.Fire(at)
	return nil
}

func (b *blockingLanes) Fire(at int) {
	n := b.lanes[at]
	b.busy++
	if !n.sends {
		n.sends = true
		go n.send(b)
	}
	n.fire <- struct{}{}
}

// send sends what was prepared, each time that it is told to.
func (n *blockingLane) send(b *blockingLanes) {
	for range n.fire {
		n.got, n.t = n.exchange(b.ctx, b.by, n.head, &n.what)
		b.answered <- n
	}
	n.close()
}

func (b *blockingLanes) Run(ctx context.Context, script Script) error {
	b.ctx = ctx
	defer func() {
		b.in.Outlet.flush(ctx, time.Now())
		for _, n := range b.lanes {
			if n != nil {
				close(n.fire)
			}
		}
	}()
	timer := time.NewTimer(0)
	for isOver := false; ; {
		now := time.Now()
		next := time.Time{}
		if !isOver {
			next = script.Due(now)
		}
		if b.busy == 0 && (isOver || script.IsDone()) {
			return nil
		}
		if b.in.Outlet.isDue(now) {
			b.in.Outlet.flush(ctx, now)
		}
		timer.Reset(max(0, earliest(next, b.in.Outlet.dueAt(), now.Add(time.Hour)).Sub(now)))
		done := ctx.Done()
		if isOver {
			done = nil
		}
		select {
		case n := <-b.answered:
			b.finish(n, script)
		case <-timer.C:
		case <-done:
			isOver = true
		}
	}
}

func (b *blockingLanes) finish(n *blockingLane, script Script) {
	b.busy--
	r := b.shared.recordOf(&n.got, &n.t, &n.what, &n.v)
	b.in.Outlet.take(r, &n.what, n.t.elapsed(r))
	script.Free(n.at, Answered{Outcome: r.Outcome, Started: n.t.started, Ended: n.t.ended, IsSignal: n.what.isSignal})
}

// earliest gives the first of the times that are not zero; the last one never is.
func earliest(times ...time.Time) time.Time {
	first := times[len(times)-1]
	for _, one := range times {
		if !one.IsZero() && one.Before(first) {
			first = one
		}
	}
	return first
}
