package sender

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"go.k6.io/k6/v2/lib/netext"
)

const (
	// maxHeadBytes bounds status line and headers of one answer, 1xx answers before it included.
	maxHeadBytes = 256 << 10
	// maxHeadLines bounds its lines: each takes many times its bytes when it was read.
	maxHeadLines = 1_000
	maxInfos     = 5
	readBuffer   = 4 << 10
)

// headLimit reads from a connection until the head of an answer has become too long.
type headLimit struct {
	from        io.Reader
	left, lines int
}

// begin lets an answer of so many bytes and lines through.
func (h *headLimit) begin(left, lines int) { h.left, h.lines = left, lines }

func (h *headLimit) Read(into []byte) (int, error) {
	if h.left <= 0 || h.lines <= 0 {
		return 0, errHeadTooLong
	}
	n, err := h.from.Read(into)
	h.left -= n
	h.lines -= bytes.Count(into[:n], []byte{'\n'})
	return n, err
}

// connection is the one that a VU keeps open. A proxy is never used.
type connection struct {
	net.Conn
	tcp    net.Conn
	head   headLimit
	reader *bufio.Reader
	// frames are those of HTTP/2; nil in HTTP/1.1.
	frames *frames
	// wasAsked tells that the server asked for a client certificate, and there is none.
	wasAsked bool
}

// dialed is how long the parts of opening a connection took.
type dialed struct{ connecting, tls time.Duration }

// dial opens a connection through k6's dialer, which resolves the host, refuses blocked addresses and counts the bytes. With an
// error it gives what is known of the connection, which is closed, or nil.
func dial(ctx context.Context, by *network, origin *origin) (*connection, dialed, error) {
	started := time.Now()
	tcp, err := by.dialer.DialContext(ctx, "tcp", origin.address)
	took := dialed{connecting: time.Since(started)}
	if err != nil {
		return nil, took, err
	}
	c := &connection{Conn: tcp, tcp: tcp}
	if origin.isTLS {
		started = time.Now()
		settings := by.tls.Clone()
		settings.NextProtos = []string{origin.protocol()}
		settings.ServerName = origin.host
		if origin.roots != nil {
			settings.RootCAs = origin.roots
		}
		if len(settings.Certificates) == 0 {
			settings.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				c.wasAsked = true
				return &tls.Certificate{}, nil
			}
		}
		secure := tls.Client(tcp, settings)
		err = secure.HandshakeContext(ctx)
		took.tls = time.Since(started)
		if err = origin.orNoHTTP2(secure, err); err != nil {
			_ = tcp.Close()
			return c, took, err
		}
		c.Conn = secure
	}
	c.head.from = c.Conn
	c.reader = bufio.NewReaderSize(&c.head, readBuffer)
	return c, took, nil
}

// isUsable tells whether a connection that was used before can carry another request: the server has neither closed it nor
// sent what nobody asked for. So a request that is safe to send on a new connection is never lost on an old one.
func (c *connection) isUsable() bool {
	if c.frames != nil {
		return c.frames.isUsable()
	}
	if c.reader.Buffered() > 0 {
		return false
	}
	hasInput, err := c.hasInput()
	return err == nil && !hasInput
}

// hasInput tells whether the kernel has something that was not read, or the end.
func (c *connection) hasInput() (bool, error) {
	tcp := c.tcp
	if counted, ok := tcp.(*netext.Conn); ok {
		tcp = counted.Conn
	}
	socket, ok := tcp.(syscall.Conn)
	if !ok {
		return false, nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return false, err
	}
	isReadable := false
	err = raw.Control(func(fd uintptr) { isReadable = hasInput(fd) })
	return isReadable, err
}

// prepare makes ready what send sends.
func (c *connection) prepare(message []byte) {
	if c.frames != nil {
		c.frames.prepare(message)
	}
}

func (c *connection) send(message []byte) error {
	if c.frames != nil {
		return c.frames.send()
	}
	_, err := c.Write(message)
	return err
}

// answerHead reads up to the first byte, notes its time, and reads the head. 1xx answers are passed over.
func (c *connection) answerHead(to *http.Request) (*http.Response, time.Time, error) {
	if c.frames != nil {
		return c.frames.answerHead()
	}
	c.head.begin(maxHeadBytes, maxHeadLines)
	_, err := c.reader.Peek(1)
	firstByte := time.Now()
	if err != nil {
		return nil, firstByte, err
	}
	if err := c.otherProtocol(); err != nil {
		return nil, firstByte, err
	}
	for range maxInfos {
		response, err := http.ReadResponse(c.reader, to)
		if err != nil {
			return nil, firstByte, err
		}
		if response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols {
			return response, firstByte, nil
		}
	}
	return nil, firstByte, errTooManyInfos
}

// frameHead is the length of the head of an HTTP/2 frame. Source: RFC 9113, 4.1.
const frameHead = 9

// otherProtocol looks at how an answer begins: a TLS alert, or the SETTINGS or GOAWAY frame of a server that speaks HTTP/2 only. Neither
// has read the request.
func (c *connection) otherProtocol() error {
	first, err := c.reader.Peek(1)
	if err != nil {
		return err
	}
	switch first[0] {
	case 0x15:
		if start, err := c.reader.Peek(2); err == nil && start[1] == 3 {
			return errTLSServer
		}
	case 0:
		start, err := c.reader.Peek(frameHead)
		isFrame := err == nil && (start[3] == 4 || start[3] == 7) && binary.BigEndian.Uint32(start[5:])&0x7fffffff == 0
		if isFrame {
			return errHTTP2Only
		}
	}
	return nil
}
