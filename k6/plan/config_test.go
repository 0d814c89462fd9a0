package plan

import (
	"encoding/json"
	"testing"
	"time"

	"go.k6.io/k6/v2/lib"
)

const ofRate = `{"executor":"webhook-plan","exec":"send","startTime":"2s","gracefulStop":"3s","durationMs":4000,"connections":{"prepared":30,"max":100},
"phase":{"name":"steady","role":"load.sustained","purpose":"load","startMs":2000,"endMs":6000,"requests":{"min":1,"max":1},
"signals":[{"code":"s","first":0,"count":40,"variant":"none"}],
"schedule":{"kind":"rate","count":40,"rate":10,"perMs":1000,"firstWebhook":2,"webhooks":3}}}`

func parsed(t *testing.T, text string) *Config {
	t.Helper()
	config, err := lib.GetParsedExecutorConfig("steady", executorType, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	own, ok := config.(*Config)
	if !ok {
		t.Fatalf("%T", config)
	}
	return own
}

func TestAConfigurationIsReadAndWrittenAlike(t *testing.T) {
	c := parsed(t, ofRate)
	if found := c.Validate(); len(found) > 0 || c.GetExec() != "send" || c.GetStartTime() != 2*time.Second {
		t.Fatalf("%v, %+v", found, c)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(parsed(t, string(text)))
	if err != nil || string(again) != string(text) {
		t.Errorf("%s\n%s", again, text)
	}
}

func TestWhatIsWrongIsToldAtOnce(t *testing.T) {
	for text, want := range map[string]int{
		`{"executor":"webhook-plan"}`: 3,
		`{"executor":"webhook-plan","durationMs":1,"connections":{"prepared":2,"max":1},"phase":{"signals":[{"code":"s"}],"schedule":{"kind":"boundary"}}}`: 2,
	} {
		if found := parsed(t, text).Validate(); len(found) != want {
			t.Errorf("%v", found)
		}
	}
}

func tuple(t *testing.T, segment, sequence string) *lib.ExecutionTuple {
	t.Helper()
	var own *lib.ExecutionSegment
	var all *lib.ExecutionSegmentSequence
	if segment != "" {
		s, err := lib.NewExecutionSegmentFromString(segment)
		if err != nil {
			t.Fatal(err)
		}
		q, err := lib.NewExecutionSegmentSequenceFromString(sequence)
		if err != nil {
			t.Fatal(err)
		}
		own, all = s, &q
	}
	et, err := lib.NewExecutionTuple(own, all)
	if err != nil {
		t.Fatal(err)
	}
	return et
}

func TestNoVUIsPreparedAndConnectionsCountAsVUsThatMayCome(t *testing.T) {
	c := parsed(t, ofRate)
	steps := lib.ScenarioConfigs{"steady": c}.GetFullExecutionRequirements(tuple(t, "", ""))
	end, isFinal := lib.GetEndOffset(steps)
	if lib.GetMaxPlannedVUs(steps) != 0 || lib.GetMaxPossibleVUs(steps) != 100 || end != 9*time.Second || !isFinal {
		t.Errorf("%+v, %v", steps, end)
	}
}

func TestSegmentsShareTheInstantsOut(t *testing.T) {
	c := parsed(t, ofRate)
	p, err := c.phase()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int64]time.Duration{}
	for _, segment := range []string{"0:1/4", "1/4:1/2", "1/2:3/4", "3/4:1"} {
		next := rateOf(&p.Schedule, tuple(t, segment, "0,1/4,1/2,3/4,1"))
		for range 10 {
			after, number, _ := next()
			if _, twice := seen[number]; twice {
				t.Errorf("%d comes twice", number)
			}
			seen[number] = after
		}
	}
	for number := range int64(40) {
		if after, ok := seen[number]; !ok || after != time.Duration(number)*100*time.Millisecond {
			t.Errorf("%d at %v", number, after)
		}
	}
}
