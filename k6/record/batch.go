package record

import "go.k6.io/k6/v2/metrics"

// Batch is what an executor of ours measured in a short while: handing each request over by itself costs more than sending it.
type Batch struct {
	Records []*Record
	// Samples are those of all records, and of their iterations.
	Samples []metrics.Sample
}

var _ metrics.SampleContainer = &Batch{}

// GetSamples gives what k6 would have pushed one by one.
func (b *Batch) GetSamples() []metrics.Sample { return b.Samples }
