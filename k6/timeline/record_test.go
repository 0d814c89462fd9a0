package timeline

import (
	"testing"
	"time"

	"go.k6.io/k6/v2/lib/netext/httpext"

	"webhook-stress.internal/k6/record"
)

func TestARecordOfTheSenderNeedsNoOutcomeSample(t *testing.T) {
	b := newBench(t, nil)
	tags := b.registry.RootTagSet().WithTagsFromMap(map[string]string{"scenario": "part_a", "status": "429", "error_code": "1429"})
	trail := httpext.Trail{EndTime: time.Now(), Duration: 5 * time.Millisecond, Blocked: time.Millisecond, Tags: tags}
	b.add(
		&record.Record{
			Trail: trail, Purpose: "probe", Outcome: "limited", Status: 429, ErrorCode: 1429,
			Webhook: 3, Signal: "s-1", Headers: `{"Retry-After":"1"}`, AnswerHash: record.Absent,
		},
		&record.Record{
			Trail: trail, Purpose: "setup", Outcome: "accepted", Status: 200,
			Webhook: record.Absent, AnswerHash: 4294967295,
		},
	)
	b.stop()
	_, ledger, _ := b.lines("hft.requests.ndjson")
	want := []line{
		{"headerSet": 1.0},
		{"phase": "part_a", "purpose": "probe", "outcome": "limited", "status": 429.0, "error": 1429.0, "webhook": 3.0, "signal": "s-1", "headers": 1.0, "connectUs": 1000.0},
		{"phase": "part_a", "purpose": "setup", "outcome": "accepted", "status": 200.0, "answerHash": 4294967295.0, "connectUs": 1000.0},
	}
	for i, fields := range want {
		// Beside the fields: its times, or the values of the set.
		if added := len(ledger[i]) - len(fields); added != 2 && (added != 1 || fields["headerSet"] == nil) {
			t.Errorf("line %d: %v", i, ledger[i])
		}
		for name, value := range fields {
			if ledger[i][name] != value {
				t.Errorf("line %d, %s: %v", i, name, ledger[i][name])
			}
		}
	}
	_, timeline, _ := b.lines("hft.timeline.ndjson")
	if len(timeline) != 2 {
		t.Errorf("%v", timeline)
	}
}
