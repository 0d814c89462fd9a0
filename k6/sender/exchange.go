package sender

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// answer is what came back. Status 0 means that nothing did; its body holds until the next exchange.
type answer struct {
	status int
	header http.Header
	body   body
	err    error
	// unread is the code of why whoever answered had not read the request; 0 if it had.
	unread int
}

// exchange sends what was written into c.out on the connection and reads the answer. It never sends a request again: a connection that
// the server has closed is noticed before anything is written, and whatever breaks later counts as broken.
func (c *carrier) exchange(ctx context.Context, by *network, to *head, what *asked) (answer, timing) {
	got, t := c.ask(ctx, by, to, what)
	got.err = orCut(ctx, got.err)
	return got, t
}

func (c *carrier) ask(ctx context.Context, by *network, to *head, what *asked) (answer, timing) {
	t := timing{started: time.Now(), isReused: true}
	deadline := t.started.Add(c.shared.timeout())
	if c.connection != nil && !c.connection.isUsable() {
		c.close()
	}
	if c.connection == nil {
		t.isReused = false
		if err := c.connect(ctx, by, deadline, &t); err != nil {
			t.ended = time.Now()
			return answer{err: err}, t
		}
	}
	on := c.connection
	if err := on.SetDeadline(deadline); err != nil {
		c.close()
		t.ended = time.Now()
		return answer{err: err}, t
	}
	// The end of the iteration ends the request.
	stop := context.AfterFunc(ctx, func() { _ = on.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	on.prepare(c.out)
	t.sent = time.Now()
	err := on.send(c.out)
	t.written = time.Now()
	if err != nil {
		c.close()
		t.ended = t.written
		return answer{err: c.shared.orNoCertificate(on, err)}, t
	}
	if what.isAbandoned {
		err = c.abandon(ctx, what.abandonAfter)
		t.ended = time.Now()
		return answer{err: err}, t
	}
	got := c.receive(by, to, what, &t)
	return got, t
}

func (s *shared) timeout() time.Duration { return time.Duration(s.config.TimeoutMs) * time.Millisecond }

// receive reads the answer to what was written, and closes the connection unless it can be used again.
func (c *carrier) receive(by *network, to *head, what *asked, t *timing) answer {
	on := c.connection
	response, firstByte, err := on.answerHead(&to.request)
	if err != nil {
		c.close()
		t.ended = time.Now()
		return answer{err: c.shared.orNoCertificate(on, err)}
	}
	t.firstByte = firstByte
	read, err := c.bodies.read(on, response, what.purpose, what.hashes)
	t.ended = time.Now()
	c.usedAt = t.ended
	isOver := response.Close || response.StatusCode == http.StatusSwitchingProtocols || (on.frames != nil && !on.frames.isWhole())
	if err != nil || read.isCut || isOver || by.noReuse {
		c.close()
	}
	return c.shared.answerOf(response, read, err)
}

// answerOf is what an answer says when it was read.
func (s *shared) answerOf(response *http.Response, read body, err error) answer {
	if err != nil {
		return answer{err: err}
	}
	got := answer{status: response.StatusCode, header: response.Header, body: read}
	if got.unread = unreadBy(&got, s.origin.isTLS); got.unread == 0 {
		s.answered.Store(true)
	}
	return got
}

// connect opens the connection.
func (c *carrier) connect(ctx context.Context, by *network, deadline time.Time, t *timing) error {
	within, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	opened, took, err := dial(within, by, c.shared.origin)
	t.dialed = took
	if err != nil {
		return c.shared.orNoCertificate(opened, err)
	}
	if c.shared.origin.isHTTP2 {
		if err := opened.startFrames(within, deadline, c.shared.origin); err != nil {
			_ = opened.Close()
			return c.shared.orNoCertificate(opened, err)
		}
	}
	c.connection = opened
	return nil
}

// orNoCertificate adds to the error of a connection that the server had asked for a certificate on it, which it did not get. Once
// anything was answered, a certificate is not what is missing.
func (s *shared) orNoCertificate(c *connection, err error) error {
	if c == nil || !c.wasAsked || s.answered.Load() || isTimeout(err) {
		return err
	}
	return errors.Join(errNoCertificate, err)
}

// abandon gives the server time to read what was written, and closes the connection. What it has answered meanwhile stays unread.
func (c *carrier) abandon(ctx context.Context, after time.Duration) error {
	defer c.close()
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case <-timer.C:
		return errAbandoned
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *carrier) close() {
	if c.connection != nil {
		_ = c.connection.Close()
		c.connection = nil
	}
}
