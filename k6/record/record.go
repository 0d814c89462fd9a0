// Package record holds what is known of one request when it is over: what the sender pushes to k6's outputs, and what the
// timeline output writes into the journal.
package record

import (
	"time"

	"go.k6.io/k6/v2/lib/netext/httpext"
	"go.k6.io/k6/v2/metrics"
)

// Absent stands for a number that a record does not have.
const Absent = -1

// Record is one finished request. To every other output of k6 it is the samples that k6/http would have pushed, and one
// sample of the metric webhook_<purpose>_<outcome>.
type Record struct {
	Trail   httpext.Trail
	Purpose string
	Outcome string
	Status  int
	// ErrorCode is k6's (https://grafana.com/docs/k6/latest/javascript-api/error-codes/) or ours (contract/journal/request-failures.ts). 0
	// means that there was no error.
	ErrorCode int
	// Webhook is the webhook's place in the provisioning, or Absent.
	Webhook int
	// Signal is the signal's name in the ledger; empty for a request that is no signal.
	Signal string
	// Headers is what the answer says of limits, a JSON object of texts by header; empty if it says nothing.
	Headers string
	// AnswerHash is 32 bits that stand for the body, or Absent.
	AnswerHash int64
	// Location is where a redirect leads, without what is secret; empty if there is none.
	Location string
}

var _ metrics.ConnectedSampleContainer = &Record{}

// GetSamples gives k6's usual samples and ours.
func (r *Record) GetSamples() []metrics.Sample { return r.Trail.Samples }

// GetTags gives the tags that all samples share.
func (r *Record) GetTags() *metrics.TagSet { return r.Trail.Tags }

// GetTime gives the time when the request ended.
func (r *Record) GetTime() time.Time { return r.Trail.EndTime }
