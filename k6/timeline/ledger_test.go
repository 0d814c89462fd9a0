package timeline

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.k6.io/k6/v2/metrics"
)

func TestWhatTheScriptSaysOfAnAnswerReachesItsLine(t *testing.T) {
	said := func(b *bench, id string, metadata map[string]string) metrics.Sample {
		sample := b.outcome(id, "webhook_probe_limited")
		for key, value := range metadata {
			sample.Metadata[key] = value
		}
		return sample
	}
	b := newBench(t, nil)
	both := map[string]string{metadataHeaders: `{"Retry-After":"1"}`, metadataAnswerHash: "4294967295"}
	b.add(b.trail("1", "s", nil, 0), said(b, "1", both), said(b, "2", both), b.trail("2", "s", nil, 0))
	b.add(b.trail("3", "s", nil, 0), said(b, "3", map[string]string{metadataHeaders: `{"Retry-After":"0"}`}))
	b.add(b.trail("4", "s", nil, 0), said(b, "4", map[string]string{metadataHeaders: `1,"x":2`, metadataAnswerHash: "-1"}))
	b.add(b.trail("5", "s", nil, 0), said(b, "5", nil))
	b.stop()
	_, ledger, _ := b.lines("hft.requests.ndjson")
	// A set of headers is told once, before the first line that has it; what is not a JSON object is not recorded.
	for i, want := range []struct{ headerSet, headers, answerHash any }{
		{1.0, nil, nil}, {nil, 1.0, 4294967295.0}, {nil, 1.0, 4294967295.0},
		{2.0, nil, nil}, {nil, 2.0, nil}, {nil, 0.0, nil}, {nil, nil, nil},
	} {
		got := ledger[i]
		if got["headerSet"] != want.headerSet || got["headers"] != want.headers || got["answerHash"] != want.answerHash {
			t.Errorf("line %d: %v", i, got)
		}
	}
}

func TestEffectsReadbacksAndDroppedIterations(t *testing.T) {
	b := newBench(t, nil)
	effect := b.outcome("x", effectMetric)
	effect.Metadata = map[string]string{metadataSignal: "s-1", metadataWebhook: "2", metadataProcessedAt: "1234567"}
	readback := b.outcome("y", readbackMetric)
	readback.Value = 7
	readback.Metadata = map[string]string{metadataWebhook: "2", metadataTotal: "9"}
	dropped := b.outcome("z", metrics.DroppedIterationsName)
	dropped.Value = 4
	dropped.Tags = b.registry.RootTagSet().With("scenario", "sustained")
	b.add(effect, metrics.Samples{readback, dropped})
	b.stop()

	_, ledger, _ := b.lines("hft.requests.ndjson")
	if len(ledger) != 2 || ledger[0]["effect"] != "s-1" || ledger[0]["processedAtUs"] != 1234567.0 ||
		ledger[1]["readback"] != 2.0 || ledger[1]["effects"] != 7.0 || ledger[1]["total"] != 9.0 {
		t.Errorf("%v", ledger)
	}
	_, timeline, _ := b.lines("hft.timeline.ndjson")
	if len(timeline) != 1 || timeline[0]["dropped"] != 4.0 || timeline[0]["phase"] != "sustained" {
		t.Errorf("%v", timeline)
	}
}

func TestHostileTextStaysInItsString(t *testing.T) {
	hostile := "a\"b\\c\nd\u2028</script>\x1b[31m\xff"
	b := newBench(t, nil)
	b.add(b.trail("1", hostile, nil, time.Millisecond), b.outcome("1", "webhook_probe_limited"))
	b.stop()
	_, ledger, _ := b.lines("hft.requests.ndjson")
	want, _ := json.Marshal(hostile)
	var back string
	if err := json.Unmarshal(want, &back); err != nil {
		t.Fatal(err)
	}
	if ledger[0]["signal"] != back {
		t.Errorf("%q", ledger[0]["signal"])
	}
}

func TestOnlyKnownTagsAreWritten(t *testing.T) {
	b := newBench(t, nil)
	b.add(
		b.trail("1", "s", map[string]string{"url": "http://h/?secret=CANARY", "name": "CANARY", "error": "CANARY", "error_code": "1050"}, 0),
		b.outcome("1", "webhook_load_timeout"),
	)
	b.stop()
	for _, name := range []string{"hft.requests.ndjson", "hft.timeline.ndjson"} {
		text, err := os.ReadFile(filepath.Join(b.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("CANARY")) {
			t.Errorf("%s holds it", name)
		}
	}
	_, ledger, _ := b.lines("hft.requests.ndjson")
	if ledger[0]["error"] != 1050.0 {
		t.Errorf("%v", ledger[0])
	}
}

func TestPollsAndWhatTheySawFirst(t *testing.T) {
	b := newBench(t, nil)
	poll := b.outcome("x", pollMetric)
	poll.Value = 7
	poll.Metadata = map[string]string{metadataTookMs: "12", metadataMissing: "3", metadataState: "reading"}
	sighting := b.outcome("y", sightingMetric)
	sighting.Metadata = map[string]string{metadataSignal: "s-1"}
	uncounted := b.outcome("z", pollMetric)
	uncounted.Value = 0
	uncounted.Metadata = map[string]string{metadataTookMs: "0", metadataState: "complete"}
	b.add(poll, sighting, uncounted)
	b.stop()

	_, ledger, _ := b.lines("hft.requests.ndjson")
	if len(ledger) != 3 || ledger[0]["effects"] != 7.0 || ledger[0]["missing"] != 3.0 || ledger[0]["state"] != "reading" ||
		ledger[0]["pollToUs"].(float64)-ledger[0]["pollFromUs"].(float64) != 12_000 {
		t.Fatalf("%v", ledger)
	}
	if ledger[1]["seen"] != "s-1" || len(ledger[1]) != 1 {
		t.Errorf("%v", ledger[1])
	}
	if _, counted := ledger[2]["missing"]; counted || ledger[2]["effects"] != 0.0 {
		t.Errorf("%v", ledger[2])
	}
}
