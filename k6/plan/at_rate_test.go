package plan

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.k6.io/k6/v2/lib"

	"webhook-stress/k6/sender"
)

// notes are lanes and an outlet that only note what they are asked.
type notes struct{ all []string }

func (n *notes) note(format string, values ...any) {
	n.all = append(n.all, fmt.Sprintf(format, values...))
}

func (n *notes) Prepare(lane int, o *sender.Order) error {
	n.note("%d:%s to %d", lane, o.ID, o.Webhook)
	return nil
}
func (n *notes) Fire(int)                                 {}
func (n *notes) Open(int) error                           { return nil }
func (n *notes) Run(context.Context, sender.Script) error { return nil }
func (n *notes) Iteration(_, _ time.Time, outcome string) { n.note("%s", outcome) }
func (n *notes) Dropped(context.Context, time.Time)       { n.note("dropped") }
func (n *notes) told() string                             { return strings.Join(n.all, ", ") }

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
	return &run{phase: p, data: data, lanes: n, outlet: n, state: state, ctx: context.Background(), started: time.Unix(1000, 0)}
}

func TestConnectionsAreUsedInTurnAndWhatFindsNoneIsDropped(t *testing.T) {
	c := parsed(t, ofRate)
	c.Connections.Prepared, c.Connections.Most = 2, 3
	n := &notes{}
	now := newRun(t, c, n)
	s := newAtRate(now, tuple(t, "", ""), c, 3)
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
	want := "0:run-s0 to 2, 1:run-s1 to 3, limited, 1:run-s2 to 4, 2:run-s3 to 2, dropped, accepted, 0:run-s4 to 3"
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

func TestNothingIsSentBeyondTheCountOrTheEnd(t *testing.T) {
	c := parsed(t, ofRate)
	n := &notes{}
	s := newAtRate(newRun(t, c, n), tuple(t, "", ""), c, 100)
	s.Due(s.started.Add(3999 * time.Millisecond))
	if !s.IsDone() || len(n.all) != 40 {
		t.Errorf("%d, done %v", len(n.all), s.IsDone())
	}
	late := newAtRate(newRun(t, c, n), tuple(t, "", ""), c, 100)
	n.all = nil
	if late.Due(late.started.Add(5 * time.Second)); !late.IsDone() || len(n.all) != 0 {
		t.Errorf("%v", n.all)
	}
}

func TestAWebhookThatIsMissingEndsThePhase(t *testing.T) {
	c := parsed(t, ofRate)
	s := newAtRate(newRun(t, c, &notes{}), tuple(t, "", ""), c, 100)
	s.data.Webhooks = s.data.Webhooks[:1]
	if s.Due(s.started); s.err == nil || !s.IsDone() {
		t.Errorf("%v", s.err)
	}
}
