package plan

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/executor"
	"go.k6.io/k6/v2/metrics"

	"webhook-stress.internal/k6/sender"
)

// Executor sends one phase.
type Executor struct {
	*executor.BaseExecutor

	config *Config
	state  *lib.ExecutionState
	et     *lib.ExecutionTuple
}

var _ lib.Executor = &Executor{}

// Init finds this segment's share.
func (e *Executor) Init(context.Context) (err error) {
	e.et, err = e.state.ExecutionTuple.GetNewExecutionTupleFromValue(e.config.Connections.Max)
	return err
}

// run is one run of a phase, as its scripts need it.
type run struct {
	phase   *phase
	data    *runData
	lanes   sender.Lanes
	outlet  outlet
	state   *lib.ExecutionState
	numbers bool
	ctx     context.Context //nolint:containedctx // that of Run
	started time.Time
	// origin is when the phase starts for all generators of the run: what is to happen at an instant counts from it.
	origin time.Time
	err    error
}

// outlet takes what a script tells of iterations: a sender.Outlet.
type outlet interface {
	Iteration(started, ended time.Time, outcome string)
	Dropped(ctx context.Context, at time.Time, count int64)
}

// prepareSignal writes signal n of the phase for a webhook.
func (r *run) prepareSignal(lane int, o *sender.Order, webhook, n int64) error {
	if err := r.data.hasWebhook(webhook); err != nil {
		return err
	}
	to := r.data.Webhooks[webhook]
	o.Webhook, o.Token, o.Secret, o.Purpose = int(webhook), to.Token, to.Secret, r.phase.Purpose
	if err := r.phase.Signals[0].fill(o, r.data.RunTag, n, r.numbers); err != nil {
		return err
	}
	return r.lanes.Prepare(lane, o)
}

// ended counts an iteration. One that the end of the run cut counts as interrupted.
func (r *run) ended(started, ended time.Time, outcome string) {
	if r.ctx.Err() != nil {
		r.state.AddInterruptedIterations(1)
		return
	}
	r.state.AddFullIterations(1)
	r.outlet.Iteration(started, ended, outcome)
}

// Run sends the phase.
func (e *Executor) Run(parent context.Context, out chan<- metrics.SampleContainer) error {
	started := time.Now()
	ctx, cancel := context.WithDeadline(parent, started.Add(e.config.duration()+e.config.GetGracefulStop()))
	defer cancel()
	now, err := e.prepare(out)
	if err != nil {
		return fmt.Errorf("scenario %s: %w", e.config.Name, err)
	}
	now.ctx, now.started = ctx, started
	now.origin = originOf(now.data, started, now.phase.StartMs)
	script := e.scriptOf(now)
	defer script.retire()
	if err := now.lanes.Run(ctx, script); err != nil {
		return fmt.Errorf("scenario %s: %w", e.config.Name, err)
	}
	return now.err
}

// script is a sender.Script that counts iterations and VUs for k6.
type script interface {
	sender.Script
	// retire takes its VUs back, and tells what was not started or not ended.
	retire()
}

func (e *Executor) scriptOf(now *run) script {
	s := &now.phase.Schedule
	switch s.Kind {
	case "rate":
		return newAtRate(now, e.et, rateOf(s, e.et), e.config)
	case "ramp":
		return newAtRate(now, e.et, rampOf(s, e.et), e.config)
	case "rapid", "replay":
		return newShared(now, e.et, e.config)
	default:
		return newAtInstants(now, e.config)
	}
}

func (e *Executor) prepare(out chan<- metrics.SampleContainer) (*run, error) {
	p, err := e.config.phase()
	if err != nil {
		return nil, err
	}
	test := e.state.Test
	if test.Options.RPS.Int64 > 0 {
		return nil, errors.New("k6's option rps is not kept here: set MAX_RATE instead, or STRESS_SENDER=k6-http to send through k6")
	}
	data, err := parseRunData(test.Runner.GetSetupData())
	if err != nil {
		return nil, err
	}
	profile, err := sender.Opened()
	if err != nil {
		return nil, err
	}
	dialer, err := dialerOf(&test.Options)
	if err != nil {
		return nil, err
	}
	secure, err := tlsOf(test)
	if err != nil {
		return nil, err
	}
	success, err := e.success()
	if err != nil {
		return nil, err
	}
	scenarioTags, iterationTags := e.tags()
	outlet := profile.NewOutlet(sender.OutletFor{
		Options: &test.Options, Builtin: test.BuiltinMetrics, Tags: iterationTags, DroppedTags: scenarioTags, Success: success,
		Samples: out, Dialer: dialer,
	})
	maxLanes := e.state.ExecutionTuple.ScaleInt64(e.config.Connections.Max)
	lanes, err := profile.NewLanes(&sender.Situation{Options: &test.Options, Dialer: dialer, TLS: secure, Outlet: outlet, Lanes: int(maxLanes)})
	if err != nil {
		return nil, err
	}
	return &run{phase: p, data: data, lanes: lanes, outlet: outlet, state: e.state, numbers: profile.UsesNumbers()}, nil
}

func (e *Executor) success() (*metrics.Metric, error) {
	if e.config.Success == "" {
		return nil, nil //nolint:nilnil // none is asked for
	}
	return e.state.Test.Registry.NewMetric(e.config.Success, metrics.Rate)
}

// tags gives those of k6's executors, and those of a VU that k6 runs in a scenario.
func (e *Executor) tags() (ofScenario, ofIteration *metrics.TagSet) {
	enabled := e.state.Test.Options.SystemTags
	ofScenario = e.state.Test.RunTags
	ofIteration = e.state.Test.RunTags.WithTagsFromMap(e.config.Tags)
	if enabled.Has(metrics.TagGroup) {
		ofIteration = ofIteration.With(metrics.TagGroup.String(), lib.RootGroupPath)
	}
	if enabled.Has(metrics.TagScenario) {
		ofScenario = ofScenario.With(metrics.TagScenario.String(), e.config.Name)
		ofIteration = ofIteration.With(metrics.TagScenario.String(), e.config.Name)
	}
	return ofScenario, ofIteration
}
