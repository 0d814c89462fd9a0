package sender

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// played is the server's side of a connection: it writes whatever a test wants.
type played struct {
	*http2.Framer
	conn net.Conn
	n    int
}

func (p *played) block(fields ...string) []byte {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for at := 0; at < len(fields); at += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: fields[at], Value: fields[at+1]})
	}
	return block.Bytes()
}

func (p *played) head(id uint32, isAll bool, fields ...string) error {
	return p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: p.block(fields...), EndHeaders: true, EndStream: isAll})
}

func (p *played) ok(id uint32) {
	_ = p.head(id, false, ":status", "200")
	_ = p.WriteData(id, true, []byte("{}"))
}

// playHTTP2 is a server in the clear that a function plays: it gets each request once it is whole. False closes the connection.
func playHTTP2(t *testing.T, settings []http2.Setting, play func(p *played, id uint32) bool) (string, *atomic.Int32) {
	t.Helper()
	return playHTTP2On(t, func(conn net.Conn) net.Conn { return conn }, settings, play)
}

// gathered writes what was said between two reads at once, as servers do.
type gathered struct {
	net.Conn
	out bytes.Buffer
}

func (g *gathered) Write(data []byte) (int, error) { return g.out.Write(data) }

func (g *gathered) Read(into []byte) (int, error) {
	if _, err := g.out.WriteTo(g.Conn); err != nil {
		return 0, err
	}
	return g.Conn.Read(into)
}

func (g *gathered) Close() error {
	// TLS lets nothing be written after its own last word.
	_ = g.SetWriteDeadline(time.Time{})
	_, _ = g.out.WriteTo(g.Conn)
	return g.Conn.Close()
}

func playHTTP2On(t *testing.T, by func(net.Conn) net.Conn, settings []http2.Setting, play func(p *played, id uint32) bool) (string, *atomic.Int32) {
	t.Helper()
	arrived := &atomic.Int32{}
	base := raw(t, func(conn net.Conn, n int) {
		conn = by(conn)
		defer conn.Close()
		hello := make([]byte, len(http2.ClientPreface))
		if _, err := io.ReadFull(conn, hello); err != nil || string(hello) != http2.ClientPreface {
			return
		}
		p := &played{Framer: http2.NewFramer(conn, conn), conn: conn, n: n}
		p.AllowIllegalWrites = true
		_ = p.WriteSettings(settings...)
		for {
			frame, err := p.ReadFrame()
			if err != nil {
				return
			}
			id := frame.Header().StreamID
			isHead := frame.Header().Type == http2.FrameHeaders
			if isHead {
				arrived.Add(1)
			}
			waits := len(settings) > 0 && isHead
			if id == 0 || (!waits && !frame.Header().Flags.Has(http2.FlagDataEndStream)) || frame.Header().Type > http2.FrameHeaders {
				continue
			}
			if !play(p, id) {
				return
			}
		}
	})
	return base, arrived
}

func TestHTTP2SendsNothingTwice(t *testing.T) {
	for name, c := range map[string]struct {
		play func(p *played, id uint32) bool
		code int
	}{
		"refused":           {func(p *played, id uint32) bool { return p.WriteRSTStream(id, http2.ErrCodeRefusedStream) == nil }, 1638},
		"canceled":          {func(p *played, id uint32) bool { return p.WriteRSTStream(id, http2.ErrCodeCancel) == nil }, 1639},
		"demands HTTP/1.1":  {func(p *played, id uint32) bool { return p.WriteRSTStream(id, http2.ErrCodeHTTP11Required) == nil }, codeNoHTTP2},
		"unknown reason":    {func(p *played, id uint32) bool { return p.WriteRSTStream(id, 99) == nil }, 1630},
		"goes away":         {func(p *played, _ uint32) bool { return p.WriteGoAway(0, http2.ErrCodeNo, nil) == nil }, 1611},
		"is calmed":         {func(p *played, _ uint32) bool { return p.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, nil) == nil }, 1622},
		"goes away, closes": {func(p *played, id uint32) bool { _ = p.WriteGoAway(id, http2.ErrCodeInternal, nil); return false }, 1613},
		"closes":            {func(*played, uint32) bool { return false }, codeDefault},
		"resets":            {func(p *played, _ uint32) bool { return resets(p.conn, 0) }, codeReset},
		"pushes": {func(p *played, id uint32) bool {
			return p.WritePushPromise(http2.PushPromiseParam{StreamID: id, PromiseID: 2, BlockFragment: p.block(":method", "GET"), EndHeaders: true}) == nil
		}, 1652},
		"no status":         {func(p *played, id uint32) bool { return p.head(id, true, "a", "b") == nil }, 1632},
		"data first":        {func(p *played, id uint32) bool { return p.WriteData(id, true, nil) == nil }, 1652},
		"another request's": {func(p *played, id uint32) bool { return p.head(id+2, true, ":status", "200") == nil }, 1652},
		"garbage": {func(p *played, _ uint32) bool {
			_, err := io.WriteString(p.conn, strings.Repeat("garbage", 9))
			return err == nil
		}, codeDefault},
	} {
		base, arrived := playHTTP2(t, nil, c.play)
		b := newHTTP2Bench(t, base, 5000)
		got, when := b.post(context.Background(), "load", "a")
		if code := codeOf(got.err); code != c.code || got.status != 0 || when.sent.IsZero() {
			t.Errorf("%s: %v, code %d, not %d", name, got.err, code, c.code)
		}
		if b.sender.connection != nil {
			t.Errorf("%s: the connection stays open", name)
		}
		if arrived.Load() != 1 {
			t.Errorf("%s: %d arrived", name, arrived.Load())
		}
	}
}

