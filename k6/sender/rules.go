package sender

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Outcomes, as in contract/journal/outcomes.ts.
const (
	accepted  = "accepted"
	duplicate = "duplicate"
	pending   = "pending"
	changed   = "changed"
	limited   = "limited"
	rejected  = "rejected"
	failed    = "failed"
	timedOut  = "timeout"
	abandoned = "abandoned"
	unsent    = "unsent"
)

// rule is one answer rule of the profile: the first that fits names the outcome.
type rule struct {
	Outcome  string      `json:"outcome"`
	Statuses []int       `json:"statuses"`
	Header   *headerRule `json:"header"`
	Body     *bodyRule   `json:"body"`
}

// headerRule is a header that an answer must have, with any value if Equals is absent.
type headerRule struct {
	Name   string  `json:"name"`
	Equals *string `json:"equals"`
}

func (r *headerRule) fits(header http.Header) bool {
	values := header.Values(r.Name)
	return len(values) > 0 && (r.Equals == nil || strings.EqualFold(strings.TrimSpace(strings.Join(values, ", ")), *r.Equals))
}

// bodyRule has one of: a field and what it equals, a text that the body contains, or a kind of body.
type bodyRule struct {
	Field    string `json:"field"`
	Equals   any    `json:"equals"`
	Contains string `json:"contains"`
	Is       string `json:"is"`
}

// What JavaScript's \s matches, which is more than Go's.
var html = regexp.MustCompile(`(?i)^[\s\v\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}]*<(!doctype|html)`)

// parsedBody parses an answer as JSON once, and only if a rule asks for a field of it.
type parsedBody struct {
	raw    []byte
	value  any
	isRead bool
}

func (b *parsedBody) field(path string) (any, bool) {
	if !b.isRead {
		b.isRead = true
		if err := json.Unmarshal(b.raw, &b.value); err != nil {
			b.value = nil
		}
	}
	return fieldOf(b.value, path)
}

func (r *bodyRule) fits(b *parsedBody) bool {
	switch {
	case r.Field != "":
		if text, isText := r.Equals.(string); isText && cannotHold(b.raw, text) {
			return false
		}
		value, found := b.field(r.Field)
		return found && value == r.Equals
	case r.Is == "empty":
		return len(b.raw) == 0
	case r.Is == "html":
		return html.Match(b.raw)
	case r.Is != "":
		// same-as-first: which answer came first only the ledger knows. Analysis resolves replays by the hash of the body.
		return false
	default:
		return bytes.Contains(b.raw, []byte(r.Contains))
	}
}

// cannotHold tells without parsing that no field of the body equals the text: its letters are not there, nor any escape.
func cannotHold(body []byte, text string) bool {
	return bytes.IndexByte(body, '\\') < 0 && !strings.ContainsAny(text, "\"\\\ufffd") && !bytes.Contains(body, []byte(text))
}

// fieldOf gives the value under a name, or under names joined by dots. Only own fields count.
func fieldOf(value any, path string) (any, bool) {
	switch holder := value.(type) {
	case map[string]any:
		if found, ok := holder[path]; ok {
			return found, true
		}
	case []any:
		at, err := strconv.Atoi(path)
		if err == nil && at >= 0 && at < len(holder) && strconv.Itoa(at) == path {
			return holder[at], true
		}
	default:
		return nil, false
	}
	first, rest, dotted := strings.Cut(path, ".")
	if !dotted {
		return nil, false
	}
	inner, found := fieldOf(value, first)
	if !found {
		return nil, false
	}
	return fieldOf(inner, rest)
}

// outcomeOf says what an answer to a signal means by the profile.
func outcomeOf(rules []rule, status int, header http.Header, body []byte) string {
	parsed := parsedBody{raw: body}
	for i := range rules {
		r := &rules[i]
		if slices.Contains(r.Statuses, status) && (r.Header == nil || r.Header.fits(header)) && (r.Body == nil || r.Body.fits(&parsed)) {
			return r.Outcome
		}
	}
	return failed
}

// setupOutcomeOf says what an answer to set-up or read-back means: HTTP's own classes, not the target's promises.
func setupOutcomeOf(status int) string {
	switch {
	case status >= 200 && status <= 299:
		return accepted
	case status >= 400 && status <= 499:
		return rejected
	default:
		return failed
	}
}

func checkRules(rules []rule) error {
	for _, r := range rules {
		if !slices.Contains([]string{accepted, duplicate, pending, changed, limited, rejected, failed}, r.Outcome) {
			return fmt.Errorf("sender: %q is no outcome of an answer", r.Outcome)
		}
	}
	return nil
}

// maxLocation bounds what is kept of a redirect.
const maxLocation = 200

// placeOf gives where a redirect leads, in the words of the profile: without its query, and without token and secret.
func placeOf(location string, v *values) string {
	place, _, _ := strings.Cut(location, "?")
	place, _, _ = strings.Cut(place, "#")
	for _, hidden := range []struct {
		word word
		name string
	}{{wordSecret, "{secret}"}, {wordToken, "{token}"}} {
		for _, text := range []string{v[hidden.word], string(appendURL(nil, v[hidden.word])), url.PathEscape(v[hidden.word])} {
			if text != "" {
				place = strings.ReplaceAll(place, text, hidden.name)
			}
		}
	}
	return place[:min(len(place), maxLocation)]
}
