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

	"webhook-stress.internal/k6/record"
)

// sender is one a VU. JavaScript of a VU runs on one goroutine, so nothing here is locked.
type sender struct {
	carrier

	module *module
	vu     modules.VU
	tags   tagSets
	texts  map[string]sobek.Value
}

// asked is what one call asks for, beside the bytes that go out.
type asked struct {
	purpose, method, name string
	isSignal, hashes      bool
	webhook               int
	signal                string
	// keepsConnection tells that it goes over the connection that is open, however long that has rested.
	keepsConnection bool
	// abandonAfter is how long after it was written the connection is closed, whether it was answered or not, if it is abandoned.
	isAbandoned  bool
	abandonAfter time.Duration
}

// Arguments of signal, in order; those from the name on may be undefined.
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
	argReconnects
	argKeepsConnection
)

// signal(webhook, token, secret, id, n, action, ticker, quantity, price, purpose, ledgerId?, headers?, proof?, abandonAfterMs?, reconnects?,
// keepsConnection?) sends one signal and gives its outcome, on a new connection if it is to reconnect. It throws only for what is wrong on
// this side.
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
		keepsConnection: call.Argument(argKeepsConnection).ToBoolean(),
	}
	if ms := call.Argument(argAbandonAfterMs); !sobek.IsUndefined(ms) {
		what.isAbandoned = true
		what.abandonAfter = time.Duration(ms.ToFloat() * float64(time.Millisecond))
	}
	what.name = nameOf(program.Method)
	if name := call.Argument(argName); !sobek.IsUndefined(name) {
		what.signal = name.String()
	}
	under := heads[what.purpose]
	if under == nil {
		common.Throw(s.vu.Runtime(), errors.New("sender: "+strconv.Quote(what.purpose)+" is no purpose"))
	}
	if extra := call.Argument(argHeaders); !sobek.IsUndefined(extra) {
		under = s.withHeaders(under, program, what.purpose, extra.ToObject(s.vu.Runtime()))
	}
	if err := s.compose(signalRequest{program, under}, &v, &proof, &state.Options); err != nil {
		common.Throw(s.vu.Runtime(), err)
	}
	if call.Argument(argReconnects).ToBoolean() {
		s.close()
	}
	outcome, _ := s.send(state, under, &v, &what)
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
	if err := s.write(&m, &values{}, &state.Options); err != nil {
		common.Throw(rt, err)
	}
	outcome, got := s.send(state, &h, &values{}, &a)
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

// look gives what takes ids page by page.
func (s *sender) look() *look { return s.shared.promises.look() }

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

// send does the exchange of what was composed, says what the answer means, and pushes the record.
func (s *sender) send(state *lib.State, under *head, v *values, what *asked) (string, answer) {
	ctx := s.vu.Context()
	if state.RPSLimit != nil {
		if err := state.RPSLimit.Wait(ctx); err != nil {
			common.Throw(s.vu.Runtime(), err)
		}
	}
	if !what.keepsConnection {
		s.renew(time.Now())
	}
	got, t := s.exchange(ctx, networkOf(state), under, what)
	r := s.shared.recordOf(&got, &t, what, v)
	all := state.Tags.GetCurrentValues()
	all.Tags = s.tags.of(s.shared.tagKeyOf(all.Tags, what, r), &state.Options)
	all.Metadata = metadataOf(all.Metadata, what)
	r.Trail.Samples = appendSamples(make([]metrics.Sample, 0, samplesEach), r, measured{
		builtin: state.BuiltinMetrics, trend: s.shared.trendOf(r), tags: all, took: t.elapsed(r),
	})
	deliver(ctx, state.Samples, r)
	return r.Outcome, got
}

// deliver waits for room as long as the iteration lasts, and a second longer.
func deliver(ctx context.Context, samples chan<- metrics.SampleContainer, r metrics.SampleContainer) {
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
