package timeline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/lib/netext/httpext"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
)

// bench is an output in a folder of its own, with the metrics and tags that a run would have.
type bench struct {
	t        *testing.T
	output   *Output
	registry *metrics.Registry
	folder   string
	log      *bytes.Buffer
	stopped  []error
}

func newBench(t *testing.T, env map[string]string) *bench {
	t.Helper()
	b := &bench{t: t, registry: metrics.NewRegistry(), folder: t.TempDir(), log: &bytes.Buffer{}}
	logger := logrus.New()
	logger.SetOutput(b.log)
	all := map[string]string{envRunID: "run-1", envScenario: "hft"}
	for name, value := range env {
		all[name] = value
	}
	o, err := newOutput(output.Params{Logger: logger, ConfigArgument: b.folder, Environment: all})
	if err != nil {
		t.Fatal(err)
	}
	o.SetTestRunStopCallback(func(err error) { b.stopped = append(b.stopped, err) })
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	b.output = o
	return b
}

func (b *bench) trail(id, signal string, tags map[string]string, took time.Duration) *httpext.Trail {
	set := b.registry.RootTagSet()
	all := map[string]string{"scenario": "part_a", "purpose": "load", "status": "200"}
	for name, value := range tags {
		all[name] = value
	}
	return &httpext.Trail{
		EndTime:  time.Now(),
		Duration: took,
		Tags:     set.WithTagsFromMap(all),
		Metadata: map[string]string{metadataRequest: id, metadataSignal: signal, metadataWebhook: "3"},
	}
}

func (b *bench) outcome(id, metric string) metrics.Sample {
	m := b.registry.MustNewMetric(metric, metrics.Trend, metrics.Time)
	return metrics.Sample{
		TimeSeries: metrics.TimeSeries{Metric: m, Tags: b.registry.RootTagSet()},
		Time:       time.Now(),
		Value:      1,
		Metadata:   map[string]string{metadataRequest: id},
	}
}

func (b *bench) add(containers ...metrics.SampleContainer) {
	b.output.AddMetricSamples(containers)
}

type line map[string]any

// lines reads a journal file: header, data lines, end line (nil where there is none).
func (b *bench) lines(name string) (line, []line, line) {
	b.t.Helper()
	file, err := os.Open(filepath.Join(b.folder, name))
	if err != nil {
		b.t.Fatal(err)
	}
	defer file.Close()
	var all []line
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var l line
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			b.t.Fatalf("%s: %v: %s", name, err, scanner.Text())
		}
		all = append(all, l)
	}
	if last := all[len(all)-1]; last["end"] == true {
		return all[0], all[1 : len(all)-1], last
	}
	return all[0], all[1:], nil
}

func (b *bench) stop() {
	b.t.Helper()
	if err := b.output.Stop(); err != nil {
		b.t.Fatal(err)
	}
}

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
	for i := range mostPending + 10 {
		id := string(rune('a'+i%26)) + time.Duration(i).String()
		b.output.join.pending[id] = request{id: id, tagged: tagged{purpose: "load"}, endUs: 1_000_000, seenUs: b.output.clock.nowUs()}
	}
	b.output.mutex.Unlock()
	b.add(b.trail("last", "", nil, time.Millisecond))
	if n := len(b.output.join.pending); n > mostPending {
		t.Errorf("%d pending", n)
	}
	b.stop()
}

func TestEffectsReadbacksAndDroppedIterations(t *testing.T) {
	b := newBench(t, nil)
	effect := b.outcome("x", effectMetric)
	effect.Metadata = map[string]string{metadataSignal: "s-1", metadataWebhook: "2", metadataProcessedAt: "1234567"}
	readback := b.outcome("y", readbackMetric)
	readback.Value = 7
	readback.Metadata = map[string]string{metadataWebhook: "2"}
	dropped := b.outcome("z", metrics.DroppedIterationsName)
	dropped.Value = 4
	dropped.Tags = b.registry.RootTagSet().With("scenario", "sustained")
	b.add(effect, metrics.Samples{readback, dropped})
	b.stop()

	_, ledger, _ := b.lines("hft.requests.ndjson")
	if len(ledger) != 2 || ledger[0]["effect"] != "s-1" || ledger[0]["processedAtUs"] != 1234567.0 ||
		ledger[1]["readback"] != 2.0 || ledger[1]["effects"] != 7.0 {
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

type failingFile struct{ budget int }

func (f *failingFile) Write(p []byte) (int, error) {
	if f.budget -= len(p); f.budget < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

func (*failingFile) Close() error { return nil }

func TestAWriteErrorIsLoudStopsTheRunAndLeavesNoEndLine(t *testing.T) {
	b := newBench(t, nil)
	file, err := newJournalFile("full", &failingFile{budget: 1000}, header{})
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
	if strings.Count(b.log.String(), "no space left") != 1 {
		t.Errorf("log: %s", b.log)
	}
	if err := b.output.Stop(); err == nil {
		t.Error("Stop tells nothing")
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

func TestSettingsTellAllProblemsAtOnce(t *testing.T) {
	_, err := parseSettings(output.Params{Environment: map[string]string{
		envLedger: "maybe", envClock: "now", envScenario: "../x", envStopWithParent: "yes",
	}})
	for _, name := range []string{"--out timeline=DIR", envLedger, envClock, envScenario, envStopWithParent} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
	s, err := parseSettings(output.Params{ConfigArgument: "d", ScriptPath: &url.URL{Path: "/x/sustained.js"}})
	if err != nil || s.scenario != "sustained" || !s.ledger || s.runID == "" {
		t.Errorf("%+v, %v", s, err)
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
