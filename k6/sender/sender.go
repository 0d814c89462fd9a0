package sender

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"

	"webhook-stress/k6/record"
)

// sender is one a VU. JavaScript of a VU runs on one goroutine, so nothing here is locked.
type sender struct {
	module *module
	shared *shared
	vu     modules.VU

	connection *connection
	bodies     bodyReader
	tags       tagSets
	path       []byte
	body       []byte
	out        []byte
	texts      map[string]sobek.Value
}

// asked is what one call asks for, beside the bytes that go out.
type asked struct {
	purpose, method, name string
	isSignal, hashes      bool
	webhook               int
	signal                string
	// abandonAfter is how long after it was written the connection is closed, whether it was answered or not, if it is abandoned.
	isAbandoned  bool
	abandonAfter time.Duration
}

// Arguments of signal, in order; the last three may be undefined.
const (
	argWebhook = iota
	argToken
	argSecret
	argID
	argNumber
	argAction
	argTicker
	argQuantity
	argPrice
	argPurpose
	argName
	argHeaders
	argProof
	argAbandonAfterMs
)

// signal(webhook, token, secret, id, n, action, ticker, quantity, price, purpose, ledgerId?, headers?, proof?, abandonAfterMs?) sends one
// signal and gives its outcome. It throws only for what is wrong on this side.
func (s *sender) signal(call sobek.FunctionCall) sobek.Value {
	state := s.state()
	text := func(at int) string { return call.Argument(at).String() }
	v := values{
		wordToken: text(argToken), wordSecret: text(argSecret), wordID: text(argID), wordNumber: text(argNumber),
		wordAction: text(argAction), wordTicker: text(argTicker), wordQuantity: text(argQuantity), wordPrice: text(argPrice),
	}
	proof := proofOf(s.vu.Runtime(), call.Argument(argProof))
	program, heads := &s.shared.config.Request, s.shared.heads
	if proof.flaw == "missing" {
		program, heads = &s.shared.config.Unproven, s.shared.unprovenHeads
		if program.Signature == nil {
			v[wordSecret] = ""
		}
	}
	what := asked{
		purpose: text(argPurpose), method: program.Method, isSignal: true,
		webhook: int(call.Argument(argWebhook).ToInteger()), signal: v[wordID], hashes: s.shared.hashesNext(),
	}
	if ms := call.Argument(argAbandonAfterMs); !sobek.IsUndefined(ms) {
		what.isAbandoned = true
		what.abandonAfter = time.Duration(ms.ToFloat() * float64(time.Millisecond))
	}
	what.name = nameOf(program.Method)
	if name := call.Argument(argName); !sobek.IsUndefined(name) {
		what.signal = name.String()
	}
	s.path = appendAll(s.path[:0], program.Path, &v)
	m := message{head: heads[what.purpose], path: s.path, closes: state.Options.NoConnectionReuse.Bool}
	if m.head == nil {
		common.Throw(s.vu.Runtime(), errors.New("sender: "+strconv.Quote(what.purpose)+" is no purpose"))
	}
	if extra := call.Argument(argHeaders); !sobek.IsUndefined(extra) {
		m.head = s.withHeaders(m.head, program, what.purpose, extra.ToObject(s.vu.Runtime()))
	}
	if program.Body != nil {
		s.body = appendAll(s.body[:0], program.Body, &v)
		m.body, m.hasBody = s.body, true
	}
	if program.Signature != nil {
		if err := program.Signature.sign(&v, m.body, program, &proof); err != nil {
			common.Throw(s.vu.Runtime(), err)
		}
	}
	outcome, _ := s.send(state, &m, &v, &what)
	return s.value(outcome)
}

func nameOf(method string) string {
	switch method {
	case http.MethodPost:
		return "POST webhook"
	case http.MethodGet:
		return "GET webhook"
	default:
		return method + " webhook"
	}
}

func (s *sender) withHeaders(to *head, program *program, purpose string, extra *sobek.Object) *head {
	config := s.shared.config
	headers := []headerTemplate{{Name: config.PurposeHeader, Value: []segment{{text: purpose}}}}
	headers = append(headers, program.Headers...)
	for _, name := range extra.Keys() {
		headers = append(headers, headerTemplate{Name: name, Value: []segment{{text: extra.Get(name).String()}}})
	}
	all := newHead(to.method, headers)
	return &all
}

// request({purpose, name, method, path, body, headers, webhook}) sends what is no signal: set-up and read-back. It gives
// {outcome, status, body}.
func (s *sender) request(what *sobek.Object) *sobek.Object {
	state := s.state()
	rt := s.vu.Runtime()
	text := func(name string) string { return what.Get(name).String() }
	a := asked{purpose: text("purpose"), method: text("method"), name: text("name"), webhook: record.Absent}
	if !slices.Contains(purposes, a.purpose) {
		common.Throw(rt, errors.New("sender: "+strconv.Quote(a.purpose)+" is no purpose"))
	}
	if webhook := what.Get("webhook"); !common.IsNullish(webhook) {
		a.webhook = int(webhook.ToInteger())
	}
	headers := []headerTemplate{{Name: s.shared.config.PurposeHeader, Value: []segment{{text: a.purpose}}}}
	if given := what.Get("headers"); !common.IsNullish(given) {
		object := given.ToObject(rt)
		for _, name := range object.Keys() {
			headers = append(headers, headerTemplate{Name: name, Value: []segment{{text: object.Get(name).String()}}})
		}
	}
	h := newHead(a.method, headers)
	m := message{head: &h, path: []byte(text("path")), closes: state.Options.NoConnectionReuse.Bool}
	if body := what.Get("body"); !common.IsNullish(body) {
		m.body, m.hasBody = []byte(body.String()), true
	}
	outcome, got := s.send(state, &m, &values{}, &a)
	result := rt.NewObject()
	code := got.unread
	if got.err != nil {
		code = codeOf(got.err)
	}
	for name, value := range map[string]any{"outcome": outcome, "status": got.status, "body": string(got.body.kept), "error": code} {
		if err := result.Set(name, value); err != nil {
			common.Throw(rt, err)
		}
	}
	return result
}

