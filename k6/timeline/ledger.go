package timeline

import (
	"encoding/json"
	"strconv"
	"strings"
)

// ledger writes a line a request, by hand: encoding/json costs several times as much, on every request.
type ledger struct {
	file *journalFile
	line []byte
	// headers numbers the distinct sets of headers from 1, in order of their first answer: most answers share a few.
	headers map[string]int64
	// locations counts redirects whose goal was written.
	locations int
}

// maxHeaderSets bounds the memory for headers that are new with every answer. What comes later is notRecorded.
const (
	maxHeaderSets = 100_000
	notRecorded   = 0
)

// headersOf gives the number of a set of headers, and writes a line that tells it when it is new.
func (l *ledger) headersOf(text string) int64 {
	if text == "" {
		return absent
	}
	if known, found := l.headers[text]; found {
		return known
	}
	if len(l.headers) >= maxHeaderSets || text[0] != '{' || strings.Contains(text, "\n") || !json.Valid([]byte(text)) {
		return notRecorded
	}
	if l.headers == nil {
		l.headers = map[string]int64{}
	}
	number := int64(len(l.headers)) + 1
	l.headers[text] = number
	line := strconv.AppendInt(append(l.line[:0], `{"headerSet":`...), number, 10)
	line = append(append(line, `,"values":`...), text...)
	l.line = append(line, '}', '\n')
	l.file.write(l.line)
	return number
}

// maxLocations is how many redirects tell where they lead: they all lead to much the same place.
const maxLocations = 100

func (l *ledger) request(r *request, answer said) {
	headers := l.headersOf(answer.headers)
	line := append(l.line[:0], `{"sendUs":`...)
	line = strconv.AppendInt(line, r.sendUs, 10)
	line = append(line, `,"endUs":`...)
	line = strconv.AppendInt(line, r.endUs, 10)
	if r.connectUs > 0 {
		line = append(line, `,"connectUs":`...)
		line = strconv.AppendInt(line, r.connectUs, 10)
	}
	line = append(line, `,"phase":`...)
	line = appendJSON(line, r.phase)
	line = append(line, `,"purpose":`...)
	line = appendJSON(line, r.purpose)
	line = append(line, `,"outcome":`...)
	line = appendJSON(line, answer.outcome)
	line = append(line, `,"status":`...)
	line = strconv.AppendInt(line, int64(r.status), 10)
	if r.error != 0 {
		line = append(line, `,"error":`...)
		line = strconv.AppendInt(line, int64(r.error), 10)
	}
	line = appendNumber(line, `,"webhook":`, r.webhook)
	if r.signal != "" {
		line = append(line, `,"signal":`...)
		line = appendJSON(line, r.signal)
	}
	line = appendNumber(line, `,"headers":`, headers)
	line = appendNumber(line, `,"answerHash":`, answer.answerHash)
	if answer.location != "" && l.locations < maxLocations {
		l.locations++
		line = append(line, `,"location":`...)
		line = appendJSON(line, answer.location)
	}
	l.line = append(line, '}', '\n')
	l.file.write(l.line)
}

func (l *ledger) effect(signal string, webhook int64, processedAtUs string) {
	line := append(l.line[:0], `{"effect":`...)
	line = appendJSON(line, signal)
	line = appendNumber(line, `,"webhook":`, webhook)
	line = append(line, `,"processedAtUs":`...)
	at, err := strconv.ParseInt(processedAtUs, 10, 64)
	if err != nil {
		at = 0
	}
	line = strconv.AppendInt(line, at, 10)
	l.line = append(line, '}', '\n')
	l.file.write(l.line)
}

func (l *ledger) readback(webhook, effects, total int64) {
	line := appendNumber(append(l.line[:0], '{'), `"readback":`, webhook)
	line = append(line, `,"effects":`...)
	line = strconv.AppendInt(line, effects, 10)
	line = appendNumber(line, `,"total":`, total)
	l.line = append(line, '}', '\n')
	l.file.write(l.line)
}

// poll is one reading of all webhooks: what it saw, and where read-back stands after it.
type poll struct {
	fromUs, toUs, effects, missing int64
	state                          string
}

func (l *ledger) poll(p *poll) {
	line := appendNumber(append(l.line[:0], '{'), `"pollFromUs":`, p.fromUs)
	line = appendNumber(line, `,"pollToUs":`, p.toUs)
	line = appendNumber(line, `,"effects":`, p.effects)
	line = appendNumber(line, `,"missing":`, p.missing)
	line = append(line, `,"state":`...)
	line = appendJSON(line, p.state)
	l.line = append(line, '}', '\n')
	l.file.write(l.line)
}

// sighting writes a signal whose effect was first seen by the poll of the line before.
func (l *ledger) sighting(signal string) {
	line := append(l.line[:0], `{"seen":`...)
	line = appendJSON(line, signal)
	l.line = append(line, '}', '\n')
	l.file.write(l.line)
}

// appendNumber writes a key and its whole number, and nothing if it is absent.
func appendNumber(line []byte, key string, number int64) []byte {
	if number < 0 {
		return line
	}
	return strconv.AppendInt(append(line, key...), number, 10)
}

// appendJSON writes a JSON string; what needs escaping is rare and left to the library.
func appendJSON(line []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			quoted, err := json.Marshal(text)
			if err != nil {
				// A string always marshals.
				panic(err)
			}
			return append(line, quoted...)
		}
	}
	line = append(line, '"')
	line = append(line, text...)
	return append(line, '"')
}
