package timeline

import (
	"go.k6.io/k6/v2/lib/netext/httpext"
	"go.k6.io/k6/v2/metrics"

	"webhook-stress.internal/k6/record"
)

// maxTagSets bounds the cache of tag sets that a script with wild tags would fill.
const maxTagSets = 10_000

type metricKind int

const (
	otherMetric metricKind = iota
	outcomeSample
	effectSample
	readbackSample
	pollSample
	sightingSample
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
		case *record.Record:
			o.takeRecord(c)
		case *record.Batch:
			for _, one := range c.Records {
				o.takeRecord(one)
			}
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

func (o *Output) tagged(tags *metrics.TagSet) tagged {
	read, known := o.tags[tags]
	if !known {
		if len(o.tags) >= maxTagSets {
			clear(o.tags)
		}
		read = readTags(tags)
		o.tags[tags] = read
	}
	return read
}

func (o *Output) takeTrail(trail *httpext.Trail, nowUs int64) {
	r := newRequest(trail, o.tagged(trail.Tags), &o.clock, nowUs)
	o.join.trail(&r)
}

// takeRecord takes a request of our own sender, which is whole: it waits for nothing.
func (o *Output) takeRecord(of *record.Record) {
	r := newRequest(&of.Trail, o.tagged(of.Trail.Tags), &o.clock, 0)
	r.purpose, r.status, r.error = of.Purpose, of.Status, of.ErrorCode
	r.signal, r.webhook = of.Signal, int64(of.Webhook)
	o.finish(&r, said{outcome: of.Outcome, headers: of.Headers, answerHash: of.AnswerHash, error: absent, location: of.Location})
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
			outcome:    meaning.outcome,
			headers:    m[metadataHeaders],
			answerHash: numberIn(m[metadataAnswerHash]),
			error:      numberIn(m[metadataError]),
			location:   m[metadataLocation],
		}, nowUs)
	case effectSample:
		if o.ledger != nil {
			m := sample.Metadata
			o.ledger.effect(m[metadataSignal], numberIn(m[metadataWebhook]), m[metadataProcessedAt])
		}
	case readbackSample:
		if o.ledger != nil {
			m := sample.Metadata
			o.ledger.readback(numberIn(m[metadataWebhook]), int64(sample.Value), numberIn(m[metadataTotal]))
		}
	case pollSample:
		if o.ledger != nil {
			m := sample.Metadata
			toUs := o.clock.us(sample.Time)
			o.ledger.poll(&poll{
				fromUs: toUs - 1000*max(0, numberIn(m[metadataTookMs])), toUs: toUs,
				effects: int64(sample.Value), missing: numberIn(m[metadataMissing]), state: m[metadataState],
			})
		}
	case sightingSample:
		if o.ledger != nil {
			o.ledger.sighting(sample.Metadata[metadataSignal])
		}
	case droppedSample:
		phase, _ := sample.Tags.Get("scenario")
		o.seconds.drop(o.clock.us(sample.Time)/1_000_000, phase, int64(sample.Value))
	}
}

func (o *Output) finish(r *request, answer said) {
	if answer.error > 0 {
		r.error = int(answer.error)
	}
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
	case pollMetric:
		return metricMeaning{kind: pollSample}
	case sightingMetric:
		return metricMeaning{kind: sightingSample}
	case metrics.DroppedIterationsName:
		return metricMeaning{kind: droppedSample}
	}
	if outcome, found := outcomeOf(metric.Name); found {
		return metricMeaning{kind: outcomeSample, outcome: outcome}
	}
	return metricMeaning{kind: otherMetric}
}
