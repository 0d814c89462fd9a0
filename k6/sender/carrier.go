package sender

import (
	"crypto/tls"
	"time"

	"go.k6.io/k6/v2/lib"
)

// carrier sends requests one after the other on a connection of its own. A VU has one.
type carrier struct {
	shared     *shared
	connection *connection
	usedAt     time.Time
	bodies     bodyReader
	path       []byte
	body       []byte
	out        []byte
}

// MaxIdle is how long a connection may rest and still be used. Servers close idle ones, some after 2 s (gunicorn), many after 5 s (Node.js,
// uvicorn, Apache), and one that is closed as a signal goes out looks like a failure of the server. Signals at a steady rate would meet
// that instant again and again: 30 connections used in turn at 6/s rest for 5 s each.
const MaxIdle = time.Second

// renew closes a connection that has rested for too long, so that the next request opens another.
func (c *carrier) renew(now time.Time) {
	if c.connection != nil && now.Sub(c.usedAt) > MaxIdle {
		c.close()
	}
}

// network is how connections are made, and whether they are used again.
type network struct {
	dialer  lib.DialContexter
	tls     *tls.Config
	noReuse bool
}

func networkOf(state *lib.State) *network {
	return &network{dialer: state.Dialer, tls: state.TLSConfig, noReuse: state.Options.NoConnectionReuse.Bool}
}

// signalRequest is the compiled request of a signal. What is filled in comes beside it: in here it would go to the heap.
type signalRequest struct {
	program *program
	head    *head
}

// compose writes the request of a signal into the carrier's buffer.
func (c *carrier) compose(of signalRequest, v *values, p *proof, options *lib.Options) error {
	if c.shared.needsUUID {
		var err error
		if v[wordUUID], err = uuidOf(v[wordID]); err != nil {
			return err
		}
	}
	with := of.program
	c.path = appendAll(c.path[:0], with.Path, v)
	m := message{head: of.head, path: c.path, closes: options.NoConnectionReuse.Bool}
	if body := with.bodyFor(p); body != nil {
		c.body = appendAll(c.body[:0], body, v)
		m.body, m.hasBody = c.body, true
	}
	if with.Signature != nil {
		if err := with.Signature.sign(v, m.body, with, p); err != nil {
			return err
		}
	}
	return c.write(&m, v, options)
}

func (c *carrier) write(m *message, v *values, options *lib.Options) error {
	var err error
	c.out, err = m.append(c.out[:0], c.shared.origin, options.UserAgent.String, v)
	return err
}
