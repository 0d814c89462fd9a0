package sender

import (
	"slices"
	"testing"
)

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
		p.answered(answer.id, answer.outcome, -1)
	}
	ids := []string{"k3f9-a1", "k3f9-g2", "k3f9-g2", "k3f9-i3", "k3f9-u4", "k3f9-u4", "k3f9-y5", "k3f9-a6", "other"}
	if n := p.missing(ids); n != 0 {
		t.Errorf("%d missing of all", n)
	}
	if n := p.missing(nil); n != 7 {
		t.Errorf("%d missing of none", n)
	}
	for at := range 7 {
		without := slices.Delete(slices.Clone(ids), at, at+1)
		if n := p.missing(without); n != 1 {
			t.Errorf("without %s: %d missing", ids[at], n)
		}
	}
	// One too many of another signal makes up for nothing.
	if n := p.missing([]string{"k3f9-a1", "k3f9-a1", "k3f9-a1"}); n != 6 {
		t.Errorf("%d missing", n)
	}
}

func TestAReplayOfTheFirstAnswerPromisesNothing(t *testing.T) {
	p := newPromises(nil)
	p.answered("k-a1", accepted, 7)
	p.answered("k-a1", accepted, 7)
	if n := p.missing([]string{"k-a1"}); n != 0 {
		t.Errorf("%d missing", n)
	}
	p.answered("k-a1", accepted, 8)
	if n := p.missing([]string{"k-a1"}); n != 1 {
		t.Errorf("%d missing", n)
	}
}
