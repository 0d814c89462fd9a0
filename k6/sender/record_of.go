package sender

import (
	"errors"
	"net/http"

	"go.k6.io/k6/v2/metrics"

	"webhook-stress.internal/k6/record"
)

// recordOf says what an answer means by the profile, and keeps of it what the ledger wants.
func (s *shared) recordOf(got *answer, t *timing, what *asked, v *values) *record.Record {
	r := &record.Record{
		Trail: t.trail(), Purpose: what.purpose, Status: got.status, Webhook: what.webhook, Signal: what.signal,
		AnswerHash: record.Absent,
	}
	switch {
	case errors.Is(got.err, errAbandoned):
		r.Outcome = abandoned
	case got.err != nil:
		r.ErrorCode = codeOf(got.err)
		r.Outcome = outcomeOfCode(r.ErrorCode)
	case got.unread != 0:
		r.Outcome = unsent
	case what.isSignal:
		r.Outcome = outcomeOf(s.config.Answers, got.status, got.header, got.body.kept)
	default:
		r.Outcome = setupOutcomeOf(got.status)
	}
	if got.status >= http.StatusBadRequest {
		r.ErrorCode = codeDefault + got.status
	}
	if got.unread != 0 {
		r.ErrorCode = got.unread
	}
	if what.isSignal {
		s.keepOfSignal(r, got, what, v)
		s.promise(r, t, what)
	}
	return r
}

func (s *shared) keepOfSignal(r *record.Record, got *answer, what *asked, v *values) {
	if r.Outcome == accepted && what.hashes {
		r.AnswerHash = got.body.hash
	}
	if got.err == nil {
		r.Headers = recordedHeaders(got.header, r.Outcome == limited, v[wordToken], v[wordSecret])
	}
	if got.status >= 300 && got.status <= 399 {
		r.Location = placeOf(got.header.Get("Location"), v)
	}
}

// promise notes what the answer to a signal promises.
func (s *shared) promise(r *record.Record, t *timing, what *asked) {
	hash := r.AnswerHash
	if !s.config.HashesAnswers {
		hash = record.Absent
	}
	s.promises.answered(signalAnswer{id: what.signal, outcome: r.Outcome, hash: hash, sent: t.started, ended: t.ended})
}

func (s *shared) trendOf(r *record.Record) *metrics.Metric {
	return s.trends[trendKey{r.Purpose, r.Outcome}]
}

func (s *shared) tagKeyOf(base *metrics.TagSet, what *asked, r *record.Record) tagKey {
	return tagKey{
		base: base, purpose: what.purpose, method: what.method, name: what.name, status: r.Status, code: r.ErrorCode, isHTTP2: s.origin.isHTTP2,
	}
}
