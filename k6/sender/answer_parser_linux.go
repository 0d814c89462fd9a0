package sender

import (
	"bufio"
	"errors"
	"io"
)

// errEnd stands for the end of a connection.
var errEnd = io.EOF

// errMore is what the parser meets where the answer is not all there.
var errMore = errors.New("the answer is not whole yet")

// pieceReader reads what is there of an answer, and tells whether more was wanted.
type pieceReader struct {
	left  []byte
	end   error
	isOut bool
}

func (p *pieceReader) Read(into []byte) (int, error) {
	if len(p.left) == 0 {
		if p.end != nil {
			return 0, p.end
		}
		p.isOut = true
		return 0, errMore
	}
	n := copy(into, p.left)
	p.left = p.left[n:]
	return n, nil
}

// answerParser reads answers out of memory by the same code that reads them from a connection.
type answerParser struct {
	pieces pieceReader
	from   connection
	bodies bodyReader
}

func (a *answerParser) init() {
	a.from.head.from = &a.pieces
	a.from.reader = bufio.NewReaderSize(&a.from.head, readBuffer)
}

// parse gives the answer if it is whole, and whether its connection can be used again. End is what followed what was read, or nil.
func (a *answerParser) parse(of *shared, n *plainLane, read []byte, end error) (got answer, keeps, isWhole bool) {
	a.pieces = pieceReader{left: read, end: end}
	a.from.reader.Reset(&a.from.head)
	response, _, err := a.from.answerHead(&n.head.request)
	if err != nil {
		return answer{err: err}, false, !a.pieces.isOut
	}
	told, err := a.bodies.read(&a.from, response, n.what.purpose, n.what.hashes)
	if err != nil && a.pieces.isOut {
		return answer{}, false, false
	}
	hasMore := len(a.pieces.left) > 0 || a.from.reader.Buffered() > 0
	keeps = err == nil && end == nil && !told.isCut && !response.Close && response.StatusCode >= 200 && !hasMore
	return of.answerOf(response, told, err), keeps, true
}
