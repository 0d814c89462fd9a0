package sender

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strconv"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
)

// Order is one signal to send, in words, as JavaScript writes them.
type Order struct {
	Webhook                                  int
	Token, Secret                            string
	ID, Action, Ticker, Quantity, Price, Num string
	Purpose                                  string
	// ForwardedFor is sent as X-Forwarded-For, unless it is empty.
	ForwardedFor string
}

// Answered is what came of the request of a lane.
type Answered struct {
	Outcome        string
	Started, Ended time.Time
	// IsSignal is false of what only opened the connection.
	IsSignal bool
}

// Script says what is sent when. All of its methods are called on one goroutine, and it calls those of Lanes there.
type Script interface {
	// Due does what is due now, and tells when it wants to be called again; the zero time: when an answer is in.
	Due(now time.Time) time.Time
	// Free tells that a lane has its answer, and can be used again.
	Free(lane int, came Answered)
	// IsDone tells that nothing is left to be sent.
	IsDone() bool
	// CanReadLate tells that no answer decides what is sent before the time that Due gave.
	CanReadLate() bool
}

// Lanes send signals for an executor. Each lane has a connection of its own, and carries one request at a time.
type Lanes interface {
	// Prepare writes a signal for a lane that is free.
	Prepare(lane int, order *Order) error
	// Fire sends what was prepared.
	Fire(lane int)
	// Renew closes the connection of a lane that is free, if it has rested for so long that the server may close it just now.
	Renew(lane int, now time.Time)
	// Open sends a health check, so that what comes next does not wait for a connection.
	Open(lane int) error
	// Run calls the script until it is done and all is answered, or the context ends: then what is under way counts as timed out.
	Run(ctx context.Context, script Script) error
}

// Situation is what lanes need of k6.
type Situation struct {
	Options *lib.Options
	Dialer  *netext.Dialer
	TLS     *tls.Config
	Outlet  *Outlet
	Lanes   int
}

// Opened gives the profile that the script has opened; an error if it has not.
func Opened() (*Profile, error) {
	theModule.mutex.Lock()
	defer theModule.mutex.Unlock()
	if theModule.shared == nil {
		return nil, errors.New("sender: the script has not opened k6/x/webhook")
	}
	return &Profile{theModule.shared}, nil
}

// Profile is the compiled profile of the run.
type Profile struct{ shared *shared }

// UsesNumbers tells whether its requests carry the number of a signal.
func (p *Profile) UsesNumbers() bool { return p.shared.config.Request.uses(wordNumber) }

// NewLanes gives the lanes that fit this system and the profile's base URL.
func (p *Profile) NewLanes(in *Situation) (Lanes, error) {
	if p.shared.origin.isTLS || p.shared.origin.isHTTP2 {
		return newBlockingLanes(p.shared, in), nil
	}
	return newPlainLanes(p.shared, in)
}

// job is what a lane carries: a request as it was composed, and what is known of it.
type job struct {
	head *head
	v    values
	what asked
}

// composeSignal writes a signal into the carrier's buffer.
func (j *job) composeSignal(c *carrier, o *Order, options *lib.Options) error {
	program := &c.shared.config.Request
	j.v = values{
		wordToken: o.Token, wordSecret: o.Secret, wordID: o.ID, wordNumber: o.Num,
		wordAction: o.Action, wordTicker: o.Ticker, wordQuantity: o.Quantity, wordPrice: o.Price,
	}
	j.what = asked{
		purpose: o.Purpose, method: program.Method, name: nameOf(program.Method), isSignal: true,
		webhook: o.Webhook, signal: o.ID, hashes: c.shared.hashesNext(),
	}
	if j.head = c.shared.heads[o.Purpose]; j.head == nil {
		return errors.New("sender: " + strconv.Quote(o.Purpose) + " is no purpose")
	}
	if o.ForwardedFor != "" {
		forwarded := headerTemplate{Name: "X-Forwarded-For", Value: []segment{{text: o.ForwardedFor}}}
		j.head = c.shared.headWith(program, o.Purpose, []headerTemplate{forwarded})
	}
	return c.compose(signalRequest{program, j.head}, &j.v, &proof{flaw: "none"}, options)
}

// composeHealth writes a health check.
func (j *job) composeHealth(c *carrier, options *lib.Options) error {
	j.head = c.shared.headWith(&program{Method: http.MethodGet}, "setup", nil)
	j.v = values{}
	j.what = asked{purpose: "setup", method: http.MethodGet, name: "GET health", webhook: -1}
	m := message{head: j.head, path: []byte(c.shared.config.HealthPath), closes: options.NoConnectionReuse.Bool}
	return c.write(&m, &j.v, options)
}

// headWith compiles the head of a request that carries more headers than its profile says.
func (s *shared) headWith(of *program, purpose string, more []headerTemplate) *head {
	headers := []headerTemplate{{Name: s.config.PurposeHeader, Value: []segment{{text: purpose}}}}
	headers = append(headers, of.Headers...)
	all := newHead(of.Method, append(headers, more...))
	return &all
}
