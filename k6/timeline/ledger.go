package timeline

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sirupsen/logrus"
)

// ledger writes a line a request, by hand: encoding/json costs several times as much, on every request.
type ledger struct {
	file *journalFile
	line []byte
	// pieces is nil for a ledger in one file.
	pieces *pieces
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

func newLedger(s *settings, head header, logger logrus.FieldLogger) (*ledger, error) {
	if s.piecePhases == 0 {
		file, err := createJournalFile(s.folder, s.scenario+".requests.ndjson", head)
		return &ledger{file: file}, err
	}
	p := &pieces{settings: s, head: head, logger: logger, number: 1}
	file, err := p.create()
	return &ledger{file: file, pieces: p}, err
}

// turn goes on in another piece, whose header sets begin anew: each piece is read by itself.
func (l *ledger) turn(number int) {
	file := l.pieces.next(l.file, number)
	if file == nil {
		return
	}
	l.file, l.headers, l.locations = file, nil, 0
}

func (l *ledger) end() error {
	err := l.file.end()
	if l.pieces != nil {
		l.pieces.packing.Wait()
	}
	return err
}

func (l *ledger) request(r *request, answer said) {
	if l.pieces != nil && r.signal != "" {
		// Also those that stay empty: a number that is missing is a file that is missing.
		for number := l.pieces.number + 1; number <= l.pieces.numberOf(r.phase); number++ {
			l.turn(number)
		}
	}
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
	if l.pieces != nil && l.file.lines >= maxPieceLines {
		l.turn(l.pieces.number + 1)
	}
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

// sighting writes an effect of a signal of which the poll of the line before saw more than those before it.
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
