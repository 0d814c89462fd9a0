package sender

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.k6.io/k6/v2/lib"
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

// exchange sends what was written into s.out on the VU's connection and reads the answer. It never sends a request again: a connection that
// the server has closed is noticed before anything is written, and whatever breaks later counts as broken.
func (s *sender) exchange(ctx context.Context, state *lib.State, to *head, what *asked) (answer, timing) {
	t := timing{started: time.Now(), isReused: true}
	deadline := t.started.Add(time.Duration(s.shared.config.TimeoutMs) * time.Millisecond)
	if s.connection != nil && !s.connection.isUsable() {
		s.close()
	}
	if s.connection == nil {
		t.isReused = false
		if err := s.connect(ctx, state, deadline, &t); err != nil {
			t.ended = time.Now()
			return answer{err: err}, t
		}
	}
	c := s.connection
	if err := c.SetDeadline(deadline); err != nil {
		s.close()
		t.ended = time.Now()
		return answer{err: err}, t
	}
	// The end of the iteration ends the request.
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	t.sent = time.Now()
	_, err := c.Write(s.out)
	t.written = time.Now()
	if err != nil {
		s.close()
		t.ended = t.written
		return answer{err: s.orNoCertificate(c, err)}, t
	}
	if what.isAbandoned {
		err = s.abandon(ctx, what.abandonAfter)
		t.ended = time.Now()
		return answer{err: err}, t
	}
	response, firstByte, err := c.answerHead(&to.request)
	if err != nil {
		s.close()
		t.ended = time.Now()
		return answer{err: s.orNoCertificate(c, err)}, t
	}
	t.firstByte = firstByte
	read, err := s.bodies.read(c, response, what.purpose, what.hashes)
	t.ended = time.Now()
	if err != nil || read.isCut || response.Close || response.StatusCode == http.StatusSwitchingProtocols ||
		state.Options.NoConnectionReuse.Bool {
		s.close()
	}
	if err != nil {
		return answer{err: err}, t
	}
	got := answer{status: response.StatusCode, header: response.Header, body: read}
	if got.unread = unreadBy(&got, s.shared.origin.isTLS); got.unread == 0 {
		s.shared.answered.Store(true)
	}
	return got, t
}

// connect opens the VU's connection.
func (s *sender) connect(ctx context.Context, state *lib.State, deadline time.Time, t *timing) error {
	within, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	opened, took, err := dial(within, state, s.shared.origin)
	t.dialed = took
	if err != nil {
		return s.orNoCertificate(opened, err)
	}
	s.connection = opened
	return nil
}

// orNoCertificate adds to the error of a connection that the server had asked for a certificate on it, which it did not get. Once
// anything was answered, a certificate is not what is missing.
func (s *sender) orNoCertificate(c *connection, err error) error {
	if c == nil || !c.wasAsked || s.shared.answered.Load() || isTimeout(err) {
		return err
	}
	return errors.Join(errNoCertificate, err)
}

// abandon gives the server time to read what was written, and closes the connection. What it has answered meanwhile stays unread.
func (s *sender) abandon(ctx context.Context, after time.Duration) error {
	defer s.close()
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case <-timer.C:
		return errAbandoned
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *sender) close() {
	if s.connection != nil {
		_ = s.connection.Close()
		s.connection = nil
	}
}
