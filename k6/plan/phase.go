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
	StartRate    float64 `json:"startRate"`
	Stages       []stage `json:"stages"`
	Webhook      int64   `json:"webhook"`
	FirstWebhook int64   `json:"firstWebhook"`
	Webhooks     int64   `json:"webhooks"`
	// Of a replay: when each goes out, and which signal it is.
	TimesMs []float64 `json:"timesMs"`
	Signals []int64   `json:"signals"`
	// Of steps at instants.
	FirstMs     float64 `json:"firstMs"`
	EveryMs     float64 `json:"everyMs"`
	Steps       int64   `json:"steps"`
	VUsPerGroup int64   `json:"vusPerGroup"`
	Groups      int64   `json:"groups"`
	AtOnce      int64   `json:"atOnce"`
	Forged      bool    `json:"forged"`
}

type stage struct {
	Ms   float64 `json:"ms"`
	Rate float64 `json:"rate"`
}

func (s *schedule) check() error {
	switch s.Kind {
	case "rate":
		return positive(s.Rate, s.PerMs, float64(s.Webhooks))
	case "ramp":
		return positive(s.PerMs, float64(s.Webhooks), float64(len(s.Stages)))
	case "rapid":
		return nil
	case "replay":
		if int64(len(s.TimesMs)) < s.Count {
			return errors.New("phase has fewer times than signals")
		}
		return positive(float64(s.Webhooks))
	case "burst":
		return positive(float64(s.Webhooks), float64(s.VUsPerGroup), float64(s.Groups), float64(s.AtOnce))
	case "copies", "rounds":
		return positive(float64(s.Webhooks), float64(s.VUsPerGroup), float64(s.Groups))
	default:
		return fmt.Errorf("phase has the schedule %q, which is sent from JavaScript", s.Kind)
	}
}

func positive(values ...float64) error {
	for _, value := range values {
		if value <= 0 {
			return errors.New("phase has a size that is not more than 0")
		}
	}
	return nil
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
	return p, p.Schedule.check()
}
