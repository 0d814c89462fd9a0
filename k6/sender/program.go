package sender

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// The profile arrives compiled: contract/request/request-program.ts turns its templates into segments, so that this sender and k6/http
// put the same bytes on the wire. The names below are those of that file.

type word int

const (
	wordToken word = iota
	wordSecret
	wordID
	wordNumber
	wordUUID
	wordAction
	wordTicker
	wordQuantity
	wordPrice
	wordBody
	wordParams
	wordTimestamp
	wordRequestID
	wordSignature
	wordCount
)

var wordNames = map[string]word{
	"token": wordToken, "secret": wordSecret, "id": wordID, "n": wordNumber, "uuid": wordUUID,
	"action": wordAction, "ticker": wordTicker, "quantity": wordQuantity, "price": wordPrice,
	"body": wordBody, "params": wordParams, "timestamp": wordTimestamp, "request_id": wordRequestID, "signature": wordSignature,
}

// values are the words of one signal as text; numbers are written as JavaScript writes them.
type values [wordCount]string

type escape int

const (
	asText escape = iota
	asURL
	asJSON
	asJSONValue
)

var escapeNames = map[string]escape{"text": asText, "url": asURL, "json": asJSON, "json-value": asJSONValue}

// segment is a literal text, or a word of the signal.
type segment struct {
	text   string
	word   word
	escape escape
	isWord bool
}

// UnmarshalJSON reads a string, or {"word": …, "as": …}.
func (s *segment) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &s.text)
	}
	var named struct{ Word, As string }
	if err := json.Unmarshal(data, &named); err != nil {
		return err
	}
	w, known := wordNames[named.Word]
	as, knownAs := escapeNames[named.As]
	if !known || !knownAs {
		return fmt.Errorf("unknown segment %s", data)
	}
	*s = segment{word: w, escape: as, isWord: true}
	return nil
}

func (s *segment) append(dst []byte, v *values) []byte {
	if !s.isWord {
		return append(dst, s.text...)
	}
	value := v[s.word]
	switch s.escape {
	case asURL:
		return appendURL(dst, value)
	case asJSON:
		return appendJSON(dst, value)
	case asJSONValue:
		if s.word == wordNumber || s.word == wordQuantity || s.word == wordPrice {
			return append(dst, value...)
		}
		dst = append(dst, '"')
		return append(appendJSON(dst, value), '"')
	case asText:
	}
	return append(dst, value...)
}

func appendAll(dst []byte, segments []segment, v *values) []byte {
	for i := range segments {
		dst = segments[i].append(dst, v)
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// appendJSON escapes as JSON.stringify does: control characters, quotation marks and backslashes only.
func appendJSON(dst []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}

// appendURL escapes as encodeURIComponent does.
func appendURL(dst []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '_', c == '.', c == '!', c == '~', c == '*', c == '\'', c == '(', c == ')':
			dst = append(dst, c)
		default:
			dst = append(dst, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		}
	}
	return dst
}

type headerTemplate struct {
	Name  string    `json:"name"`
	Value []segment `json:"value"`
}

// program is a profile's request to a webhook. A nil Body means that none is sent.
type program struct {
	Method  string           `json:"method"`
	Path    []segment        `json:"path"`
	Headers []headerTemplate `json:"headers"`
	Body    []segment        `json:"body"`
	// SpacedBody is the same body with spaces in it; nil where no signature tells the two apart.
	SpacedBody []segment  `json:"spacedBody"`
	Signature  *signature `json:"signature"`
}

// bodyFor gives the body that a proof asks for.
func (p *program) bodyFor(with *proof) []segment {
	if with.flaw == "respaced" && p.SpacedBody != nil {
		return p.SpacedBody
	}
	return p.Body
}

// uses tells whether a request holds the word.
func (p *program) uses(wanted word) bool {
	all := append(slices.Clone(p.Path), p.Body...)
	for i := range p.Headers {
		all = append(all, p.Headers[i].Value...)
	}
	if p.Signature != nil {
		all = append(all, p.Signature.Signed...)
	}
	return slices.ContainsFunc(all, func(s segment) bool { return s.isWord && s.word == wanted })
}

// config is all that the sender knows of the profile and the run.
type config struct {
	BaseURL string `json:"baseUrl"`
	// CAPem are certificates to trust beside the system's; empty for none.
	CAPem string `json:"caPem"`
	// HTTPVersion is what the profile names in request.httpVersion.
	HTTPVersion   string `json:"httpVersion"`
	TimeoutMs     int    `json:"timeoutMs"`
	PurposeHeader string `json:"purposeHeader"`
	// HealthPath is what is asked to open a connection.
	HealthPath string  `json:"healthPath"`
	Request    program `json:"request"`
	// Unproven is the request without what proves who sent it.
	Unproven      program `json:"unproven"`
	Answers       []rule  `json:"answers"`
	HashesAnswers bool    `json:"hashesAnswers"`
	// ComparesAnswers asks for hashes of the first answers, so that one that was meant for another signal shows.
	ComparesAnswers bool `json:"comparesAnswers"`
	// OneEffectCodes are codes of signals that have one effect, however often they are accepted.
	OneEffectCodes []string `json:"oneEffectCodes"`
}

func parseConfig(text string) (*config, error) {
	c := &config{}
	if err := json.Unmarshal([]byte(text), c); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if c.TimeoutMs <= 0 {
		return nil, fmt.Errorf("sender: timeoutMs is %s", strconv.Itoa(c.TimeoutMs))
	}
	if c.Request.Signature != nil {
		if err := c.Request.Signature.check(); err != nil {
			return nil, err
		}
	}
	return c, nil
}
