package plan

import (
	"testing"
	"time"
)

func TestAPhaseStartsWhereAllGeneratorsFindIt(t *testing.T) {
	started := time.UnixMilli(1_000_000)
	near, far := 994_900.0, 900_000.0
	for name, c := range map[string]struct {
		data runData
		want int64
	}{
		"alone":            {runData{ReadyAtMs: 990_000}, 1_000_000},
		"told":             {runData{IsShared: true, OriginMs: &near}, 999_900},
		"the clock jumped": {runData{IsShared: true, OriginMs: &far}, 1_000_000},
		"not told":         {runData{IsShared: true, ReadyAtMs: 990_000}, 1_025_000},
	} {
		if got := originOf(&c.data, started, 5000); got.UnixMilli() != c.want {
			t.Errorf("%s: %d", name, got.UnixMilli())
		}
	}
}
