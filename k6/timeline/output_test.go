package timeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/output"
)

func TestTrailAndOutcomeAreJoinedInEitherOrder(t *testing.T) {
	b := newBench(t, nil)
	b.add(b.trail("1-1", "s-1", nil, 5*time.Millisecond))
	b.add(b.outcome("1-1", "webhook_load_accepted"))
	b.add(b.outcome("1-2", "webhook_load_duplicate"), b.trail("1-2", "s-1", nil, 7*time.Millisecond))
	b.stop()

	_, ledger, end := b.lines("hft.requests.ndjson")
	if len(ledger) != 2 || end["lines"] != 2.0 {
		t.Fatalf("%d lines, end line %v", len(ledger), end)
	}
	for i, want := range []string{"accepted", "duplicate"} {
		got := ledger[i]
		if got["outcome"] != want || got["signal"] != "s-1" || got["webhook"] != 3.0 || got["phase"] != "part_a" ||
			got["status"] != 200.0 || got["purpose"] != "load" {
			t.Errorf("line %d: %v", i, got)
		}
	}
	if took := ledger[0]["endUs"].(float64) - ledger[0]["sendUs"].(float64); took != 5000 {
		t.Errorf("service time %v µs", took)
	}
	_, timeline, _ := b.lines("hft.timeline.ndjson")
	counts := map[any]any{}
	for _, l := range timeline {
		counts[l["outcome"]] = l["count"]
	}
	if counts["accepted"] != 1.0 || counts["duplicate"] != 1.0 {
		t.Errorf("timeline counts %v", counts)
	}
}

func TestACommonRequestCostsTwoAllocationsInTheJoin(t *testing.T) {
	b := newBench(t, nil)
	trail := b.trail("1", "s-1", nil, time.Millisecond)
	sample := b.outcome("1", "webhook_load_accepted")
	b.add(trail, sample)
	b.output.mutex.Lock()
	allocations := testing.AllocsPerRun(1000, func() {
		b.output.takeTrail(trail, 1)
		b.output.takeSample(&sample, 1)
	})
	b.output.mutex.Unlock()
	b.stop()
	// Two values of the request: as it comes, and as it leaves the join.
	if allocations > 2 {
		t.Errorf("%v allocations a request", allocations)
	}
}

func TestATrailWithoutOutcomeIsUnclassified(t *testing.T) {
	b := newBench(t, nil)
	b.add(b.trail("1-1", "", nil, time.Millisecond), b.outcome("9-9", "webhook_load_accepted"))
	b.stop()
	_, ledger, _ := b.lines("hft.requests.ndjson")
	if len(ledger) != 1 || ledger[0]["outcome"] != unclassified {
		t.Errorf("%v", ledger)
	}
	if !strings.Contains(b.log.String(), "1 outcomes belong to no request") {
		t.Errorf("log: %s", b.log)
	}
}

func TestPendingIsBounded(t *testing.T) {
	b := newBench(t, nil)
	b.output.mutex.Lock()
	for i := range maxPending + 10 {
		id := string(rune('a'+i%26)) + time.Duration(i).String()
		b.output.join.pending[id] = request{id: id, tagged: tagged{purpose: "load"}, endUs: 1_000_000, seenUs: b.output.clock.nowUs()}
	}
	b.output.mutex.Unlock()
	b.add(b.trail("last", "", nil, time.Millisecond))
	if n := len(b.output.join.pending); n > maxPending {
		t.Errorf("%d pending", n)
	}
	b.stop()
}

func TestLateSamplesGetALineOfTheirOwnAndAddUp(t *testing.T) {
	b := newBench(t, nil)
	early := b.trail("1", "s", nil, time.Millisecond)
	late := b.trail("2", "s", nil, time.Millisecond)
	late.EndTime = early.EndTime
	b.add(early, b.outcome("1", "webhook_load_accepted"))
	b.output.mutex.Lock()
	if err := b.output.seconds.flush(1<<60, b.output.timeline); err != nil {
		t.Fatal(err)
	}
	b.output.mutex.Unlock()
	b.add(late, b.outcome("2", "webhook_load_accepted"))
	b.stop()
	_, timeline, _ := b.lines("hft.timeline.ndjson")
	if len(timeline) != 2 || timeline[0]["second"] != timeline[1]["second"] {
		t.Errorf("%v", timeline)
	}
}

