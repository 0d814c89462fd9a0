package timeline

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/output"
)

func TestSettingsTellAllProblemsAtOnce(t *testing.T) {
	_, err := parseSettings(output.Params{Environment: map[string]string{
		envLedger: "maybe", envClock: "now", envScenario: "../x",
	}})
	for _, name := range []string{"--out timeline=DIR", envLedger, envClock, envScenario} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
	s, err := parseSettings(output.Params{ConfigArgument: "d", ScriptPath: &url.URL{Path: "/x/sustained.js"}})
	if err != nil || s.scenario != "sustained" || !s.ledger || s.runID == "" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestOneOfSeveralGeneratorsHasAFolderOfItsOwn(t *testing.T) {
	tags := map[string]string{tagInstance: "2", tagTestRun: "nightly"}
	for _, c := range []struct {
		env           map[string]string
		folder, runID string
	}{
		{map[string]string{}, "d/k6-2", "nightly"},
		{map[string]string{envGenerator: "pod-a", envRunID: "r"}, "d/pod-a", "r"},
		{map[string]string{envGenerator: "../up"}, "", ""},
	} {
		s, err := parseSettings(output.Params{
			ConfigArgument: "d", Environment: c.env, ScriptPath: &url.URL{Path: "/x/sustained.js"},
			ScriptOptions: lib.Options{RunTags: tags},
		})
		if c.folder == "" {
			if err == nil || !strings.Contains(err.Error(), envGenerator) {
				t.Errorf("%v: %v", c.env, err)
			}
			continue
		}
		if err != nil || s.folder != c.folder || s.runID != c.runID {
			t.Errorf("%v: folder %s, run %s, %v", c.env, s.folder, s.runID, err)
		}
	}
}

func TestClockIgnoresAStepOfTheWallClock(t *testing.T) {
	pair := notePair()
	clock := newRunClock(pair)
	now := time.Now()
	if off := clock.us(now) - now.UnixMicro(); off < -50_000 || off > 50_000 {
		t.Errorf("off by %d µs", off)
	}
	// A process that starts after the wall clock was set back by an hour, with the pair of its run.
	stepped := newRunClock(clockPair{wallUs: pair.wallUs + 3_600_000_000, monotonicUs: pair.monotonicUs})
	if off := stepped.us(now) - clock.us(now) - 3_600_000_000; off < -1000 || off > 1000 {
		t.Errorf("off by %d µs from its run", off)
	}
}

func TestHeartbeat(t *testing.T) {
	h := heartbeat{}
	for _, c := range []struct {
		nowUs   int64
		stalled bool
	}{{1_000_000, false}, {1_010_000, false}, {1_110_000, false}, {1_310_001, true}, {1_320_000, false}} {
		if _, stalled := h.beat(c.nowUs); stalled != c.stalled {
			t.Errorf("at %d: stalled %v", c.nowUs, stalled)
		}
	}
}

func TestMeaningOfMetrics(t *testing.T) {
	for name, want := range map[string]string{
		"webhook_load_accepted":   "accepted",
		"webhook_readback_failed": "failed",
		"webhook_load_perhaps":    "",
		"webhook_success":         "",
		"http_reqs":               "",
		"webhook_nobody_accepted": "",
	} {
		outcome, found := outcomeOf(name)
		if outcome != want || found != (want != "") {
			t.Errorf("%s: %q, %v", name, outcome, found)
		}
	}
}