// left tells how many promised effects are not among those with the given ids.
func (s *sender) left(ids []string) left { return s.shared.promises.left(ids) }

// isInterrupted tells whether the process was asked to end.
func (s *sender) isInterrupted() bool { return s.shared.promises.interrupted.Load() }

func (s *sender) state() *lib.State {
	state := s.vu.State()
	if state == nil || s.shared == nil {
		common.Throw(s.vu.Runtime(), errors.New("sender: requests belong into VU code, after open"))
	}
	return state
}

// value gives a text as JavaScript's, made once.
func (s *sender) value(text string) sobek.Value {
	if found, ok := s.texts[text]; ok {
		return found
	}
	if s.texts == nil {
		s.texts = map[string]sobek.Value{}
	}
	s.texts[text] = s.vu.Runtime().ToValue(text)
	return s.texts[text]
}

// send does the exchange, says what the answer means, and pushes the record.
func (s *sender) send(state *lib.State, m *message, v *values, what *asked) (string, answer) {
	ctx := s.vu.Context()
	if state.RPSLimit != nil {
		if err := state.RPSLimit.Wait(ctx); err != nil {
			common.Throw(s.vu.Runtime(), err)
		}
	}
	var err error
	s.out, err = m.append(s.out[:0], s.shared.origin, state.Options.UserAgent.String, v)
	if err != nil {
		common.Throw(s.vu.Runtime(), err)
	}
	got, t := s.exchange(ctx, state, m.head, what)
	r := &record.Record{
		Trail: t.trail(), Purpose: what.purpose, Status: got.status, Webhook: what.webhook, Signal: what.signal,
		AnswerHash: record.Absent,
	}
	switch {
	case errors.Is(got.err, errAbandoned):
		r.Outcome = abandoned
	case got.err != nil:
		r.ErrorCode = codeOf(got.err)
		r.Outcome = outcomeOfCode(r.ErrorCode)
	case got.unread != 0:
		r.Outcome = unsent
	case what.isSignal:
		r.Outcome = outcomeOf(s.shared.config.Answers, got.status, got.header, got.body.kept)
	default:
		r.Outcome = setupOutcomeOf(got.status)
	}
	if got.status >= http.StatusBadRequest {
		r.ErrorCode = codeDefault + got.status
	}
	if got.unread != 0 {
		r.ErrorCode = got.unread
	}
	if what.isSignal && r.Outcome == accepted && what.hashes {
		r.AnswerHash = got.body.hash
	}
	if what.isSignal && got.err == nil {
		r.Headers = recordedHeaders(got.header, r.Outcome == limited, v[wordToken], v[wordSecret])
	}
	if what.isSignal {
		hash := r.AnswerHash
		if !s.shared.config.HashesAnswers {
			hash = record.Absent
		}
		s.shared.promises.answered(what.signal, r.Outcome, hash, t.started, t.ended)
	}
	if what.isSignal && got.status >= 300 && got.status <= 399 {
		r.Location = placeOf(got.header.Get("Location"), v)
	}
	s.push(state, r, what, t.ended.Sub(t.started))
	return r.Outcome, got
}

// push hands the record to k6's outputs. What was sent belongs into the ledger even if the iteration was cut meanwhile: k6
// reads samples until every VU has stopped.
func (s *sender) push(state *lib.State, r *record.Record, what *asked, elapsed time.Duration) {
	all := state.Tags.GetCurrentValues()
	all.Tags = s.tags.of(tagKey{
		base: all.Tags, purpose: what.purpose, method: what.method, name: what.name, status: r.Status, code: r.ErrorCode,
	}, state)
	if what.signal != "" {
		if all.Metadata == nil {
			all.Metadata = make(map[string]string, 2)
		}
		all.Metadata["signal"] = what.signal
		all.Metadata["webhook"] = strconv.Itoa(what.webhook)
	}
	took := r.Trail.Duration
	if r.Status == 0 {
		took = elapsed
	}
	addSamples(r, state.BuiltinMetrics, s.shared.trends[trendKey{r.Purpose, r.Outcome}], all, took)
	deliver(s.vu.Context(), state.Samples, r)
}

// deliver waits for room as long as the iteration lasts, and a second longer.
func deliver(ctx context.Context, samples chan<- metrics.SampleContainer, r *record.Record) {
	select {
	case samples <- r:
		return
	default:
	}
	select {
	case samples <- r:
		return
	case <-ctx.Done():
	}
	select {
	case samples <- r:
	case <-time.After(time.Second):
	}
}