func TestHistogramsHoldServiceAndFullTimes(t *testing.T) {
	b := newBench(t, nil)
	slow := b.trail("1", "s", nil, 200*time.Second)
	fresh := b.trail("2", "s", nil, 10*time.Millisecond)
	fresh.Blocked, fresh.Connecting, fresh.ConnDuration = 6*time.Millisecond, 5*time.Millisecond, 5*time.Millisecond
	b.add(slow, b.outcome("1", "webhook_load_failed"), fresh, b.outcome("2", "webhook_load_accepted"))
	b.stop()
	_, timeline, _ := b.lines("hft.timeline.ndjson")
	for _, l := range timeline {
		service, err := hdrhistogram.Decode([]byte(l["service"].(string)))
		if err != nil {
			t.Fatal(err)
		}
		full, err := hdrhistogram.Decode([]byte(l["full"].(string)))
		if err != nil {
			t.Fatal(err)
		}
		switch l["outcome"] {
		case "failed":
			if !service.ValuesAreEquivalent(service.Max(), highestUs) {
				t.Errorf("clamped to %d", service.Max())
			}
		case "accepted":
			if !service.ValuesAreEquivalent(service.Max(), 10_000) || !full.ValuesAreEquivalent(full.Max(), 16_000) {
				t.Errorf("service %d, full %d", service.Max(), full.Max())
			}
		}
	}
}

func TestWithoutLedger(t *testing.T) {
	b := newBench(t, map[string]string{envLedger: "off"})
	b.add(b.trail("1", "s", nil, time.Millisecond), b.outcome("1", "webhook_load_accepted"))
	b.stop()
	if _, err := os.Stat(filepath.Join(b.folder, "hft.requests.ndjson")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the ledger is there: %v", err)
	}
}

func TestEverythingCountsUnderConcurrentFlushes(t *testing.T) {
	b := newBench(t, nil)
	const n = 20_000
	for i := range n {
		id := time.Duration(i).String()
		b.add(b.trail(id, "s", nil, time.Millisecond), b.outcome(id, "webhook_load_accepted"))
		if i%500 == 0 {
			b.output.mutex.Lock()
			b.output.flush()
			b.output.mutex.Unlock()
		}
	}
	b.stop()
	_, ledger, end := b.lines("hft.requests.ndjson")
	if len(ledger) != n || end["lines"] != float64(n) {
		t.Errorf("%d requests, end line %v", len(ledger), end)
	}
	_, timeline, _ := b.lines("hft.timeline.ndjson")
	total := 0.0
	for _, l := range timeline {
		if count, ok := l["count"].(float64); ok {
			total += count
		}
	}
	if total != n {
		t.Errorf("the timeline counts %v", total)
	}
}

type failingFile struct{ leftBytes int }

func (f *failingFile) Write(p []byte) (int, error) {
	if f.leftBytes -= len(p); f.leftBytes < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

func (*failingFile) Close() error { return nil }

func TestAWriteErrorIsLoudStopsTheRunAndLeavesNoEndLine(t *testing.T) {
	b := newBench(t, nil)
	file, err := newJournalFile("full", &failingFile{leftBytes: 1000}, header{})
	if err != nil {
		t.Fatal(err)
	}
	b.output.mutex.Lock()
	b.output.ledger.file = file
	b.output.mutex.Unlock()
	for i := range 1000 {
		id := time.Duration(i).String()
		b.add(b.trail(id, "s", nil, time.Millisecond), b.outcome(id, "webhook_load_accepted"))
	}
	b.output.mutex.Lock()
	b.output.flush()
	b.output.flush()
	b.output.mutex.Unlock()
	if len(b.stopped) != 1 || !strings.Contains(b.stopped[0].Error(), "no space left") {
		t.Errorf("stopped with %v", b.stopped)
	}
	field := `unwritable="{\"path\":\"full\",\"refusal\":\"no space left on device\"}"`
	if strings.Count(b.log.String(), "level=error") != 1 || strings.Count(b.log.String(), field) != 1 {
		t.Errorf("log: %s", b.log)
	}
	if err := b.output.Stop(); err == nil {
		t.Error("Stop tells nothing")
	}
}

func TestAFileThatCannotBeOpenedIsNamedInAFieldOfTheError(t *testing.T) {
	folder := t.TempDir()
	_, err := createJournalFile(folder, "missing/a.ndjson", header{})
	expected := `{"path":"` + filepath.Join(folder, "missing/a.ndjson") + `","refusal":"no such file or directory"}`
	if got := errext.FieldsFromErr(err)["unwritable"]; got != expected {
		t.Errorf("%v instead of %s", got, expected)
	}
}

func TestAJournalThatIsThereIsNotOverwritten(t *testing.T) {
	b := newBench(t, nil)
	b.stop()
	path := filepath.Join(b.folder, "hft.requests.ndjson")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := newOutput(output.Params{Logger: logrus.New(), ConfigArgument: b.folder, Environment: map[string]string{envScenario: "hft"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Start(); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("%v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("it changed: %v", err)
	}
}

func TestStartSaysThatTheFolderCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := newOutput(output.Params{Logger: logrus.New(), ConfigArgument: file})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Start(); err == nil || !strings.Contains(err.Error(), "timeline output") {
		t.Errorf("%v", err)
	}
}