// What a server says between two requests is read before the next one: nothing is lost on a connection that takes no more.
func TestAnHTTP2ConnectionThatTakesNoMoreIsNoticed(t *testing.T) {
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	settings := &tls.Config{Certificates: certified.TLS.Certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}
	ways := map[string]func(net.Conn) net.Conn{
		"in the clear": func(conn net.Conn) net.Conn { return &gathered{Conn: conn} },
		"by TLS":       func(conn net.Conn) net.Conn { return tls.Server(&gathered{Conn: conn}, settings) },
	}
	for name, c := range map[string]struct {
		after    func(p *played, id uint32) bool
		isReused bool
	}{
		"goes away":      {func(p *played, id uint32) bool { return p.WriteGoAway(id, http2.ErrCodeNo, nil) == nil }, false},
		"closes":         {func(*played, uint32) bool { return false }, false},
		"half a frame":   {func(p *played, _ uint32) bool { _, err := p.conn.Write([]byte{0, 0, 8}); return err == nil }, false},
		"speaks unasked": {func(p *played, id uint32) bool { return p.head(id, true, ":status", "200") == nil }, false},
		"pings":          {func(p *played, _ uint32) bool { return p.WritePing(false, [8]byte{1}) == nil }, true},
		"other settings": {func(p *played, _ uint32) bool {
			return p.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: 0}) == nil
		}, true},
		"late reset": {func(p *played, id uint32) bool { return p.WriteRSTStream(id, http2.ErrCodeNo) == nil }, true},
		"grants": {func(p *played, id uint32) bool {
			return p.WriteWindowUpdate(0, 9) == nil && p.WriteWindowUpdate(id, 9) == nil
		}, true},
		"goes away, late": {func(p *played, id uint32) bool {
			_ = p.WritePing(false, [8]byte{})
			return p.WriteGoAway(id, http2.ErrCodeNo, nil) == nil
		}, false},
	} {
		for by, on := range ways {
			base, arrived := playHTTP2On(t, on, nil, func(p *played, id uint32) bool {
				p.ok(id)
				return c.after(p, id)
			})
			if by == "by TLS" {
				base = strings.Replace(base, "http:", "https:", 1)
			}
			b := newHTTP2Bench(t, base, 5000)
			b.trusts(certified)
			for n := range 3 {
				got, when := b.post(context.Background(), "load", "a")
				if got.err != nil || string(got.body.kept) != "{}" || when.isReused != (c.isReused && n > 0) {
					t.Errorf("%s %s, %d: %+v, reused %v", name, by, n, got, when.isReused)
				}
				// Until the kernel has the FIN: it comes after the answer.
				for name == "closes" && b.sender.connection.isUsable() {
					runtime.Gosched()
				}
			}
			if arrived.Load() != 3 {
				t.Errorf("%s %s: %d arrived", name, by, arrived.Load())
			}
		}
	}
}

