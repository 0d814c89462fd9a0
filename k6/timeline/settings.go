package timeline

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.k6.io/k6/v2/output"
)

// Names of the settings; the runner sets them in k6's environment.
const (
	envRunID     = "STRESS_RUN_ID"
	envScenario  = "STRESS_SCENARIO"
	envLedger    = "STRESS_LEDGER"
	envClock     = "STRESS_CLOCK"
	envGenerator = "STRESS_GENERATOR"
	envPiece     = "STRESS_PIECE_PHASES"
)

// Tags that k6-operator gives each of its runners.
const (
	tagInstance = "instance_id"
	tagTestRun  = "testrun_name"
)

type settings struct {
	folder   string
	runID    string
	scenario string
	ledger   bool
	// piecePhases is how many phases share a piece of the ledger; 0 for a ledger in one file.
	piecePhases int
	// clock is nil where this process notes a pair of its own.
	clock *clockPair
}

var namesAFile = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// parseSettings reads `--out timeline=DIR` and the environment. It tells all problems at once.
func parseSettings(params output.Params) (settings, error) {
	env := params.Environment
	tags := params.ScriptOptions.RunTags
	s := settings{
		folder:   params.ConfigArgument,
		runID:    env[envRunID],
		scenario: env[envScenario],
		ledger:   true,
	}
	var problems []error
	if s.folder == "" {
		problems = append(problems, errors.New("--out timeline needs a folder: --out timeline=DIR"))
	}
	if s.runID == "" {
		s.runID = tags[tagTestRun]
	}
	if s.runID == "" {
		s.runID = fmt.Sprintf("k6-%d", time.Now().UnixMicro())
	}
	if s.scenario == "" {
		s.scenario = scriptName(params.ScriptPath)
	}
	if !namesAFile.MatchString(s.scenario) {
		problems = append(problems, fmt.Errorf("%s is %q; it names files, so use letters, digits, dots and dashes", envScenario, s.scenario))
	}
	// One of several generators has a folder of its own in the one that they share. lib/around/generator-folder.ts puts the summary there.
	generator := env[envGenerator]
	if n := tags[tagInstance]; generator == "" && n != "" {
		generator = "k6-" + n
	}
	switch {
	case generator != "" && !namesAFile.MatchString(generator):
		problems = append(problems, fmt.Errorf("%s or the tag %s is %q; it names a folder, so use letters, digits, dots and dashes", envGenerator, tagInstance, generator))
	case generator != "" && s.folder != "":
		s.folder = filepath.Join(s.folder, generator)
	}
	switch env[envLedger] {
	case "", "on":
	case "off":
		s.ledger = false
	default:
		problems = append(problems, fmt.Errorf("%s is %q; it must be on or off", envLedger, env[envLedger]))
	}
	piecePhases, err := piecePhasesIn(env[envPiece])
	if err != nil {
		problems = append(problems, err)
	}
	s.piecePhases = piecePhases
	if text := env[envClock]; text != "" {
		wall, monotonic, found := strings.Cut(text, ":")
		wallUs, wallErr := strconv.ParseInt(wall, 10, 64)
		monotonicUs, monotonicErr := strconv.ParseInt(monotonic, 10, 64)
		if !found || wallErr != nil || monotonicErr != nil {
			problems = append(problems, fmt.Errorf("%s is %q; it must be <wall µs>:<monotonic µs>", envClock, text))
		}
		s.clock = &clockPair{wallUs: wallUs, monotonicUs: monotonicUs}
	}
	return s, errors.Join(problems...)
}

func scriptName(script *url.URL) string {
	if script == nil {
		return "script"
	}
	base := path.Base(filepath.ToSlash(script.Path))
	return strings.TrimSuffix(base, path.Ext(base))
}

func piecePhasesIn(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	phases, err := strconv.Atoi(text)
	if err != nil || phases < 1 {
		return 0, fmt.Errorf("%s is %q; it must be a whole number of at least 1", envPiece, text)
	}
	return phases, nil
}
