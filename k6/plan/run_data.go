package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// runData is what setup() of the bundle returns: RunData in lib/run-data.ts.
type runData struct {
	Webhooks []struct {
		Token  string `json:"token"`
		Secret string `json:"secret"`
	} `json:"webhooks"`
	RunTag string `json:"runTag"`
	// IsShared tells that several generators share the plan, OriginMs where its time 0 lies if they were told so.
	IsShared  bool     `json:"isShared"`
	OriginMs  *float64 `json:"originMs"`
	ReadyAtMs float64  `json:"readyAtMs"`
}

const (
	maxOffMs = 2_000
	gridMs   = 30_000
)

// originOf gives when a phase starts that k6 started at a time: the rule of lib/origin.ts.
func originOf(r *runData, started time.Time, startMs float64) time.Time {
	ownMs := float64(started.UnixMicro())/1000 - startMs
	switch {
	case r.OriginMs != nil && math.Abs(ownMs-*r.OriginMs) <= maxOffMs:
		return started.Add(milliseconds(*r.OriginMs - ownMs))
	case r.OriginMs != nil || !r.IsShared:
		return started
	default:
		next := r.ReadyAtMs + math.Ceil((ownMs-r.ReadyAtMs)/gridMs)*gridMs
		return started.Add(milliseconds(next - ownMs))
	}
}

func parseRunData(data []byte) (*runData, error) {
	if len(data) == 0 {
		return nil, errors.New("setup() gave no data: export `setup` of the scenario")
	}
	run := &runData{}
	if err := json.Unmarshal(data, run); err != nil {
		// The text holds secrets, and the error might quote it.
		return nil, errors.New("what setup() gave is not what `setup` of the scenario gives")
	}
	return run, nil
}

func (r *runData) hasWebhook(at int64) error {
	if at < 0 || at >= int64(len(r.Webhooks)) {
		return fmt.Errorf("there is no webhook %d", at)
	}
	return nil
}
