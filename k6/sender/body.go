package sender

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"net/http"
	"strings"
)

// Of an answer so many bytes are kept. What is longer is no answer to a webhook; a page of read-back may be.
const (
	keptBytes         = 64 << 10
	keptReadbackBytes = 16 << 20
	// maxReadBytes is how far a longer answer is read, so that its connection can be used again. Then it is closed.
	maxReadBytes = 1 << 20
)

// body is what was read of an answer.
type body struct {
	kept []byte
	// isCut tells that the answer went on: its connection cannot be used again.
	isCut bool
	hash  int64
}

// bodyReader reads answers of one VU. Its buffers are used again, so a body holds only until the next one is read.
type bodyReader struct {
	kept   bytes.Buffer
	chunk  []byte
	digest hash.Hash
}

func limitsOf(purpose string) (kept, most int) {
	if purpose == "readback" {
		return keptReadbackBytes, keptReadbackBytes
	}
	return keptBytes, maxReadBytes
}

// read takes in the body of an answer, bounded while it is read.
func (b *bodyReader) read(c *connection, response *http.Response, purpose string, hashes bool) (body, error) {
	c.head.begin(math.MaxInt, math.MaxInt)
	b.kept.Reset()
	if b.kept.Cap() > 4*keptBytes {
		b.kept = bytes.Buffer{}
	}
	source, err := decompressed(response)
	if err != nil {
		return body{isCut: true, hash: -1}, err
	}
	if hashes {
		b.startHash()
	}
	keep, most := limitsOf(purpose)
	if b.chunk == nil {
		b.chunk = make([]byte, 8<<10)
	}
	isCut := false
	for total := 0; ; {
		n, err := source.Read(b.chunk)
		total += n
		if hashes {
			b.digest.Write(b.chunk[:n])
		}
		b.kept.Write(b.chunk[:min(n, keep-b.kept.Len())])
		if err == io.EOF { //nolint:errorlint // a reader that is through gives io.EOF itself
			break
		}
		if err != nil {
			return body{isCut: true, hash: -1}, orDecompression(err)
		}
		if total > most {
			isCut = true
			break
		}
	}
	read := body{kept: b.kept.Bytes(), isCut: isCut, hash: -1}
	if hashes {
		read.hash = int64(binary.BigEndian.Uint32(b.digest.Sum(nil)))
	}
	return read, nil
}

func (b *bodyReader) startHash() {
	if b.digest == nil {
		b.digest = sha256.New()
	}
	b.digest.Reset()
}

// orDecompression adds to an error of reading that the connection carried the answer well, and its compression is broken.
func orDecompression(err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, zlib.ErrChecksum) {
		return fmt.Errorf("%w: %w", errDecompression, err)
	}
	return err
}

// decompressed undoes gzip and deflate; k6/http does so, too, whether it was asked for or not.
func decompressed(response *http.Response) (io.Reader, error) {
	encoding := response.Header.Get("Content-Encoding")
	if encoding == "" || response.Body == http.NoBody {
		return response.Body, nil
	}
	var (
		reader io.Reader
		err    error
	)
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "gzip":
		reader, err = gzip.NewReader(response.Body)
	case "deflate":
		reader, err = zlib.NewReader(response.Body)
	default:
		return response.Body, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDecompression, err)
	}
	return reader, nil
}
