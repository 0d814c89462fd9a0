package sender

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net/http"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	// startWindow is what may be sent before anything is granted; tableSize what a peer remembers of headers. Source: RFC 9113, 6.5.2 and 6.9.2.
	startWindow = 1<<16 - 1
	tableSize   = 4 << 10
	// readWindow is what the server may send before we have read it. It never has to wait for an answer to a webhook.
	readWindow   = 1 << 20
	maxFrameSize = 16 << 10
	maxStreamID  = 1<<31 - 1
	// maxControls bounds frames that carry nothing of an answer, such as a flood of PING.
	maxControls = 1000
)

// frames is HTTP/2 on a connection that carries one request at a time. It has no goroutine: what the server sends between two
// requests is read before the next one, so that nothing is sent on a connection that takes no more.
type frames struct {
	on     *connection
	framer *http2.Framer
	// out gathers the frames that go out in one write.
	out     bytes.Buffer
	encoder *hpack.Encoder
	block   bytes.Buffer
	scheme  string
	// What the server takes: in a frame, in a new stream, and on the connection now.
	peerFrame  int
	peerWindow int64
	window     int64
	goAway     *http2.GoAwayError
	nextID     uint32
	stream     stream
	// ungranted is how much was read and is not granted anew.
	ungranted uint32
	controls  int
}

// stream is the request that is under way, or the last one.
type stream struct {
	id       uint32
	window   int64
	first    time.Time
	response *http.Response
	infos    int
	// data is what was read of the body and not taken yet.
	data    []byte
	isEnded bool
	// unsent is what the server has not granted yet of the body of the request.
	unsent []byte
}

// startFrames says hello and waits until the server has: so nothing is sent to one that speaks another protocol.
func (c *connection) startFrames(ctx context.Context, deadline time.Time, to *origin) error {
	if err := c.SetDeadline(deadline); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })()
	c.head.begin(math.MaxInt, math.MaxInt)
	c.frames = newFrames(c, to)
	if err := c.frames.flush(); err != nil {
		return err
	}
	if err := c.speaksHTTP2(); err != nil {
		return err
	}
	if err := c.frames.read(); err != nil {
		return err
	}
	if refused := c.frames.goAway; refused != nil {
		return *refused
	}
	return nil
}

// newFrames has the hello ready.
func newFrames(on *connection, to *origin) *frames {
	f := &frames{on: on, scheme: to.scheme(), peerFrame: maxFrameSize, peerWindow: startWindow, window: startWindow, nextID: 1}
	f.framer = http2.NewFramer(&f.out, on.reader)
	f.framer.ReadMetaHeaders = hpack.NewDecoder(tableSize, nil)
	f.framer.MaxHeaderListSize = maxHeadBytes
	f.framer.SetMaxReadFrameSize(maxFrameSize)
	f.framer.SetReuseFrames()
	f.encoder = hpack.NewEncoder(&f.block)
	f.out.WriteString(http2.ClientPreface)
	_ = f.framer.WriteSettings(
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: readWindow},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: maxHeadBytes},
	)
	_ = f.framer.WriteWindowUpdate(0, readWindow-startWindow)
	return f
}

