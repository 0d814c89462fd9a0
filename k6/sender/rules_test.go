package sender

import (
	"encoding/json"
	"testing"
)

func rulesOf(t *testing.T, text string) []rule {
	t.Helper()
	var rules []rule
	if err := json.Unmarshal([]byte(text), &rules); err != nil {
		t.Fatal(err)
	}
	return rules
}

func TestTheFirstRuleThatFitsNamesTheOutcome(t *testing.T) {
	rules := rulesOf(t, `[
		{"outcome":"duplicate","statuses":[200],"body":{"field":"result.state","equals":"seen"}},
		{"outcome":"duplicate","statuses":[200],"body":{"field":"n","equals":3}},
		{"outcome":"limited","statuses":[200],"body":{"field":"list.1","equals":true}},
		{"outcome":"rejected","statuses":[200],"body":{"is":"empty"}},
		{"outcome":"failed","statuses":[200],"body":{"is":"html"}},
		{"outcome":"limited","statuses":[200],"body":{"contains":"slow down"}},
		{"outcome":"duplicate","statuses":[200],"body":{"is":"same-as-first"}},
		{"outcome":"accepted","statuses":[200,201]}]`)
	for body, want := range map[string]string{
		`{"result":{"state":"seen"}}`:            duplicate,
		`{"result.state":"seen"}`:                duplicate,
		`{"result":{"state":"\u0073een"}}`:       duplicate,
		`{"result":{"state":"unseen"}}`:          accepted,
		`{"n":3}`:                                duplicate,
		`{"n":"3"}`:                              accepted,
		`{"list":[false,true]}`:                  limited,
		``:                                       rejected,
		"\n\u00a0<!DOCTYPE html>":                failed,
		"<html>":                                 failed,
		"slow down, please":                      limited,
		`{"result":{"state":"seen"}`:             accepted,
		`{"constructor":1}`:                      accepted,
		`{"result":[{"state":"seen"}],"n":null}`: accepted,
	} {
		if got := outcomeOf(rules, 200, []byte(body)); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	if got := outcomeOf(rules, 201, nil); got != accepted {
		t.Errorf("201: %s", got)
	}
	if got := outcomeOf(rules, 418, nil); got != failed {
		t.Errorf("418: %s", got)
	}
}

func TestAnOutcomeThatNoAnswerCanHaveIsRefused(t *testing.T) {
	if checkRules([]rule{{Outcome: "timeout"}}) == nil || checkRules([]rule{{Outcome: accepted}}) != nil {
		t.Error("checkRules")
	}
}
