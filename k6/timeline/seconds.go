package timeline

import (
	"slices"
	"strconv"
)

// Samples come up to some hundred milliseconds late; what is later still gets a line of its own for the same key.
const settleSeconds = 2

type seriesKey struct {
	second  int64
	phase   string
	purpose string
	outcome string
}

// cell counts the requests of one second, phase, purpose and outcome.
type cell struct {
	count   int64
	service *histogram
	full    *histogram
}

type droppedKey struct {
	second int64
	phase  string
}

// seconds holds the seconds that are not written yet; cells are used again, for each holds two large arrays.
type seconds struct {
	cells   map[seriesKey]*cell
	dropped map[droppedKey]int64
	free    []*cell
	line    []byte
	encoder *encoder
}

func newSeconds() *seconds {
	return &seconds{cells: map[seriesKey]*cell{}, dropped: map[droppedKey]int64{}, encoder: newEncoder()}
}

func (s *seconds) count(r *request, outcome string) {
	key := seriesKey{second: r.endUs / 1_000_000, phase: r.phase, purpose: r.purpose, outcome: outcome}
	c := s.cells[key]
	if c == nil {
		c = s.newCell()
		s.cells[key] = c
	}
	c.count++
	c.service.record(r.endUs - r.sendUs)
	c.full.record(r.endUs - r.sendUs + r.connectUs)
}

func (s *seconds) drop(second int64, phase string, n int64) {
	s.dropped[droppedKey{second: second, phase: phase}] += n
}

func (s *seconds) newCell() *cell {
	if n := len(s.free); n > 0 {
		c := s.free[n-1]
		s.free = s.free[:n-1]
		return c
	}
	return &cell{service: newHistogram(), full: newHistogram()}
}

// flush writes, in order of time, every second before the given one.
func (s *seconds) flush(before int64, file *journalFile) error {
	var due []seriesKey
	for key := range s.cells {
		if key.second < before {
			due = append(due, key)
		}
	}
	slices.SortFunc(due, compareSeries)
	for _, key := range due {
		c := s.cells[key]
		if err := s.writeCell(key, c, file); err != nil {
			return err
		}
		delete(s.cells, key)
		c.count = 0
		c.service.reset()
		c.full.reset()
		s.free = append(s.free, c)
	}
	for key, n := range s.dropped {
		if key.second >= before {
			continue
		}
		line := append(s.line[:0], `{"second":`...)
		line = strconv.AppendInt(line, key.second, 10)
		line = append(line, `,"phase":`...)
		line = appendJSON(line, key.phase)
		line = append(line, `,"dropped":`...)
		line = strconv.AppendInt(line, n, 10)
		s.line = append(line, '}', '\n')
		file.write(s.line)
		delete(s.dropped, key)
	}
	return nil
}

func (s *seconds) writeCell(key seriesKey, c *cell, file *journalFile) error {
	line := append(s.line[:0], `{"second":`...)
	line = strconv.AppendInt(line, key.second, 10)
	line = append(line, `,"phase":`...)
	line = appendJSON(line, key.phase)
	line = append(line, `,"purpose":`...)
	line = appendJSON(line, key.purpose)
	line = append(line, `,"outcome":`...)
	line = appendJSON(line, key.outcome)
	line = append(line, `,"count":`...)
	line = strconv.AppendInt(line, c.count, 10)
	line = append(line, `,"service":"`...)
	line, err := s.encoder.append(line, c.service)
	if err != nil {
		return err
	}
	line = append(line, `","full":"`...)
	if line, err = s.encoder.append(line, c.full); err != nil {
		return err
	}
	s.line = append(line, '"', '}', '\n')
	file.write(s.line)
	return nil
}

func compareSeries(a, b seriesKey) int {
	switch {
	case a.second != b.second:
		return int(a.second - b.second)
	case a.phase != b.phase:
		return compareText(a.phase, b.phase)
	case a.purpose != b.purpose:
		return compareText(a.purpose, b.purpose)
	default:
		return compareText(a.outcome, b.outcome)
	}
}

func compareText(a, b string) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}
