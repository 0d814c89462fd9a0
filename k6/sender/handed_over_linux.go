package sender

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"go.k6.io/k6/v2/lib/netext"
)

// inbox takes what other goroutines did for a lane.
type inbox struct {
	mutex    sync.Mutex
	letters  []letter
	isClosed bool
	wake     func()
}

// letter is a connection that was opened, or an exchange that a goroutine has finished.
type letter struct {
	lane, turn int
	fd         int
	dialed     *dialed
	err        error
	got        *answer
	t          timing
}

func (b *inbox) put(one letter) {
	b.mutex.Lock()
	isClosed := b.isClosed
	if !isClosed {
		b.letters = append(b.letters, one)
	}
	b.mutex.Unlock()
	if isClosed {
		if one.fd >= 0 {
			closeSocket(one.fd)
		}
		return
	}
	b.wake()
}

func (b *inbox) take() []letter {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	all := b.letters
	b.letters = nil
	return all
}

func (b *inbox) close() {
	b.mutex.Lock()
	b.isClosed = true
	all := b.letters
	b.letters = nil
	b.mutex.Unlock()
	for _, one := range all {
		if one.fd >= 0 {
			closeSocket(one.fd)
		}
	}
}

// dial opens the connection of a lane.
func (l *plainLanes) dial(lane, turn int, deadline time.Time) {
	within, cancel := context.WithDeadline(l.ctx, deadline)
	defer cancel()
	opened, took, err := dial(within, l.by, l.shared.origin)
	one := letter{lane: lane, turn: turn, fd: -1, dialed: &took, err: err}
	if err == nil {
		if one.fd, err = takeFrom(opened.tcp); err != nil {
			one.err = notTaken(err)
		}
		_ = opened.Close()
	}
	l.inbox.put(one)
}

// notTaken makes what this side lacks for a connection a failure to make it: nothing has been sent.
func notTaken(why error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: why}
}

func takeFrom(c net.Conn) (int, error) {
	if counted, ok := c.(*netext.Conn); ok {
		c = counted.Conn
	}
	socket, ok := c.(syscall.Conn)
	if !ok {
		return -1, os.ErrInvalid
	}
	return takeSocket(socket)
}

func (l *plainLanes) takeInbox() {
	for _, one := range l.inbox.take() {
		n := &l.lanes[one.lane]
		if n.turn != one.turn {
			if one.fd >= 0 {
				closeSocket(one.fd)
			}
			continue
		}
		if one.fd >= 0 {
			n.fd = one.fd
			if err := l.poller.add(one.fd, one.lane); err != nil {
				one.err = notTaken(err)
			}
		}
		l.goOn(n, &one)
	}
}

func (l *plainLanes) goOn(n *plainLane, one *letter) {
	switch {
	case one.got != nil:
		n.t = one.t
		l.finish(n, one.got)
	case one.err != nil:
		l.closeLane(n)
		n.t.dialed, n.t.ended = *one.dialed, time.Now()
		l.finish(n, &answer{err: one.err})
	default:
		n.t.dialed = *one.dialed
		l.await(waiter{n.at, n.turn, n.t.started.Add(l.shared.timeout())})
		l.write(n, time.Now())
	}
}

// handOver gives the exchange to a goroutine: unsent is what is still to be written.
func (l *plainLanes) handOver(n *plainLane, unsent []byte) {
	fd := n.fd
	l.poller.remove(fd)
	n.fd, n.state = -1, laneHandedOver
	given := handedOver{
		lanes: l, fd: fd, lane: n.at, turn: n.turn, unsent: bytes.Clone(unsent), in: n.in, head: n.head, what: n.what, t: n.t,
	}
	n.in = nil
	go given.finish()
}

// handedOver is an exchange that a goroutine finishes.
type handedOver struct {
	lanes      *plainLanes
	fd         int
	lane, turn int
	unsent, in []byte
	head       *head
	what       asked
	t          timing
}

func (h *handedOver) finish() {
	got := h.exchange()
	one := letter{lane: h.lane, turn: h.turn, fd: -1, got: &got, t: h.t}
	one.fd = h.fd
	h.lanes.inbox.put(one)
}

// exchange goes on where the lane stopped, with the code of every other connection. It leaves the descriptor of a connection that can be
// used again.
func (h *handedOver) exchange() answer {
	file := os.NewFile(uintptr(h.fd), "lane")
	socket, err := net.FileConn(file)
	_ = file.Close()
	h.fd = -1
	if err != nil {
		h.t.ended = time.Now()
		return answer{err: err}
	}
	c := &carrier{shared: h.lanes.shared, connection: &connection{Conn: socket, tcp: socket}}
	defer c.close()
	on := c.connection
	_ = on.SetDeadline(h.t.started.Add(h.lanes.shared.timeout()))
	defer context.AfterFunc(h.lanes.ctx, func() { _ = on.SetDeadline(time.Unix(1, 0)) })()
	on.head.from = io.MultiReader(bytes.NewReader(h.in), on)
	on.reader = bufio.NewReaderSize(&on.head, readBuffer)
	if len(h.unsent) > 0 {
		_, err := on.Write(h.unsent)
		h.t.written = time.Now()
		if err != nil {
			h.t.ended = h.t.written
			return answer{err: err}
		}
	}
	began := h.t.firstByte
	got := c.receive(h.lanes.by, h.head, &h.what, &h.t)
	if !began.IsZero() {
		h.t.firstByte = began
	}
	if c.connection != nil && on.reader.Buffered() == 0 {
		if fd, err := takeFrom(socket); err == nil {
			h.fd = fd
		}
	}
	return got
}
