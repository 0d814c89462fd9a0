package timeline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

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
		// They come at any time, and have a test of their own.
		if _, isLoad := l["cpuUs"]; !isLoad {
			all = append(all, l)
		}
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
