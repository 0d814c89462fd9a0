package plan

import (
	"encoding/json"
	"errors"
	"fmt"
)

// runData is what setup() of the bundle returns: RunData in lib/run-data.ts.
type runData struct {
	Webhooks []struct {
		Token  string `json:"token"`
		Secret string `json:"secret"`
	} `json:"webhooks"`
	RunTag string `json:"runTag"`
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
