package timeline

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/sirupsen/logrus"
)

// maxPieceLines bounds a piece that what was read back goes into: it is told of all signals at once, after the last phase.
const maxPieceLines = 500_000

// pieces are the files of a ledger that is too long for one: <scenario>.requests.0001.ndjson and so on, each with header and end
// line. Phases <name>_0 to <name>_<n-1> are in the first, the next n in the second: so the pieces of several generators hold the
// same phases. A finished piece is packed beside the run.
type pieces struct {
	settings *settings
	head     header
	logger   logrus.FieldLogger
	// number of the piece that is open.
	number  int
	packing sync.WaitGroup
}

// numberOf gives the piece of a phase, and 0 for a phase without a number: it has none of its own.
func (p *pieces) numberOf(phase string) int {
	_, digits, found := strings.Cut(phase, "_")
	n, err := strconv.Atoi(digits)
	if !found || err != nil || n < 0 {
		return 0
	}
	return n/p.settings.piecePhases + 1
}

func (p *pieces) create() (*journalFile, error) {
	head := p.head
	head.Piece = p.number
	return createJournalFile(p.settings.folder, fmt.Sprintf("%s.requests.%04d.ndjson", p.settings.scenario, p.number), head)
}

// next ends a piece and opens another one. It gives nil where that failed: then the old one tells the error.
func (p *pieces) next(old *journalFile, number int) *journalFile {
	if old.err != nil {
		return nil
	}
	if old.end() != nil {
		return nil
	}
	p.number = number
	file, err := p.create()
	if err != nil {
		old.err = err
		return nil
	}
	p.packing.Add(1)
	go func() {
		defer p.packing.Done()
		if err := pack(old.path); err != nil {
			// It is read as it is.
			p.logger.Warnf("timeline output: packing %s: %v", old.path, err)
		}
	}()
	return file
}
