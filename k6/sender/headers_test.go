package sender

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
)

// test/unit/recorded-headers.test.ts reads the same cases.
func TestWhatAnAnswerSaysOfLimitsIsRecordedAsByK6HTTP(t *testing.T) {
	data, err := os.ReadFile("../../test/fixtures/recorded-headers.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Headers http.Header
		Limited bool
		Secrets []string
		Text    string
	}
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) == 0 {
		t.Fatal(len(cases), err)
	}
	for _, c := range cases {
		if got := recordedHeaders(c.Headers, c.Limited, c.Secrets...); got != c.Text {
			t.Errorf("%v:\n%s\n%s", c.Headers, got, c.Text)
		}
	}
}
