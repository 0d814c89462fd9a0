// Package timeline is the k6 output of webhook-stress. It listens to whole HTTP trails, one a request, and writes
// <scenario>.timeline.ndjson (counts and histograms by second, phase, purpose and outcome) and <scenario>.requests.ndjson
// (a line a request; of a long scenario in pieces, see pieces.go). What an answer meant only the script knows, after the answer: it says so in a sample of the metric
// webhook_<purpose>_<outcome> with the same request id in its metadata, and the two are joined here. The shapes are
// described in contract/journal/journal.ts and docs/journal.md.
package timeline

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
)

const flushEvery = time.Second

func init() {
	output.RegisterExtension("timeline", func(params output.Params) (output.Output, error) {
		return newOutput(params)
	})
}

// Output implements output.Output and output.WithTestRunStop.
type Output struct {
	settings settings
	logger   logrus.FieldLogger
	stopRun  func(error)

	mutex    sync.Mutex
	clock    runClock
	timeline *journalFile
	ledger   *ledger
	seconds  *seconds
	join     *join
	meanings map[*metrics.Metric]metricMeaning
	tags     map[*metrics.TagSet]tagged
	beats    heartbeat
	load     ownLoad
	failed   bool

	done chan struct{}
	wait sync.WaitGroup
}

var (
	_ output.Output          = &Output{}
	_ output.WithTestRunStop = &Output{}
)

func newOutput(params output.Params) (*Output, error) {
	s, err := parseSettings(params)
	if err != nil {
		return nil, err
	}
	o := &Output{
		settings: s,
		logger:   params.Logger.WithField("output", "timeline"),
		stopRun:  func(error) {},
		seconds:  newSeconds(),
		meanings: map[*metrics.Metric]metricMeaning{},
		tags:     map[*metrics.TagSet]tagged{},
		done:     make(chan struct{}),
	}
	o.join = newJoin(o.finish)
	return o, nil
}

// Description is what `k6 run` shows of this output.
func (o *Output) Description() string {
	return "timeline (" + o.settings.folder + ")"
}

// SetTestRunStopCallback takes the way to end the test run when the journal cannot be written.
func (o *Output) SetTestRunStopCallback(stop func(error)) {
	o.stopRun = stop
}

// Start opens the files and starts flushing and the heartbeat.
func (o *Output) Start() error {
	pair := notePair()
	if o.settings.clock != nil {
		pair = *o.settings.clock
	}
	o.clock = newRunClock(pair)
	o.load.begin(o.clock.nowUs())
	head := header{
		Version:     journalVersion,
		RunID:       o.settings.runID,
		Scenario:    o.settings.scenario,
		StartedAtUs: o.clock.nowUs(),
		Clock:       headerClock{WallUs: pair.wallUs, MonotonicUs: pair.monotonicUs},
	}
	head.Format = "timeline"
	timeline, err := createJournalFile(o.settings.folder, o.settings.scenario+".timeline.ndjson", head)
	if err != nil {
		return err
	}
	o.timeline = timeline
	if o.settings.ledger {
		head.Format = "ledger"
		o.ledger, err = newLedger(&o.settings, head, o.logger)
		if err != nil {
			return err
		}
	}
	o.wait.Add(1)
	go o.keepTime()
	return nil
}

// keepTime beats and flushes.
func (o *Output) keepTime() {
	defer o.wait.Done()
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	nextFlush := time.Now().Add(flushEvery)
	for {
		select {
		case <-o.done:
			return
		case <-beat.C:
		}
		o.mutex.Lock()
		o.noteStall()
		if now := time.Now(); now.After(nextFlush) {
			nextFlush = now.Add(flushEvery)
			o.flush()
		}
		o.mutex.Unlock()
	}
}

func (o *Output) noteStall() {
	nowUs := o.clock.nowUs()
	if fromUs, stalled := o.beats.beat(nowUs); stalled {
		o.timeline.write(fmt.Appendf(nil, "{\"stallFromUs\":%d,\"stallToUs\":%d}\n", fromUs, nowUs))
	}
}

// flush writes what is settled, gives up on what waits too long, and tells of a write error once.
func (o *Output) flush() {
	nowUs := o.clock.nowUs()
	o.join.giveUpBefore(nowUs - graceUs)
	if err := o.seconds.flush(nowUs/1_000_000-settleSeconds+1, o.timeline); err != nil {
		o.timeline.fail(err)
	}
	o.timeline.write(o.load.line(nowUs))
	o.timeline.flush()
	if o.ledger != nil {
		o.ledger.file.flush()
	}
	o.reportFailure()
}

func (o *Output) reportFailure() {
	err := o.timeline.err
	if err == nil && o.ledger != nil {
		err = o.ledger.file.err
	}
	if err == nil || o.failed {
		return
	}
	o.failed = true
	o.logger.WithFields(errext.FieldsFromErr(err)).Error(err)
	o.stopRun(err)
}

// Stop writes all that is left and the end lines. An error makes k6 say so; the missing end line makes the report say so.
func (o *Output) Stop() error {
	close(o.done)
	o.wait.Wait()
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.noteStall()
	const everything = int64(1) << 62
	o.join.giveUpBefore(everything)
	if n := o.join.unmatched; n > 0 {
		o.logger.Warnf("timeline output: %d outcomes belong to no request that was seen", n)
	}
	if err := o.seconds.flush(everything, o.timeline); err != nil {
		o.timeline.fail(err)
	}
	o.timeline.write(o.load.line(o.clock.nowUs()))
	err := o.timeline.end()
	if o.ledger != nil {
		err = errors.Join(err, o.ledger.end())
	}
	o.reportFailure()
	return err
}
