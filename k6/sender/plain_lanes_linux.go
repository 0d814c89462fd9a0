package sender

import (
	"context"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// plainLanes send plain HTTP/1.1 from one goroutine with a poller of its own. It sleeps until the next instant, not until the next answer:
// the kernel notes when an answer came in (SO_TIMESTAMPNS), so reading it later bends no measurement and saves a wake-up a request.
// What is out of the ordinary (an answer that comes in many pieces or is long, a socket that does not take a whole request) is handed
// over to a goroutine that blocks.
type plainLanes struct {
	shared *shared
	in     *Situation
	by     *network
	poller *poller
	parser answerParser
	// composer has the buffers that all lanes compose in.
	composer carrier
	lanes    []plainLane
	waiting  []waiter
	inbox    inbox
	busy     int
	stopped  atomic.Bool
	wokeAt   time.Time
	ctx      context.Context //nolint:containedctx // that of Run, which Fire is called in
	script   Script
}

type laneState int

const (
	laneFree laneState = iota
	lanePrepared
	laneDialing
	laneAsking
	laneHandedOver
)

type plainLane struct {
	job

	at    int
	state laneState
	// turn counts the requests of the lane: what comes late for an earlier one is thrown away.
	turn int
	fd   int
	out  []byte
	// in is what was read of the answer so far, in so many pieces.
	in     []byte
	pieces int
	t      timing
}

const (
	// Instants are no closer than this to one another: what falls due meanwhile goes out at the next.
	minSleep = 500 * time.Microsecond
	// A longer sleep lets the Go scheduler use the processor's place meanwhile.
	maxHeldSleep = 2 * time.Millisecond
	// From so many pieces or bytes on an answer is handed over.
	maxPieces = 8
	maxParsed = 48 << 10
)

func newPlainLanes(of *shared, in *Situation) (Lanes, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	l := &plainLanes{
		shared: of, in: in, poller: p, lanes: make([]plainLane, in.Lanes), composer: carrier{shared: of},
		by: &network{dialer: in.Dialer, tls: in.TLS, noReuse: in.Options.NoConnectionReuse.Bool},
	}
	l.parser.init()
	for at := range l.lanes {
		l.lanes[at].at, l.lanes[at].fd = at, -1
	}
	l.inbox.wake = p.wake
	return l, nil
}

func (l *plainLanes) Prepare(at int, order *Order) error {
	n := &l.lanes[at]
	if err := n.composeSignal(&l.composer, order, l.in.Options); err != nil {
		return err
	}
	n.out, n.state = append(n.out[:0], l.composer.out...), lanePrepared
	return nil
}

func (l *plainLanes) Renew(at int, now time.Time) {
	if n := &l.lanes[at]; n.fd >= 0 && now.Sub(n.t.ended) > MaxIdle {
		l.closeLane(n)
	}
}

func (l *plainLanes) Open(at int) error {
	n := &l.lanes[at]
	if err := n.composeHealth(&l.composer, l.in.Options); err != nil {
		return err
	}
	n.out, n.state = append(n.out[:0], l.composer.out...), lanePrepared
	l.Fire(at)
	return nil
}

func (l *plainLanes) Fire(at int) {
	n := &l.lanes[at]
	n.turn++
	l.busy++
	// The server may have closed it with the last answer, or since the poller looked.
	if n.fd >= 0 && !l.poller.isQuiet(n.fd) {
		l.closeLane(n)
	}
	n.t = timing{started: time.Now(), isReused: n.fd >= 0}
	deadline := n.t.started.Add(l.shared.timeout())
	if n.fd >= 0 {
		l.await(waiter{at, n.turn, deadline})
		l.write(n, n.t.started)
		return
	}
	n.state = laneDialing
	go l.dial(n.at, n.turn, deadline)
}

func (l *plainLanes) write(n *plainLane, now time.Time) {
	n.state, n.in, n.pieces, n.t.sent = laneAsking, n.in[:0], 0, now
	sent, errno := writeTo(n.fd, n.out)
	n.t.written = time.Now()
	l.in.Outlet.written += int64(max(0, sent))
	switch {
	case errno == 0 && sent == len(n.out):
	case errno == 0 || errno == syscall.EAGAIN:
		l.handOver(n, n.out[max(0, sent):])
	default:
		l.closeLane(n)
		n.t.ended = n.t.written
		l.finish(n, &answer{err: ioError("write", errno)})
	}
}

func ioError(operation string, errno syscall.Errno) error {
	return &net.OpError{Op: operation, Net: "tcp", Err: os.NewSyscallError(operation, errno)}
}

// Run is the loop.
func (l *plainLanes) Run(ctx context.Context, script Script) error {
	l.ctx, l.script = ctx, script
	defer context.AfterFunc(ctx, func() {
		l.stopped.Store(true)
		l.poller.wake()
	})()
	defer l.end()
	for {
		now := time.Now()
		if l.stopped.Load() {
			l.stopAll(now)
			return nil
		}
		l.takeInbox()
		l.expire(now)
		next := script.Due(now)
		if l.busy == 0 && script.IsDone() {
			return nil
		}
		if l.in.Outlet.isDue(now) {
			l.in.Outlet.flush(ctx, now)
		}
		if err := l.rest(next); err != nil {
			return err
		}
	}
}

// rest waits for the next thing to do, and reads the answers that are in.
func (l *plainLanes) rest(next time.Time) error {
	now := time.Now()
	if wait := next.Sub(now); !next.IsZero() && wait <= maxHeldSleep && l.script.CanReadLate() {
		sleepFor(max(wait, l.wokeAt.Add(minSleep).Sub(now)))
		l.wokeAt = time.Now()
		return l.poller.poll(0, l.ready)
	}
	deadline := time.Time{}
	if len(l.waiting) > 0 {
		deadline = l.waiting[0].deadline
	}
	until := earliest(next, deadline, l.in.Outlet.dueAt(), now.Add(time.Hour))
	return l.poller.poll(max(0, until.Sub(now)), l.ready)
}

// ready reads what a lane got.
func (l *plainLanes) ready(at int) {
	n := &l.lanes[at]
	if n.fd < 0 || n.state == laneHandedOver {
		return
	}
	read, came, errno := l.poller.receive(n.fd)
	if errno == syscall.EAGAIN || errno == syscall.EINTR {
		return
	}
	if n.state != laneAsking {
		// The server closed the connection between two requests, or sent what nobody asked for.
		l.closeLane(n)
		return
	}
	l.in.Outlet.read += int64(len(read))
	if came.Before(n.t.written) {
		came = n.t.written
	}
	if n.t.firstByte.IsZero() && len(read) > 0 {
		n.t.firstByte = came
	}
	var end error
	switch {
	case errno != 0:
		end = ioError("read", errno)
	case len(read) == 0:
		end = errEnd
	}
	l.parse(n, read, end, came)
}

// parse reads an answer as far as it is there.
func (l *plainLanes) parse(n *plainLane, read []byte, end error, came time.Time) {
	if len(n.in) > 0 {
		n.in = append(n.in, read...)
		read = n.in
	}
	got, keeps, isWhole := l.parser.parse(l.shared, n, read, end)
	if !isWhole {
		if len(n.in) == 0 {
			n.in = append(n.in, read...)
		}
		if n.pieces++; n.pieces >= maxPieces || len(n.in) > maxParsed {
			l.handOver(n, nil)
		}
		return
	}
	n.t.ended = came
	if !keeps || l.by.noReuse {
		l.closeLane(n)
	}
	l.finish(n, &got)
}

func (l *plainLanes) finish(n *plainLane, got *answer) {
	l.busy--
	n.state = laneFree
	n.turn++
	got.err = orCut(l.ctx, got.err)
	r := l.shared.recordOf(got, &n.t, &n.what, &n.v)
	l.in.Outlet.take(r, &n.what, n.t.elapsed(r))
	l.script.Free(n.at, Answered{Outcome: r.Outcome, Started: n.t.started, Ended: n.t.ended, IsSignal: n.what.isSignal})
}

func (l *plainLanes) closeLane(n *plainLane) {
	if n.fd >= 0 {
		closeSocket(n.fd)
		n.fd = -1
	}
}

// end closes everything. What is still dialing finds the inbox closed.
func (l *plainLanes) end() {
	l.in.Outlet.flush(l.ctx, time.Now())
	l.inbox.close()
	for at := range l.lanes {
		l.closeLane(&l.lanes[at])
	}
	l.poller.close()
}
