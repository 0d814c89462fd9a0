package sender

import (
	"slices"
	"strconv"
	"testing"
	"time"
)

// atStart is an answer that came as the process began.
func atStart(p *promises, id, outcome string, hash int64) signalAnswer {
	return signalAnswer{id: id, outcome: outcome, hash: hash, sent: p.began, ended: p.began}
}

func TestEveryAcceptanceIsWaitedFor(t *testing.T) {
	p := newPromises([]string{"y"})
	for _, answer := range []struct {
		id, outcome string
	}{
		{"k3f9-a1", accepted},
		// Past the TTL: a second effect.
		{"k3f9-g2", accepted}, {"k3f9-g2", accepted}, {"k3f9-g2", duplicate},
		// Only called a duplicate: somebody has accepted it.
		{"k3f9-i3", duplicate}, {"k3f9-i3", duplicate},
		// Told apart by the ticker alone.
		{"k3f9-u4~AAPL", accepted}, {"k3f9-u4~MSFT", accepted},
		// Another price under the same id may be a change of the first.
		{"k3f9-y5", accepted}, {"k3f9-y5", accepted},
		{"k3f9-a6", limited}, {"k3f9-a7", failed}, {"k3f9-a8", timedOut}, {"no number", accepted},
	} {
		p.answered(atStart(p, answer.id, answer.outcome, -1))
	}
	ids := []string{"k3f9-a1", "k3f9-g2", "k3f9-g2", "k3f9-i3", "k3f9-u4", "k3f9-u4", "k3f9-y5", "k3f9-a6", "other"}
	if n := p.left(ids).Missing; n != 0 {
		t.Errorf("%d missing of all", n)
	}
	if n := p.left(nil).Missing; n != 7 {
		t.Errorf("%d missing of none", n)
	}
	for at := range 7 {
		without := slices.Delete(slices.Clone(ids), at, at+1)
		if n := p.left(without).Missing; n != 1 {
			t.Errorf("without %s: %d missing", ids[at], n)
		}
	}
	// One too many of another signal makes up for nothing.
	if n := p.left([]string{"k3f9-a1", "k3f9-a1", "k3f9-a1"}).Missing; n != 6 {
		t.Errorf("%d missing", n)
	}
}

func TestAReplayOfTheFirstAnswerPromisesNothing(t *testing.T) {
	p := newPromises(nil)
	p.answered(atStart(p, "k-a1", accepted, 7))
	p.answered(atStart(p, "k-a1", accepted, 7))
	if n := p.left([]string{"k-a1"}).Missing; n != 0 {
		t.Errorf("%d missing", n)
	}
	p.answered(atStart(p, "k-a1", accepted, 8))
	if n := p.left([]string{"k-a1"}).Missing; n != 1 {
		t.Errorf("%d missing", n)
	}
}

func TestPagesAreSeenAsOneReading(t *testing.T) {
	p := newPromises(nil)
	for n := range 5 {
		p.answered(atStart(p, "k-a"+strconv.Itoa(n), accepted, -1))
	}
	l := p.look()
	l.See([]string{"k-a0", "k-a3"})
	l.See([]string{"k-a1", "k-a0", "other-a2"})
	// Promised after the look began: its page may have been read before.
	p.answered(atStart(p, "k-a7", accepted, -1))
	p.answered(atStart(p, "k-b0", accepted, -1))
	if got := l.Left(); got.Missing != 2 {
		t.Errorf("%+v", got)
	}
	if got := p.look().Left(); got.Missing != 7 {
		t.Errorf("another reading: %+v", got)
	}
}

func TestWhatIsPassedOverIsToldApartFromTheLast(t *testing.T) {
	p := newPromises(nil)
	at := func(ms int) time.Time { return p.began.Add(time.Duration(ms) * time.Millisecond) }
	// Answered after 5 ms each, one every 10 ms.
	ids := []string{}
	for n := range 10 {
		id := "k-a" + strconv.Itoa(n)
		p.answered(signalAnswer{id, accepted, -1, at(10 * n), at(10*n + 5)})
		ids = append(ids, id)
	}
	for _, c := range []struct {
		name string
		seen []string
		want left
	}{
		{"nothing was processed", nil, left{10, 10}},
		{"the worker stopped after the fourth", ids[:4], left{6, 6}},
		{"the third was dropped", slices.Delete(slices.Clone(ids), 2, 3), left{1, 0}},
		{"the third was dropped, then the worker stopped", []string{ids[0], ids[1], ids[3], ids[4]}, left{6, 5}},
		{"all came", ids, left{}},
	} {
		if got := p.left(c.seen); got != c.want {
			t.Errorf("%s: %+v, not %+v", c.name, got, c.want)
		}
	}
	// Sent together: neither has overtaken the other.
	p.answered(signalAnswer{"k-b0", accepted, -1, at(200), at(290)})
	p.answered(signalAnswer{"k-b1", accepted, -1, at(210), at(220)})
	if got := p.left(append(ids, "k-b1")); got != (left{1, 1}) {
		t.Errorf("together: %+v", got)
	}
}
