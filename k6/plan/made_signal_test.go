package plan

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"webhook-stress.internal/k6/sender"
)

func TestSignalsAreThoseOfTheBundles(t *testing.T) {
	text, err := os.ReadFile("../../test/fixtures/made-signals.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Code, ID, Number, Action, Ticker, Quantity, Price string
		First, N                                          int64
		Content                                           content
	}
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		r.Content = content{}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		var o sender.Order
		s := signals{Code: r.Code, First: r.First, Content: r.Content}
		if err := s.fill(&o, "mwwc5zft6glv08", r.N, true); err != nil {
			t.Fatal(err)
		}
		want := sender.Order{ID: r.ID, Num: r.Number, Action: r.Action, Ticker: r.Ticker, Quantity: r.Quantity, Price: r.Price}
		if o != want {
			t.Errorf("%+v, not %+v", o, want)
		}
	}
}

func TestANumberBeyondWhatIdsHoldIsNoSignal(t *testing.T) {
	s := signals{Code: "s"}
	if err := s.fill(&sender.Order{}, "run", maxNumber, true); err == nil {
		t.Error("was made")
	}
	if err := s.fill(&sender.Order{}, "run", maxNumber, false); err != nil {
		t.Error(err)
	}
}
