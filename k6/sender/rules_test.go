package sender

import (
	"encoding/json"
	"net/http"
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
		if got := outcomeOf(rules, 200, nil, []byte(body)); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	if got := outcomeOf(rules, 201, nil, nil); got != accepted {
		t.Errorf("201: %s", got)
	}
	if got := outcomeOf(rules, 418, nil, nil); got != failed {
		t.Errorf("418: %s", got)
	}
}

func TestAnOutcomeThatNoAnswerCanHaveIsRefused(t *testing.T) {
	if checkRules([]rule{{Outcome: "timeout"}}) == nil || checkRules([]rule{{Outcome: accepted}}) != nil {
		t.Error("checkRules")
	}
}

func TestHeadersTellReplays(t *testing.T) {
	var rules []rule
	if err := json.Unmarshal([]byte(`[
		{"outcome":"duplicate","statuses":[200],"header":{"name":"idempotent-replayed","equals":"true"}},
		{"outcome":"duplicate","statuses":[201],"header":{"name":"X-Replay"},"body":{"contains":"seen"}},
		{"outcome":"pending","statuses":[409]},
		{"outcome":"changed","statuses":[422]},
		{"outcome":"accepted","statuses":[200,201]}
	]`), &rules); err != nil {
		t.Fatal(err)
	}
	if err := checkRules(rules); err != nil {
		t.Fatal(err)
	}
	replayed := http.Header{"Idempotent-Replayed": {"True "}}
	for _, c := range []struct {
		status int
		header http.Header
		body   string
		want   string
	}{
		{200, replayed, "", duplicate},
		{200, http.Header{"Idempotent-Replayed": {"false"}}, "", accepted},
		{200, nil, "", accepted},
		{201, http.Header{"X-Replay": {""}}, "seen before", duplicate},
		{201, http.Header{"X-Replay": {""}}, "new", accepted},
		{201, nil, "seen before", accepted},
		{409, nil, "", pending},
		{422, replayed, "", changed},
		{500, replayed, "", failed},
	} {
		if got := outcomeOf(rules, c.status, c.header, []byte(c.body)); got != c.want {
			t.Errorf("%d %v %q is %s, want %s", c.status, c.header, c.body, got, c.want)
		}
	}
}
