// Package plan is the k6 executor webhook-plan. It sends a phase of a plan (contract/plan/plan.ts) from Go: no JavaScript runs for a
// signal. lib/around/k6-scenarios.ts writes its configuration; with a k6 that lacks it the same phase runs on k6's own executors.
package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/executor"
)

const executorType = "webhook-plan"

func init() {
	lib.RegisterExecutorConfigType(executorType, func(name string, raw []byte) (lib.ExecutorConfig, error) {
		config := &Config{BaseConfig: executor.NewBaseConfig(name, executorType)}
		if err := lib.StrictJSONUnmarshal(raw, config); err != nil {
			return nil, err
		}
		return config, nil
	})
}

// Config is a k6 scenario of this executor.
type Config struct {
	executor.BaseConfig

	// Phase is the phase as the plan has it.
	Phase json.RawMessage `json:"phase"`
	// DurationMs is how long signals are started.
	DurationMs float64 `json:"durationMs"`
	// Connections are how many are used in turn, and the most if answers are slow.
	Connections struct {
		Prepared int64 `json:"prepared"`
		Max      int64 `json:"max"`
	} `json:"connections"`
	// Opening is how the connections of groups are opened before their instants.
	Opening struct {
		// WithinMs is the time in which all of them are opened, in turn.
		WithinMs float64 `json:"withinMs"`
		// AgainAfterMs is how long a connection may be idle before an instant; then it is used once more, AheadMs before. Null: for ever.
		AgainAfterMs *float64 `json:"againAfterMs"`
		AheadMs      float64  `json:"aheadMs"`
	} `json:"opening"`
	// Success names a rate: whether each signal was accepted.
	Success string `json:"success,omitempty"`
}

var _ lib.ExecutorConfig = &Config{}

func (c *Config) duration() time.Duration {
	return time.Duration(c.DurationMs * float64(time.Millisecond))
}

// Validate tells all that is wrong.
func (c *Config) Validate() []error {
	found := c.BaseConfig.Validate()
	if _, err := c.phase(); err != nil {
		found = append(found, err)
	}
	if c.DurationMs <= 0 {
		found = append(found, errors.New("durationMs must be more than 0"))
	}
	if c.Connections.Prepared <= 0 || c.Connections.Max < c.Connections.Prepared {
		found = append(found, errors.New("connections.prepared must be at least 1, and connections.max no less"))
	}
	return found
}

// GetExecutionRequirements asks for no VU with JavaScript. Connections count as VUs that may come: whoever splits a test up reads there
// how often it can be split.
func (c *Config) GetExecutionRequirements(et *lib.ExecutionTuple) []lib.ExecutionStep {
	return []lib.ExecutionStep{
		{MaxUnplannedVUs: uint64(et.ScaleInt64(c.Connections.Max))}, //nolint:gosec // not negative
		{TimeOffset: c.duration() + c.GracefulStop.TimeDuration()},
	}
}

// GetDescription is what k6 shows of the scenario.
func (c *Config) GetDescription(et *lib.ExecutionTuple) string {
	return fmt.Sprintf("a phase of the plan, sent from Go over up to %d connections for %s", et.ScaleInt64(c.Connections.Max), c.duration())
}

// HasWork tells whether this segment has a connection to send over.
func (c *Config) HasWork(et *lib.ExecutionTuple) bool { return et.ScaleInt64(c.Connections.Max) > 0 }

// NewExecutor gives the executor of the scenario.
func (c *Config) NewExecutor(state *lib.ExecutionState, logger *logrus.Entry) (lib.Executor, error) {
	return &Executor{BaseExecutor: executor.NewBaseExecutor(c, state, logger), config: c, state: state}, nil
}