// speaksHTTP2 looks at how a server begins: with SETTINGS, unless it speaks another protocol. No request was sent yet.
func (c *connection) speaksHTTP2() error {
	start, err := c.reader.Peek(len("HTTP/"))
	if err != nil {
		return err
	}
	switch {
	case string(start) == "HTTP/":
		all, _ := c.reader.Peek(c.reader.Buffered())
		if saysTLS(all) {
			return errTLSServer
		}
		return errNoHTTP2
	case start[0] == 0x15 && start[1] == 3:
		return errTLSServer
	case http2.FrameType(start[3]) == http2.FrameGoAway:
		return nil
	case http2.FrameType(start[3]) != http2.FrameSettings:
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	return nil
}

func (f *frames) flush() error {
	if f.out.Len() == 0 {
		return nil
	}
	_, err := f.on.Write(f.out.Bytes())
	f.out.Reset()
	return err
}

// isUsable reads what came since the last answer, and tells whether another request can be sent.
func (f *frames) isUsable() bool {
	f.controls = 0
	for tries := 0; tries < maxLooks; {
		// What the kernel has is waited for, what it has not is not. Without input TLS may still hold a frame that it has read.
		wait := time.Unix(1, 0)
		hasInput, err := f.on.hasInput()
		if err != nil {
			return false
		}
		if hasInput {
			tries++
			wait = time.Now().Add(maxPartWait)
		}
		if f.on.SetDeadline(wait) != nil {
			return false
		}
		_, err = f.on.reader.Peek(frameHead)
		switch {
		case err == nil && !hasInput:
			err = f.on.SetDeadline(time.Now().Add(maxPartWait))
		case err != nil && isTimeout(err) && f.on.reader.Buffered() == 0:
			if hasInput {
				continue
			}
			return f.isWhole() && f.nextID <= maxStreamID
		}
		if err != nil || f.read() != nil {
			return false
		}
	}
	return false
}

const (
	// maxPartWait is how long the rest of a frame may take that came between two requests.
	maxPartWait = 5 * time.Millisecond
	// maxLooks bounds how much is read between two requests.
	maxLooks = 100
)

// read takes in one frame, and answers what has to be answered.
func (f *frames) read() error {
	if err := f.noteFirst(); err != nil {
		return f.orGoAway(err)
	}
	frame, err := f.framer.ReadFrame()
	if err != nil {
		return f.orGoAway(err)
	}
	switch frame := frame.(type) {
	case *http2.MetaHeadersFrame:
		return f.takeHead(frame)
	case *http2.DataFrame:
		return f.takeData(frame)
	case *http2.RSTStreamFrame:
		return f.takeReset(frame)
	case *http2.PushPromiseFrame:
		return http2.ConnectionError(http2.ErrCodeProtocol)
	default:
		return f.control(frame)
	}
}

// noteFirst notes when an answer begins: when the head of its first frame is there.
func (f *frames) noteFirst() error {
	if !f.stream.first.IsZero() {
		return nil
	}
	start, err := f.on.reader.Peek(frameHead)
	if err != nil {
		return err
	}
	id := binary.BigEndian.Uint32(start[5:]) & maxStreamID
	if id != 0 && id == f.stream.id && http2.FrameType(start[3]) == http2.FrameHeaders {
		f.stream.first = time.Now()
	}
	return nil
}

// orGoAway gives what the server said before it closed the connection.
func (f *frames) orGoAway(err error) error {
	if f.goAway != nil && errors.Is(err, io.EOF) {
		return *f.goAway
	}
	return err
}

// control takes in what is of the whole connection.
func (f *frames) control(frame http2.Frame) error {
	if f.controls++; f.controls > maxControls {
		return http2.ConnectionError(http2.ErrCodeEnhanceYourCalm)
	}
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		return f.takeSettings(frame)
	case *http2.PingFrame:
		if frame.IsAck() {
			return nil
		}
		_ = f.framer.WritePing(true, frame.Data)
		return f.flush()
	case *http2.WindowUpdateFrame:
		return f.takeWindow(frame)
	case *http2.GoAwayFrame:
		f.goAway = &http2.GoAwayError{LastStreamID: frame.LastStreamID, ErrCode: frame.ErrCode}
		if !f.stream.isEnded && f.stream.id > frame.LastStreamID {
			return *f.goAway
		}
	}
	return nil
}

func (f *frames) takeSettings(frame *http2.SettingsFrame) error {
	if frame.IsAck() {
		return nil
	}
	err := frame.ForeachSetting(func(s http2.Setting) error {
		if err := s.Valid(); err != nil {
			return err
		}
		switch s.ID {
		case http2.SettingInitialWindowSize:
			f.stream.window += int64(s.Val) - f.peerWindow
			f.peerWindow = int64(s.Val)
		case http2.SettingMaxFrameSize:
			f.peerFrame = int(s.Val)
		case http2.SettingHeaderTableSize:
			f.encoder.SetMaxDynamicTableSize(s.Val)
		}
		return nil
	})
	if err != nil {
		return err
	}
	_ = f.framer.WriteSettingsAck()
	return f.flush()
}

func (f *frames) takeWindow(frame *http2.WindowUpdateFrame) error {
	window := &f.stream.window
	switch frame.StreamID {
	case 0:
		window = &f.window
	case f.stream.id:
	default:
		return nil
	}
	if *window += int64(frame.Increment); *window > math.MaxInt32 {
		return http2.ConnectionError(http2.ErrCodeFlowControl)
	}
	return nil
}
