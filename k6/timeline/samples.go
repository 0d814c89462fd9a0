package timeline

import (
	"go.k6.io/k6/v2/lib/netext/httpext"
	"go.k6.io/k6/v2/metrics"
)

// mostTagSets bounds the cache of tag sets that a script with wild tags would fill.
const mostTagSets = 10_000

type metricKind int

const (
	otherMetric metricKind = iota
	outcomeSample
	effectSample
	readbackSample
	droppedSample
)

type metricMeaning struct {
	kind    metricKind
	outcome string
}

// AddMetricSamples takes samples as they come. k6 never calls it concurrently; the lock is for flush and heartbeat.
func (o *Output) AddMetricSamples(containers []metrics.SampleContainer) {
	if len(containers) == 0 {
		return
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	nowUs := o.clock.nowUs()
	for _, container := range containers {
		switch c := container.(type) {
		case *httpext.Trail:
			o.takeTrail(c, nowUs)
		case metrics.Sample:
			o.takeSample(&c, nowUs)
		default:
			samples := container.GetSamples()
			for i := range samples {
				o.takeSample(&samples[i], nowUs)
			}
		}
	}
	if o.join.isFull() {
		o.join.giveUpBefore(nowUs - graceUs)
	}
}

func (o *Output) takeTrail(trail *httpext.Trail, nowUs int64) {
	tags, known := o.tags[trail.Tags]
	if !known {
		if len(o.tags) >= mostTagSets {
			clear(o.tags)
		}
		tags = readTags(trail.Tags)
		o.tags[trail.Tags] = tags
	}
	r := newRequest(trail, tags, o.clock, nowUs)
	o.join.trail(&r)
}

func (o *Output) takeSample(sample *metrics.Sample, nowUs int64) {
	meaning, known := o.meanings[sample.Metric]
	if !known {
		meaning = meaningOf(sample.Metric)
		o.meanings[sample.Metric] = meaning
	}
	switch meaning.kind {
	case otherMetric:
	case outcomeSample:
		m := sample.Metadata
		o.join.outcome(m[metadataRequest], said{
			outcome:      meaning.outcome,
			retryAfterMs: m[metadataRetryAfter],
			answerHash:   m[metadataAnswerHash],
		}, nowUs)
	case effectSample:
		if o.ledger != nil {
			m := sample.Metadata
			o.ledger.effect(m[metadataSignal], m[metadataWebhook], m[metadataProcessedAt])
		}
	case readbackSample:
		if o.ledger != nil {
			m := sample.Metadata
			o.ledger.readback(m[metadataWebhook], int64(sample.Value), m[metadataTotal])
		}
	case droppedSample:
		phase, _ := sample.Tags.Get("scenario")
		o.seconds.drop(o.clock.us(sample.Time)/1_000_000, phase, int64(sample.Value))
	}
}

func (o *Output) finish(r *request, answer said) {
	o.seconds.count(r, answer.outcome)
	if o.ledger != nil {
		o.ledger.request(r, answer)
	}
}

func meaningOf(metric *metrics.Metric) metricMeaning {
	switch metric.Name {
	case effectMetric:
		return metricMeaning{kind: effectSample}
	case readbackMetric:
		return metricMeaning{kind: readbackSample}
	case metrics.DroppedIterationsName:
		return metricMeaning{kind: droppedSample}
	}
	if outcome, found := outcomeOf(metric.Name); found {
		return metricMeaning{kind: outcomeSample, outcome: outcome}
	}
	return metricMeaning{kind: otherMetric}
}
