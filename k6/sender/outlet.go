package sender

import (
	"context"
	"sync/atomic"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
	"go.k6.io/k6/v2/metrics"

	"webhook-stress.internal/k6/record"
)

const (
	// A batch is handed over when it is so old, or so large.
	batchAge  = 25 * time.Millisecond
	batchSize = 256
	// samplesOfIteration are those that k6 pushes at the end of an iteration, and webhook_success.
	samplesOfIteration = 5
)

// Outlet hands what was measured to k6's outputs. It belongs to the goroutine of its lanes.
type Outlet struct {
	profile *Profile
	options *lib.Options
	builtin *metrics.BuiltinMetrics
	// base are the tags of an iteration.
	base    *metrics.TagSet
	dropped *metrics.TagSet
	success *metrics.Metric
	samples chan<- metrics.SampleContainer
	dialer  *netext.Dialer
	tags    tagSets
	batch   *record.Batch
	since   time.Time
	// Bytes on the wire since the last batch.
	written, read int64
}

// OutletFor is what an outlet needs of k6. Success is a rate that tells whether a signal was accepted, or nil.
type OutletFor struct {
	Options *lib.Options
	Builtin *metrics.BuiltinMetrics
	// Tags are those of an iteration, DroppedTags of one that was not started.
	Tags, DroppedTags *metrics.TagSet
	Success           *metrics.Metric
	Samples           chan<- metrics.SampleContainer
	// Dialer counts what the connections that it made carry, unless lanes take them over.
	Dialer *netext.Dialer
}

// NewOutlet gives the outlet of one executor.
func (p *Profile) NewOutlet(of OutletFor) *Outlet {
	return &Outlet{
		profile: p, options: of.Options, builtin: of.Builtin, base: of.Tags, dropped: of.DroppedTags, success: of.Success, samples: of.Samples, dialer: of.Dialer,
		tags: tagSets{}, batch: &record.Batch{},
	}
}

func (o *Outlet) take(r *record.Record, what *asked, took time.Duration) {
	if o.since.IsZero() {
		o.since = r.Trail.EndTime
	}
	all := metrics.TagsAndMeta{Tags: o.tags.of(o.profile.shared.tagKeyOf(o.base, what, r), o.options), Metadata: metadataOf(nil, what)}
	o.batch.Samples = appendSamples(o.batch.Samples, r, measured{builtin: o.builtin, trend: o.profile.shared.trendOf(r), tags: all, took: took})
	o.batch.Records = append(o.batch.Records, r)
}

// Iteration tells that one has ended. Outcome is that of its signal; empty if it does not count as success or failure.
func (o *Outlet) Iteration(started, ended time.Time, outcome string) {
	o.add(o.builtin.IterationDuration, ended, metrics.D(ended.Sub(started)))
	o.add(o.builtin.Iterations, ended, 1)
	if o.success == nil || outcome == "" {
		return
	}
	value := 0.0
	if outcome == accepted {
		value = 1
	}
	o.add(o.success, ended, value)
}

// Dropped tells that so many iterations were not started.
func (o *Outlet) Dropped(ctx context.Context, at time.Time, count int64) {
	metrics.PushIfNotDone(ctx, o.samples, metrics.Sample{
		TimeSeries: metrics.TimeSeries{Metric: o.builtin.DroppedIterations, Tags: o.dropped}, Time: at, Value: float64(count),
	})
}

func (o *Outlet) add(metric *metrics.Metric, at time.Time, value float64) {
	o.batch.Samples = append(o.batch.Samples, metrics.Sample{
		TimeSeries: metrics.TimeSeries{Metric: metric, Tags: o.base}, Time: at, Value: value,
	})
}

// isDue tells whether the batch is to be handed over; dueAt when it will be, the zero time if there is nothing in it.
func (o *Outlet) isDue(now time.Time) bool {
	return len(o.batch.Records) >= batchSize || (!o.since.IsZero() && now.Sub(o.since) >= batchAge)
}

func (o *Outlet) dueAt() time.Time {
	if o.since.IsZero() {
		return o.since
	}
	return o.since.Add(batchAge)
}

// flush hands the batch over.
func (o *Outlet) flush(ctx context.Context, now time.Time) {
	if len(o.batch.Samples) == 0 {
		return
	}
	o.add(o.builtin.DataSent, now, float64(o.written+atomic.SwapInt64(&o.dialer.BytesWritten, 0)))
	o.add(o.builtin.DataReceived, now, float64(o.read+atomic.SwapInt64(&o.dialer.BytesRead, 0)))
	full := o.batch
	o.written, o.read, o.since = 0, 0, time.Time{}
	// The next batch is likely to be as large.
	n := len(full.Records)
	o.batch = &record.Batch{
		Records: make([]*record.Record, 0, n+1),
		Samples: make([]metrics.Sample, 0, (n+1)*(samplesEach+samplesOfIteration)),
	}
	deliver(ctx, o.samples, full)
}
