package plan

import (
	"strings"
	"testing"
	"time"

	"webhook-stress.internal/k6/sender"
)

func TestARampHasTheInstantsOfK6(t *testing.T) {
	// 2/s for 5 s, then evenly up to 3/s within 5 s: after 10 signals, number n is due where 2x + x²/10 = n - 9.
	s := &schedule{Count: 22, PerMs: 1000, StartRate: 2, Stages: []stage{{5000, 2}, {5000, 3}}}
	next := rampOf(s, tuple(t, "", ""))
	var all []time.Duration
	for {
		after, number, ok := next()
		if !ok {
			break
		}
		if number != int64(len(all)) {
			t.Errorf("number %d", number)
		}
		all = append(all, after.Round(time.Millisecond))
	}
	if len(all) != 22 || all[0] != 500*time.Millisecond || all[9] != 5*time.Second || all[10] != 5488*time.Millisecond || all[21] != 9832*time.Millisecond {
		t.Errorf("%v", all)
	}
	from := rampOf(&schedule{Count: 9, PerMs: 1000, StartRate: 0, Stages: []stage{{2000, 4}}}, tuple(t, "", ""))
	if after, _, _ := from(); after != time.Second {
		t.Errorf("from rest the first is due at %v", after)
	}
}

func TestARampEndsWithItsStages(t *testing.T) {
	next := rampOf(&schedule{Count: 99, PerMs: 1000, StartRate: 10, Stages: []stage{{1000, 10}}}, tuple(t, "", ""))
	for range 10 {
		if _, _, ok := next(); !ok {
			t.Fatal("too few")
		}
	}
	if _, _, ok := next(); ok {
		t.Error("too many")
	}
}

func sharedOf(t *testing.T, schedule string) (*shared, *notes) {
	t.Helper()
	c := parsed(t, strings.Replace(strings.Replace(ofGroups, "SCHEDULE", schedule, 1), `"code":"b"`, `"code":"","content":{"tickers":["A"]}`, 1))
	if found := c.Validate(); len(found) > 0 {
		t.Fatal(found)
	}
	n := &notes{}
	now := newRun(t, c, n)
	return newShared(now, tuple(t, "", ""), c), n
}

func TestRapidSignalsTakeWhicheverConnectionIsFree(t *testing.T) {
	s, n := sharedOf(t, `{"kind":"rapid","count":6,"webhook":2,"vus":4}`)
	s.Due(s.started)
	s.Free(3, sender.Answered{Outcome: "accepted"})
	s.Due(s.started)
	want := "0:run-7 to 2, fire 0, 1:run-8 to 2, fire 1, 2:run-9 to 2, fire 2, 3:run-10 to 2, fire 3, accepted, 3:run-11 to 2, fire 3"
	if n.told() != want || s.IsDone() {
		t.Errorf("%s\n%s", n.told(), want)
	}
	s.retire()
	if want += ", dropped 1"; n.told() != want {
		t.Errorf("%s", n.told())
	}
}

func TestRecordedSignalsKeepTheirTimes(t *testing.T) {
	s, n := sharedOf(t, `{"kind":"replay","count":3,"timesMs":[0,250,250],"signals":[0,1,0],"firstWebhook":1,"webhooks":2,"vus":4}`)
	if next := s.Due(s.started); !next.Equal(s.started.Add(250 * time.Millisecond)) {
		t.Errorf("next at %v", next)
	}
	s.Due(s.started.Add(251 * time.Millisecond))
	if want := "0:run-7 to 1, fire 0, 1:run-8 to 2, fire 1, 2:run-7 to 1, fire 2"; n.told() != want {
		t.Errorf("%s\n%s", n.told(), want)
	}
}