func TestHTTP2AnswersAreBounded(t *testing.T) {
	write := func(each func(p *played, id uint32) error) func(p *played, id uint32) bool {
		return func(p *played, id uint32) bool {
			for each(p, id) == nil {
			}
			return false
		}
	}
	part := []byte(strings.Repeat("x", 1<<14))
	for name, c := range map[string]struct {
		play    func(p *played, id uint32) bool
		code    int
		isCut   bool
		timeout int
	}{
		"endless body": {func(p *played, id uint32) bool {
			_ = p.head(id, false, ":status", "200")
			return write(func(p *played, id uint32) error { return p.WriteData(id, false, part) })(p, id)
		}, 0, true, 30_000},
		"1 MB of headers": {func(p *played, id uint32) bool {
			block := p.block(":status", "200", "x", strings.Repeat("%", 1<<20))
			_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block[:1<<14]})
			for block = block[1<<14:]; len(block) > 1<<14; block = block[1<<14:] {
				_ = p.WriteContinuation(id, false, block[:1<<14])
			}
			return p.WriteContinuation(id, true, block) == nil
		}, 1660, false, 30_000},
		"a flood of headers": {func(p *played, id uint32) bool {
			_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: p.block(":status", "200")})
			field := p.block("name", "value")
			return write(func(p *played, id uint32) error { return p.WriteContinuation(id, false, field) })(p, id)
		}, 1652, false, 30_000},
		"a flood of pings":    {write(func(p *played, _ uint32) error { return p.WritePing(false, [8]byte{}) }), 1662, false, 30_000},
		"a flood of settings": {write(func(p *played, _ uint32) error { return p.WriteSettings() }), 1662, false, 30_000},
		"a flood of 1xx":      {write(func(p *played, id uint32) error { return p.head(id, false, ":status", "103") }), codeDefault, false, 30_000},
		"a flood of empty data": {func(p *played, id uint32) bool {
			_ = p.head(id, false, ":status", "200")
			return write(func(p *played, id uint32) error { return p.WriteData(id, false, nil) })(p, id)
		}, 1662, false, 30_000},
		"a frame that is too long": {func(p *played, id uint32) bool { return p.WriteData(id, true, bytes.Repeat(part, 2)) == nil }, codeDefault, false, 30_000},
		"a slow drip": {func(p *played, id uint32) bool {
			_ = p.head(id, false, ":status", "200")
			return write(func(p *played, id uint32) error {
				time.Sleep(5 * time.Millisecond)
				return p.WriteData(id, false, part[:1])
			})(p, id)
		}, codeRequestTimeout, false, 100},
		"silence": {func(*played, uint32) bool { return true }, codeRequestTimeout, false, 100},
		"an end in the body": {func(p *played, id uint32) bool {
			_ = p.head(id, false, ":status", "200")
			_ = p.WriteData(id, false, part)
			return false
		}, codeDefault, false, 30_000},
		"less than promised": {func(p *played, id uint32) bool {
			_ = p.head(id, false, ":status", "200", "content-length", "9")
			return p.WriteData(id, true, part[:8]) == nil
		}, codeDefault, false, 30_000},
		"a reset in the body": {func(p *played, id uint32) bool {
			_ = p.head(id, false, ":status", "200")
			return p.WriteRSTStream(id, http2.ErrCodeInternal) == nil
		}, 1633, false, 30_000},
	} {
		base, _ := playHTTP2(t, nil, c.play)
		b := newHTTP2Bench(t, base, c.timeout)
		got, _ := b.post(context.Background(), "load", "a")
		if got.body.isCut != c.isCut || (c.isCut && (got.err != nil || len(got.body.kept) != keptBytes)) || b.sender.connection != nil {
			t.Errorf("%s: %v, %d kept, cut %v", name, got.err, len(got.body.kept), got.body.isCut)
		}
		if !c.isCut && codeOf(got.err) != c.code {
			t.Errorf("%s: %v, code %d, not %d", name, got.err, codeOf(got.err), c.code)
		}
	}
}

func TestALongRequestWaitsForTheServersWindow(t *testing.T) {
	settings := []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 10}}
	text := strings.Repeat("x", 25)
	var got bytes.Buffer
	base, _ := playHTTP2(t, settings, func(p *played, id uint32) bool {
		for isEnded := false; !isEnded; {
			frame, err := p.ReadFrame()
			if err != nil {
				return false
			}
			if data, ok := frame.(*http2.DataFrame); ok {
				got.Write(data.Data())
				isEnded = data.StreamEnded()
				_ = p.WriteWindowUpdate(id, 10)
			}
		}
		p.ok(id)
		return true
	})
	b := newHTTP2Bench(t, base, 5000)
	if answer, _ := b.post(context.Background(), "load", text); answer.err != nil || got.String() != text || b.sender.connection == nil {
		t.Errorf("%+v, %q", answer, got.String())
	}
	early, arrived := playHTTP2(t, settings, func(p *played, id uint32) bool { return p.head(id, true, ":status", "413") == nil })
	b = newHTTP2Bench(t, early, 5000)
	if answer, _ := b.post(context.Background(), "load", text); answer.err != nil || answer.status != 413 || b.sender.connection != nil || arrived.Load() != 1 {
		t.Errorf("an early answer: %+v", answer)
	}
}
