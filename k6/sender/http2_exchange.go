package sender

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// prepare makes frames of a request that was composed as HTTP/1.1: both versions say the same.
func (f *frames) prepare(message []byte) {
	f.controls = 0
	f.stream = stream{id: f.nextID, window: f.peerWindow}
	f.nextID += 2
	f.stream.unsent = f.encode(message)
	f.writeHead(len(f.stream.unsent) == 0)
	f.writeBody()
}

// writeBody writes as much of the body as the server takes now.
func (f *frames) writeBody() {
	s := &f.stream
	for len(s.unsent) > 0 {
		size := int(min(int64(len(s.unsent)), int64(f.peerFrame), f.window, s.window))
		if size <= 0 {
			return
		}
		_ = f.framer.WriteData(s.id, size == len(s.unsent), s.unsent[:size])
		s.unsent = s.unsent[size:]
		f.window -= int64(size)
		s.window -= int64(size)
	}
}

// send sends what was prepared. An early answer ends the sending.
func (f *frames) send() error {
	for {
		if err := f.flush(); err != nil || len(f.stream.unsent) == 0 {
			return err
		}
		if err := f.read(); err != nil {
			return err
		}
		if f.stream.response != nil {
			return nil
		}
		f.writeBody()
	}
}

var lineEnd = []byte("\r\n")

// encode makes a header block of the head of a request, and gives its body.
func (f *frames) encode(message []byte) []byte {
	head, body, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	first, lines, _ := bytes.Cut(head, lineEnd)
	method, rest, _ := bytes.Cut(first, []byte(" "))
	path := bytes.TrimSuffix(rest, []byte(" HTTP/1.1"))
	host, lines, _ := bytes.Cut(lines, lineEnd)
	f.block.Reset()
	f.field(":authority", string(bytes.TrimPrefix(host, []byte("Host: "))))
	f.field(":method", string(method))
	f.field(":path", string(path))
	f.field(":scheme", f.scheme)
	for len(lines) > 0 {
		var one []byte
		one, lines, _ = bytes.Cut(lines, lineEnd)
		name, value, _ := bytes.Cut(one, []byte(": "))
		if lower := strings.ToLower(string(name)); !ofConnection[lower] {
			f.field(lower, string(value))
		}
	}
	return body
}

// ofConnection are headers that HTTP/2 has no place for. Source: RFC 9113, 8.2.2.
var ofConnection = map[string]bool{
	"connection": true, "keep-alive": true, "proxy-connection": true, "transfer-encoding": true, "upgrade": true, "te": true,
}

func (f *frames) field(name, value string) {
	_ = f.encoder.WriteField(hpack.HeaderField{Name: name, Value: value})
}

func (f *frames) writeHead(isAll bool) {
	block := f.block.Bytes()
	for isFirst := true; isFirst || len(block) > 0; isFirst = false {
		part := block[:min(len(block), f.peerFrame)]
		block = block[len(part):]
		if isFirst {
			_ = f.framer.WriteHeaders(http2.HeadersFrameParam{
				StreamID: f.stream.id, BlockFragment: part, EndStream: isAll, EndHeaders: len(block) == 0,
			})
			continue
		}
		_ = f.framer.WriteContinuation(f.stream.id, len(block) == 0, part)
	}
}

// answerHead reads until the head of the answer is there.
func (f *frames) answerHead() (*http.Response, time.Time, error) {
	for f.stream.response == nil {
		if err := f.read(); err != nil {
			return nil, f.stream.first, err
		}
	}
	return f.stream.response, f.stream.first, nil
}

// isWhole tells whether request and answer are through, so that another request may follow.
func (f *frames) isWhole() bool {
	return f.stream.isEnded && len(f.stream.unsent) == 0 && f.goAway == nil
}

func (f *frames) streamError() error {
	return http2.StreamError{StreamID: f.stream.id, Code: http2.ErrCodeProtocol}
}

// takeHead takes in the head of an answer, a 1xx answer before it, or what comes after its body.
func (f *frames) takeHead(frame *http2.MetaHeadersFrame) error {
	s := &f.stream
	switch {
	case frame.StreamID != s.id || s.isEnded:
		return http2.ConnectionError(http2.ErrCodeProtocol)
	case s.response != nil && !frame.StreamEnded():
		return f.streamError()
	case s.response != nil:
		s.isEnded = true
		return nil
	case frame.Truncated || len(frame.Fields) > maxHeadLines:
		return errHeadTooLong
	}
	status, err := strconv.Atoi(frame.PseudoValue("status"))
	if err != nil || status < 100 || status > 999 {
		return f.streamError()
	}
	if status < 200 {
		if s.infos++; s.infos > maxInfos {
			return errTooManyInfos
		}
		if frame.StreamEnded() {
			return f.streamError()
		}
		return nil
	}
	s.isEnded = frame.StreamEnded()
	s.response = f.responseOf(frame, status)
	return nil
}

func (f *frames) responseOf(frame *http2.MetaHeadersFrame, status int) *http.Response {
	header := make(http.Header, len(frame.Fields))
	for _, field := range frame.RegularFields() {
		header.Add(field.Name, field.Value)
	}
	response := &http.Response{StatusCode: status, Header: header, ContentLength: -1, Body: http.NoBody}
	if !f.stream.isEnded {
		promised, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64)
		if err == nil {
			response.ContentLength = promised
		}
		response.Body = io.NopCloser(&dataReader{frames: f, promised: response.ContentLength})
	}
	return response
}

func (f *frames) takeData(frame *http2.DataFrame) error {
	s := &f.stream
	if frame.StreamID != s.id || s.isEnded || s.response == nil {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	s.data, s.isEnded = frame.Data(), frame.StreamEnded()
	if len(s.data) == 0 && !s.isEnded {
		if f.controls++; f.controls > maxControls {
			return http2.ConnectionError(http2.ErrCodeEnhanceYourCalm)
		}
	}
	if f.ungranted += frame.Length; f.ungranted < readWindow/2 {
		return nil
	}
	_ = f.framer.WriteWindowUpdate(0, f.ungranted)
	if !s.isEnded {
		_ = f.framer.WriteWindowUpdate(s.id, f.ungranted)
	}
	f.ungranted = 0
	return f.flush()
}

// takeReset: only that of a request which is under way matters.
func (f *frames) takeReset(frame *http2.RSTStreamFrame) error {
	if frame.StreamID != f.stream.id || f.stream.isEnded {
		return nil
	}
	return http2.StreamError{StreamID: frame.StreamID, Code: frame.ErrCode}
}

// dataReader is the body of an answer. One that ends early is broken, as in HTTP/1.1.
type dataReader struct {
	frames   *frames
	promised int64
	got      int64
}

func (d *dataReader) Read(into []byte) (int, error) {
	s := &d.frames.stream
	for len(s.data) == 0 {
		if s.isEnded {
			if d.promised >= 0 && d.got != d.promised {
				return 0, io.ErrUnexpectedEOF
			}
			return 0, io.EOF
		}
		if err := d.frames.read(); errors.Is(err, io.EOF) {
			return 0, io.ErrUnexpectedEOF
		} else if err != nil {
			return 0, err
		}
	}
	n := copy(into, s.data)
	s.data = s.data[n:]
	d.got += int64(n)
	return n, nil
}
