package timeline

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"go.k6.io/k6/v2/errext"
)

const journalVersion = 4

type header struct {
	Format      string      `json:"format"`
	Version     int         `json:"version"`
	RunID       string      `json:"runId"`
	Scenario    string      `json:"scenario"`
	Piece       int         `json:"piece,omitempty"`
	StartedAtUs int64       `json:"startedAtUs"`
	Clock       headerClock `json:"clock"`
}

type headerClock struct {
	WallUs      int64 `json:"wallUs"`
	MonotonicUs int64 `json:"monotonicUs"`
}

// journalFile is one NDJSON file: a header line, data lines, an end line with their count. After a write error it writes
// nothing more, so that the end line is missing and readers know.
type journalFile struct {
	path   string
	file   io.WriteCloser
	buffer *bufio.Writer
	lines  int
	err    error
}

func createJournalFile(folder, name string, head header) (*journalFile, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("timeline output: %w", err)
	}
	path := filepath.Join(folder, name)
	// Never a file that is there: two generators would tear each other's journal.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // the folder is the user's choice
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("timeline output: %s exists already: give another folder to --out timeline=DIR, or each of several generators --tag instance_id=N", path)
	}
	if err != nil {
		return nil, unwritable(path, err, fmt.Errorf("timeline output: %w", err))
	}
	return newJournalFile(path, file, head)
}

// unwritable gives the error a field that k6's log has wherever the error is logged: which file the system refused, and how.
// The runner reads the field, never the message (cli/run/k6-refusals.ts).
func unwritable(path string, refusal, message error) error {
	var ofPath *fs.PathError
	if errors.As(refusal, &ofPath) {
		refusal = ofPath.Err
	}
	field, err := json.Marshal(map[string]string{"path": path, "refusal": refusal.Error()})
	if err != nil {
		return message
	}
	return errext.WithFields(message, map[string]any{"unwritable": string(field)})
}

func newJournalFile(path string, file io.WriteCloser, head header) (*journalFile, error) {
	f := &journalFile{path: path, file: file, buffer: bufio.NewWriterSize(file, 1<<16)}
	line, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	f.write(append(line, '\n'))
	f.lines = 0
	f.flush()
	return f, f.err
}

// write takes one whole line, newline included.
func (f *journalFile) write(line []byte) {
	if f.err != nil {
		return
	}
	if _, err := f.buffer.Write(line); err != nil {
		f.fail(err)
		return
	}
	f.lines++
}

func (f *journalFile) flush() {
	if f.err != nil {
		return
	}
	if err := f.buffer.Flush(); err != nil {
		f.fail(err)
	}
}

func (f *journalFile) fail(err error) {
	f.err = unwritable(f.path, err, fmt.Errorf("timeline output: writing %s: %w", f.path, err))
}

// end writes the end line and closes the file.
func (f *journalFile) end() error {
	f.write(fmt.Appendf(nil, "{\"end\":true,\"lines\":%d}\n", f.lines))
	f.flush()
	if err := f.file.Close(); err != nil && f.err == nil {
		f.fail(err)
	}
	return f.err
}
