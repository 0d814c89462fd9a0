package timeline

import (
	"encoding/json"
	"testing"
	"time"
)

func TestOwnLoadIsTheCPUSinceTheLastLine(t *testing.T) {
	var l ownLoad
	l.begin(1_000)
	for until := time.Now().Add(30 * time.Millisecond); time.Now().Before(until); {
		// Takes CPU.
	}
	read := func(nowUs int64) map[string]int64 {
		var got map[string]int64
		if err := json.Unmarshal(l.line(nowUs), &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	first, second := read(2_000), read(5_000)
	if first["loadFromUs"] != 1_000 || first["loadToUs"] != 2_000 || second["loadFromUs"] != 2_000 || second["loadToUs"] != 5_000 {
		t.Errorf("%v, %v", first, second)
	}
	if first["cpuUs"] < 1_000 || second["cpuUs"] >= first["cpuUs"] || first["cores"] < 1 {
		t.Errorf("%v, %v", first, second)
	}
}

func TestARequestHasTheReasonThatTheScriptTellsAndTheGoalOfARedirect(t *testing.T) {
	b := newBench(t, nil)
	unsent := b.outcome("1", "webhook_load_unsent")
	unsent.Metadata = map[string]string{metadataRequest: "1", metadataError: "2001"}
	b.add(b.trail("1", "s", map[string]string{"error_code": "1213"}, 0), unsent)
	redirect := b.outcome("2", "webhook_load_failed")
	redirect.Metadata = map[string]string{metadataRequest: "2", metadataLocation: "/hook/{token}/"}
	b.add(b.trail("2", "s", map[string]string{"status": "307"}, 0), redirect)
	b.stop()
	_, ledger, _ := b.lines("hft.requests.ndjson")
	if ledger[0]["error"] != 2001.0 || ledger[0]["outcome"] != "unsent" || ledger[1]["location"] != "/hook/{token}/" {
		t.Errorf("%v", ledger)
	}
}
