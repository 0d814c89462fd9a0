package timeline

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

const (
	// memberBytes of text make a gzip member: a reader holds one.
	memberBytes = 1 << 20
	// Where the extra field tells the member's length: fixed header 10, length of the field 2, name 2, length 2.
	lengthAt = 16
)

// pack replaces a file by <path>.gz, a row of gzip members of which each tells its own length: see
// analysis/journal/gzip-members.ts. zcat reads it, too. Until it is whole the file stays.
func pack(path string) (err error) {
	from, err := os.Open(path) //nolint:gosec // a piece that this process wrote
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	packing := path + ".gz.part"
	to, err := os.OpenFile(packing, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) //nolint:gosec // beside it
	if err != nil {
		return err
	}
	if err := errors.Join(packInto(to, from), to.Close()); err != nil {
		return errors.Join(err, os.Remove(packing))
	}
	if err := os.Rename(packing, path+".gz"); err != nil {
		return err
	}
	return os.Remove(path)
}

func packInto(to io.Writer, from io.Reader) error {
	text := make([]byte, memberBytes)
	for {
		n, err := io.ReadFull(from, text)
		if n > 0 {
			member, packErr := memberOf(text[:n])
			if packErr != nil {
				return packErr
			}
			if _, writeErr := to.Write(member); writeErr != nil {
				return writeErr
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func memberOf(text []byte) ([]byte, error) {
	var member bytes.Buffer
	// Level 1 makes a tenth of such lines; more takes several times the CPU for little.
	writer, err := gzip.NewWriterLevel(&member, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	writer.Extra = []byte{'W', 'S', 4, 0, 0, 0, 0, 0}
	if _, err := writer.Write(text); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	packed := member.Bytes()
	binary.LittleEndian.PutUint32(packed[lengthAt:], uint32(len(packed))) //nolint:gosec // at most a little over 1 MiB
	return packed, nil
}
