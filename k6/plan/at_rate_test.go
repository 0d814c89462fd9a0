package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.k6.io/k6/v2/lib"

	"webhook-stress.internal/k6/sender"
)

// notes are lanes and an outlet that only note what they are asked.
type notes struct{ all []string }

func (n *notes) note(format string, values ...any) {
	n.all = append(n.all, fmt.Sprintf(format, values...))
}

func (n *notes) Prepare(lane int, o *sender.Order) error {
	if o.ForwardedFor != "" {
		n.note("%d:%s to %d for %s", lane, o.ID, o.Webhook, o.ForwardedFor)
		return nil
	}
	n.note("%d:%s to %d", lane, o.ID, o.Webhook)
	return nil
}

func (n *notes) Open(lane int) error {
	n.note("open %d", lane)
	return nil
}
func (n *notes) Renew(lane int, _ time.Time)                         { n.note("renew %d", lane) }
func (n *notes) Fire(lane int)                                       { n.note("fire %d", lane) }
func (n *notes) Run(context.Context, sender.Script) error            { return nil }
func (n *notes) Iteration(_, _ time.Time, outcome string)            { n.note("%s", outcome) }
func (n *notes) Dropped(_ context.Context, _ time.Time, count int64) { n.note("dropped %d", count) }
func (n *notes) told() string                                        { return strings.Join(n.all, ", ") }

func newRun(t *testing.T, c *Config, n *notes) *run {
	t.Helper()
	p, err := c.phase()
	if err != nil {
		t.Fatal(err)
	}
	data, err := parseRunData([]byte(`{"runTag":"run","webhooks":[{},{},{},{},{"token":"t","secret":"s"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	state := lib.NewExecutionState(&lib.TestRunState{TestPreInitState: &lib.TestPreInitState{}}, tuple(t, "", ""), 0, 100)
	return &run{phase: p, data: data, lanes: n, outlet: n, state: state, ctx: context.Background(), started: time.Unix(1000, 0), origin: time.Unix(1000, 0)}
}

func atRateOf(t *testing.T, c *Config, n *notes) *atRate {
	t.Helper()
	now := newRun(t, c, n)
	et := tuple(t, "", "")
	return newAtRate(now, et, rateOf(&now.phase.Schedule, et), c)
}

func TestConnectionsAreUsedInTurnAndWhatFindsNoneIsDropped(t *testing.T) {
	c := parsed(t, ofRate)
	c.Connections.Prepared, c.Connections.Max = 2, 3
	n := &notes{}
	now := newRun(t, c, n)
	s := newAtRate(now, tuple(t, "", ""), rateOf(&now.phase.Schedule, tuple(t, "", "")), c)
	at := func(ms int) time.Time { return now.started.Add(time.Duration(ms) * time.Millisecond) }
	if next := s.Due(at(0)); !next.Equal(at(100)) {
		t.Errorf("next at %v", next)
	}
	s.Due(at(150))
	s.Free(1, sender.Answered{Outcome: "limited"})
	s.Due(at(200))
	// Late: what fell due meanwhile goes out at once, as far as there are connections.
	s.Due(at(499))
	s.Free(0, sender.Answered{Outcome: "accepted"})
	s.Due(at(500))
	want := "0:run-s0 to 2, renew 0, fire 0, 1:run-s1 to 3, renew 1, fire 1, limited, 1:run-s2 to 4, renew 1, fire 1, 2:run-s3 to 2, renew 2, fire 2, dropped 1, accepted, 0:run-s4 to 3, renew 0, fire 0"
	if n.told() != want {
		t.Errorf("%s\n%s", n.told(), want)
	}
	if vus := s.state.GetCurrentlyActiveVUsCount(); vus != 3 {
		t.Errorf("%d VUs", vus)
	}
	s.retire()
	if s.state.GetCurrentlyActiveVUsCount() != 0 || s.state.GetFullIterationCount() != 2 || s.state.GetPartialIterationCount() != 3 {
		t.Error("the counts of k6 are wrong")
	}
}

func TestOfManyConnectionsThoseThatDidNotRestForLongAreUsed(t *testing.T) {
	c := parsed(t, ofRate)
	c.Connections.Prepared, c.Connections.Max = 30, 30
	n := &notes{}
	s := atRateOf(t, c, n)
	var fired []int
	for step := range 40 {
		now := s.started.Add(time.Duration(step) * 100 * time.Millisecond)
		before := slices.Clone(s.free)
		s.Due(now)
		for _, lane := range before {
			if !slices.Contains(s.free, lane) {
				fired = append(fired, lane)
				s.Free(lane, sender.Answered{Ended: now})
			}
		}
	}
	// First each once; then, ten a second, those that were free within the last second.
	want := []int{20, 21, 22, 23, 24, 25, 26, 27, 28, 29}
	if len(fired) != 40 || !slices.Equal(fired[30:], want) {
		t.Errorf("%v", fired)
	}
}

func TestNothingIsSentBeyondTheCountOrTheEnd(t *testing.T) {
	c := parsed(t, ofRate)
	n := &notes{}
	s := atRateOf(t, c, n)
	s.Due(s.started.Add(4100 * time.Millisecond))
	if !s.IsDone() || len(n.all) != 120 {
		t.Errorf("%d, done %v", len(n.all), s.IsDone())
	}
	late := atRateOf(t, c, n)
	n.all = nil
	if late.Due(late.started.Add(6 * time.Second)); !late.IsDone() || len(n.all) != 0 {
		t.Errorf("%v", n.all)
	}
}

func TestAWebhookThatIsMissingEndsThePhase(t *testing.T) {
	c := parsed(t, ofRate)
	s := atRateOf(t, c, &notes{})
	s.data.Webhooks = s.data.Webhooks[:1]
	if s.Due(s.started); s.err == nil || !s.IsDone() {
		t.Errorf("%v", s.err)
	}
}
