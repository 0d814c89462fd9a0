package plan

import (
	"strings"
	"testing"
	"time"

	"webhook-stress.internal/k6/sender"
)

const ofGroups = `{"executor":"webhook-plan","durationMs":60000,"connections":{"prepared":4,"max":4},"opening":{"withinMs":1000,"againAfterMs":1000,"aheadMs":500},
"phase":{"name":"p","purpose":"probe","startMs":500,"signals":[{"code":"b","first":7,"count":40}],"schedule":SCHEDULE}}`

func groups(t *testing.T, schedule string) (*atInstants, *notes, func(ms int) time.Time) {
	t.Helper()
	c := parsed(t, strings.Replace(ofGroups, "SCHEDULE", schedule, 1))
	if found := c.Validate(); len(found) > 0 {
		t.Fatal(found)
	}
	n := &notes{}
	now := newRun(t, c, n)
	s := newAtInstants(now, c)
	return s, n, func(ms int) time.Time { return now.started.Add(time.Duration(ms) * time.Millisecond) }
}

// openAll opens the connections in their turn.
func openAll(s *atInstants, n *notes, at func(ms int) time.Time) string {
	for ms := 0; ms < 1000; ms += 10 {
		s.Due(at(ms))
		for _, vu := range s.vus {
			if vu.isBusy {
				s.Free(vu.lane, sender.Answered{Ended: at(ms)})
			}
		}
	}
	defer func() { n.all = nil }()
	return n.told()
}

func TestCopiesGoOutTogetherAtTheirInstant(t *testing.T) {
	s, n, at := groups(t, `{"kind":"copies","steps":1,"vusPerGroup":4,"groups":1,"firstMs":2500,"everyMs":1,"firstWebhook":1,"webhooks":1}`)
	if told := openAll(s, n, at); told != "open 0, open 1, open 2, open 3" {
		t.Errorf("%s", told)
	}
	if next := s.Due(at(1000)); !next.Equal(at(2000).Add(-prepareAhead)) {
		t.Errorf("prepared at %v", next)
	}
	if next := s.Due(at(1970)); !next.Equal(at(2000)) {
		t.Errorf("sent at %v", next)
	}
	written := "0:run-b7 to 1, 1:run-b7 to 1, 2:run-b7 to 1, 3:run-b7 to 1"
	if n.told() != written {
		t.Errorf("%s", n.told())
	}
	s.Due(at(2000))
	if want := written + ", fire 0, fire 1, fire 2, fire 3"; n.told() != want {
		t.Errorf("%s", n.told())
	}
	for _, vu := range s.vus {
		s.Free(vu.lane, sender.Answered{Outcome: "accepted", IsSignal: true})
	}
	if !s.IsDone() || s.state.GetFullIterationCount() != 4 {
		t.Errorf("%d iterations", s.state.GetFullIterationCount())
	}
}

func TestABurstDealsItsSignalsOutAndFollowsUp(t *testing.T) {
	s, n, at := groups(t, `{"kind":"burst","steps":2,"vusPerGroup":2,"groups":1,"firstMs":3000,"everyMs":9000,"firstWebhook":0,"webhooks":2,"atOnce":3,"forged":true}`)
	openAll(s, n, at)
	s.Due(at(2100))
	s.Free(0, sender.Answered{Ended: at(2101)})
	s.Free(1, sender.Answered{Ended: at(2102)})
	s.Due(at(2480))
	s.Due(at(2500))
	s.Free(1, sender.Answered{Outcome: "accepted", IsSignal: true, Ended: at(2510)})
	s.Free(0, sender.Answered{Outcome: "accepted", IsSignal: true, Ended: at(2510)})
	s.Free(0, sender.Answered{Outcome: "accepted", IsSignal: true, Ended: at(2520)})
	want := "open 0, open 1, 0:run-b0 to 0 for 198.51.100.0, 203.0.113.0, 1:run-b1 to 0 for 198.51.100.1, 203.0.113.0, fire 0, fire 1, " +
		"0:run-b2 to 0 for 198.51.100.2, 203.0.113.0, fire 0"
	if n.told() != want {
		t.Errorf("%s\n%s", n.told(), want)
	}
	// The connections would be idle for long: they are used once more before the next instant.
	if next := s.Due(at(2600)); !next.Equal(at(11_000)) {
		t.Errorf("next at %v", next.Sub(s.started))
	}
}

func TestRoundsDealWebhooksOutAndALateConnectionSendsAtOnce(t *testing.T) {
	s, n, at := groups(t, `{"kind":"rounds","steps":2,"vusPerGroup":2,"groups":1,"firstMs":2500,"everyMs":900,"firstWebhook":3,"webhooks":2}`)
	openAll(s, n, at)
	s.Due(at(1500))
	n.all = nil
	s.Free(0, sender.Answered{Ended: at(1501)})
	s.Free(1, sender.Answered{Ended: at(1502)})
	s.Due(at(1980))
	s.Due(at(2000))
	s.Free(0, sender.Answered{IsSignal: true, Ended: at(2100)})
	s.Due(at(2900))
	s.Free(1, sender.Answered{IsSignal: true, Ended: at(2940)})
	s.Due(at(2950))
	want := "0:run-b7 to 3, 1:run-b8 to 4, fire 0, fire 1, 0:run-b9 to 3, fire 0, 1:run-b10 to 4, fire 1"
	if n.told() != want {
		t.Errorf("%s\n%s", n.told(), want)
	}
}
