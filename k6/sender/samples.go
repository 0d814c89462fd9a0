package sender

import (
	"strconv"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext/httpext"
	"go.k6.io/k6/v2/metrics"
	"gopkg.in/guregu/null.v3"

	"webhook-stress.internal/k6/record"
)

// Purposes and outcomes, as in contract/journal/outcomes.ts.
var (
	purposes = []string{"load", "probe", "setup", "readback"}
	outcomes = []string{accepted, duplicate, pending, changed, limited, rejected, failed, timedOut, abandoned, unsent}
)

type trendKey struct{ purpose, outcome string }

// newTrends registers one trend for each purpose and outcome, as contract/journal/k6-metrics.ts names them.
func newTrends(registry *metrics.Registry) (map[trendKey]*metrics.Metric, error) {
	trends := map[trendKey]*metrics.Metric{}
	for _, purpose := range purposes {
		for _, outcome := range outcomes {
			metric, err := registry.NewMetric("webhook_"+purpose+"_"+outcome, metrics.Trend, metrics.Time)
			if err != nil {
				return nil, err
			}
			trends[trendKey{purpose, outcome}] = metric
		}
	}
	return trends, nil
}

// tagKey is all that the tags of a request depend on.
type tagKey struct {
	base                  *metrics.TagSet
	purpose, method, name string
	status, code          int
	isHTTP2               bool
}

// tagSets remembers the tags of requests that are alike: building a set costs more than a whole ledger line.
type tagSets map[tagKey]*metrics.TagSet

// maxTagSets bounds the memory of a VU whose script changes its tags for each request.
const maxTagSets = 1000

func (t tagSets) of(key tagKey, options *lib.Options) *metrics.TagSet {
	if found, ok := t[key]; ok {
		return found
	}
	if len(t) >= maxTagSets {
		clear(t)
	}
	all := metrics.TagsAndMeta{Tags: key.base.With("name", key.name).With("purpose", key.purpose)}
	enabled := options.SystemTags
	set := func(tag metrics.SystemTag, value string) { all.SetSystemTagOrMetaIfEnabled(enabled, tag, value) }
	set(metrics.TagURL, key.name)
	set(metrics.TagMethod, key.method)
	set(metrics.TagStatus, strconv.Itoa(key.status))
	if key.code != 0 {
		set(metrics.TagErrorCode, strconv.Itoa(key.code))
	}
	if key.status != 0 {
		set(metrics.TagProto, protoOf(key.isHTTP2))
	}
	set(metrics.TagExpectedResponse, strconv.FormatBool(isExpected(key.status)))
	t[key] = all.Tags
	return all.Tags
}

// protoOf is what k6/http calls the version.
func protoOf(isHTTP2 bool) string {
	if isHTTP2 {
		return "HTTP/2.0"
	}
	return "HTTP/1.1"
}

// isExpected is k6's own default of what a response should be.
func isExpected(status int) bool { return status >= 200 && status <= 399 }

// timing is what was measured of one exchange.
type timing struct {
	started, sent, written, firstByte, ended time.Time
	dialed                                   dialed
	isReused                                 bool
}

func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return max(0, to.Sub(from))
}

func (t *timing) trail() httpext.Trail {
	sent := t.sent
	if sent.IsZero() {
		sent = t.ended
	}
	return httpext.Trail{
		EndTime:        t.ended,
		ConnDuration:   t.dialed.connecting + t.dialed.tls,
		Duration:       between(sent, t.ended),
		Blocked:        between(t.started, sent),
		Connecting:     t.dialed.connecting,
		TLSHandshaking: t.dialed.tls,
		Sending:        between(t.sent, t.written),
		Waiting:        between(t.written, t.firstByte),
		Receiving:      between(t.firstByte, t.ended),
		ConnReused:     t.isReused,
	}
}

// elapsed is how long the request took as the sample of its outcome tells it: of one without an answer, from its start on.
func (t *timing) elapsed(r *record.Record) time.Duration {
	if r.Status == 0 {
		return t.ended.Sub(t.started)
	}
	return r.Trail.Duration
}

// samplesEach is how many samples a request has.
const samplesEach = 10

// measured is what the samples of a request hold beside its record. Trend and took are those of its purpose and outcome.
type measured struct {
	builtin *metrics.BuiltinMetrics
	trend   *metrics.Metric
	tags    metrics.TagsAndMeta
	took    time.Duration
}

// appendSamples adds what k6/http would push of a request, and the sample of its purpose and outcome.
func appendSamples(into []metrics.Sample, r *record.Record, of measured) []metrics.Sample {
	trail, builtin, all := &r.Trail, of.builtin, of.tags
	trail.Tags, trail.Metadata = all.Tags, all.Metadata
	isFailed := !isExpected(r.Status) && r.Outcome != abandoned
	trail.Failed = null.BoolFrom(isFailed)
	add := func(metric *metrics.Metric, value float64, metadata map[string]string) {
		into = append(into, metrics.Sample{
			TimeSeries: metrics.TimeSeries{Metric: metric, Tags: all.Tags},
			Time:       trail.EndTime, Value: value, Metadata: metadata,
		})
	}
	add(builtin.HTTPReqs, 1, all.Metadata)
	add(builtin.HTTPReqDuration, metrics.D(trail.Duration), all.Metadata)
	add(builtin.HTTPReqBlocked, metrics.D(trail.Blocked), all.Metadata)
	add(builtin.HTTPReqConnecting, metrics.D(trail.Connecting), all.Metadata)
	add(builtin.HTTPReqTLSHandshaking, metrics.D(trail.TLSHandshaking), all.Metadata)
	add(builtin.HTTPReqSending, metrics.D(trail.Sending), all.Metadata)
	add(builtin.HTTPReqWaiting, metrics.D(trail.Waiting), all.Metadata)
	add(builtin.HTTPReqReceiving, metrics.D(trail.Receiving), all.Metadata)
	failure := 0.0
	if isFailed {
		failure = 1
	}
	add(builtin.HTTPReqFailed, failure, all.Metadata)
	add(of.trend, metrics.D(of.took), outcomeMetadata(r, all.Metadata))
	return into
}

// metadataOf names the signal of a request.
func metadataOf(shared map[string]string, what *asked) map[string]string {
	if what.signal == "" {
		return shared
	}
	if shared == nil {
		shared = make(map[string]string, 2)
	}
	shared["signal"] = what.signal
	shared["webhook"] = strconv.Itoa(what.webhook)
	return shared
}

// outcomeMetadata adds what only the sample of the outcome carries.
func outcomeMetadata(r *record.Record, shared map[string]string) map[string]string {
	if r.Headers == "" && r.AnswerHash < 0 {
		return shared
	}
	own := make(map[string]string, len(shared)+2)
	for name, value := range shared {
		own[name] = value
	}
	if r.Headers != "" {
		own["headers"] = r.Headers
	}
	if r.AnswerHash >= 0 {
		own["answer_hash"] = strconv.FormatInt(r.AnswerHash, 10)
	}
	return own
}
