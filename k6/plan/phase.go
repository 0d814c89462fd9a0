package plan

import (
	"encoding/json"
	"errors"
	"fmt"
)

// phase is a phase of a plan, as far as it is executed here: PlannedPhase in contract/plan/plan.ts.
type phase struct {
	Name     string    `json:"name"`
	Purpose  string    `json:"purpose"`
	StartMs  float64   `json:"startMs"`
	Signals  []signals `json:"signals"`
	Schedule schedule  `json:"schedule"`
}

// signals are those of a phase: PlannedSignals.
type signals struct {
	Code    string  `json:"code"`
	First   int64   `json:"first"`
	Content content `json:"content"`
}

// content are values that the signals take in turn; where a list is empty they are made from the signal's number.
type content struct {
	Actions    []string  `json:"actions"`
	Tickers    []string  `json:"tickers"`
	Quantities []float64 `json:"quantities"`
	Prices     []float64 `json:"prices"`
}

// schedule is a Schedule of one of the kinds below; each has some of the fields.
type schedule struct {
	Kind         string  `json:"kind"`
	Count        int64   `json:"count"`
	Rate         float64 `json:"rate"`
	PerMs        float64 `json:"perMs"`
	FirstWebhook int64   `json:"firstWebhook"`
	Webhooks     int64   `json:"webhooks"`
}

func (c *Config) phase() (*phase, error) {
	p := &phase{}
	if len(c.Phase) == 0 {
		return nil, errors.New("phase is missing")
	}
	if err := json.Unmarshal(c.Phase, p); err != nil {
		return nil, fmt.Errorf("phase: %w", err)
	}
	if len(p.Signals) == 0 {
		return nil, errors.New("phase plans no signals")
	}
	if p.Schedule.Kind != "rate" {
		return nil, fmt.Errorf("phase has the schedule %q, which is sent from JavaScript", p.Schedule.Kind)
	}
	return p, nil
}
