package sender

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
)

// bench is a sender without JavaScript around it.
type bench struct {
	t      *testing.T
	sender *sender
	state  *lib.State
}

func newBench(t *testing.T, base string, timeoutMs int) *bench {
	t.Helper()
	to, err := parseOrigin(base)
	if err != nil {
		t.Fatal(err)
	}
	s := &sender{carrier: carrier{shared: &shared{config: &config{TimeoutMs: timeoutMs}, origin: to}}}
	return &bench{t: t, sender: s, state: &lib.State{Dialer: netext.NewDialer(net.Dialer{}, nil), TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12}}}
}

func (b *bench) post(ctx context.Context, purpose, body string) (answer, timing) {
	b.t.Helper()
	h := newHead("POST", []headerTemplate{{Name: "X-Idempotency-Key", Value: segments("1")}})
	m := message{head: &h, path: []byte("/"), body: []byte(body), hasBody: true}
	var err error
	if b.sender.out, err = m.append(nil, b.sender.shared.origin, "test", &values{}); err != nil {
		b.t.Fatal(err)
	}
	return b.sender.exchange(ctx, networkOf(b.state), &h, &asked{purpose: purpose, hashes: true})
}

func TestOneConnectionIsUsedAgain(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write(body)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	b := newBench(t, server.URL, 1000)
	for n, text := range []string{"one", "two", "three"} {
		got, when := b.post(context.Background(), "load", text)
		if got.err != nil || got.status != 429 || string(got.body.kept) != text || got.header.Get("Retry-After") != "3" || when.isReused != (n > 0) {
			t.Errorf("%+v, %+v", got, when)
		}
		if trail := when.trail(); trail.Duration <= 0 || trail.Duration < trail.Waiting || (n > 0 && trail.ConnDuration != 0) {
			t.Errorf("%+v", trail)
		}
	}
	b.state.Options.NoConnectionReuse.Bool = true
	b.post(context.Background(), "load", "four")
	b.post(context.Background(), "load", "five")
	if opened.Load() != 2 {
		t.Errorf("%d connections", opened.Load())
	}
}

// raw is a server that a function plays: it gets each connection and its number.
func raw(t *testing.T, play func(conn net.Conn, n int)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for n := 0; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go play(conn, n)
		}
	}()
	return "http://" + listener.Addr().String()
}

func readRequest(conn net.Conn) {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err == nil {
		_, _ = io.Copy(io.Discard, request.Body)
	}
}

func TestARequestIsNeverSentAgain(t *testing.T) {
	var arrived atomic.Int32
	base := raw(t, func(conn net.Conn, _ int) {
		defer conn.Close()
		reader := bufio.NewReader(conn)
		for first := true; ; first = false {
			request, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, request.Body)
			arrived.Add(1)
			if !first {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		}
	})
	b := newBench(t, base, 1000)
	first, _ := b.post(context.Background(), "load", "a")
	second, when := b.post(context.Background(), "load", "b")
	if first.err != nil || second.err == nil || !when.isReused || isTimeout(second.err) || arrived.Load() != 2 {
		t.Errorf("%v, %v, %d arrived", first.err, second.err, arrived.Load())
	}
}

func TestAConnectionThatTheServerClosedWhileIdleIsNotUsed(t *testing.T) {
	closed := make(chan struct{}, 9)
	base := raw(t, func(conn net.Conn, _ int) {
		readRequest(conn)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		_ = conn.Close()
		closed <- struct{}{}
	})
	b := newBench(t, base, 1000)
	for range 3 {
		got, when := b.post(context.Background(), "load", "a")
		if got.err != nil || got.status != 200 || when.isReused {
			t.Fatalf("%+v", got)
		}
		<-closed
		// Until the kernel has the FIN.
		for b.sender.connection.isUsable() {
			runtime.Gosched()
		}
	}
}

func TestAnEndlessBodyIsCutWhileItIsRead(t *testing.T) {
	base := raw(t, func(conn net.Conn, _ int) {
		defer conn.Close()
		readRequest(conn)
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<16, strings.Repeat("x", 1<<16))
		for err == nil {
			_, err = io.WriteString(conn, chunk)
		}
	})
	b := newBench(t, base, 30_000)
	got, _ := b.post(context.Background(), "load", "a")
	if got.err != nil || got.status != 200 || len(got.body.kept) != keptBytes || !got.body.isCut || b.sender.connection != nil {
		t.Errorf("%d kept, cut %v, %v", len(got.body.kept), got.body.isCut, got.err)
	}
	if capacity := b.sender.bodies.kept.Cap(); capacity > 4*keptBytes {
		t.Errorf("%d bytes are held", capacity)
	}
}

func TestAnEndlessHeadFails(t *testing.T) {
	base := raw(t, func(conn net.Conn, _ int) {
		defer conn.Close()
		readRequest(conn)
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		for err == nil {
			_, err = io.WriteString(conn, "X-Line: "+strings.Repeat("x", 1000)+"\r\n")
		}
	})
	got, _ := newBench(t, base, 30_000).post(context.Background(), "load", "a")
	if got.err == nil || isTimeout(got.err) || got.status != 0 {
		t.Errorf("%+v", got)
	}
}

func TestSilenceUntilTheTimeoutOrTheEndOfThePhaseIsATimeoutAndACutRunIsNone(t *testing.T) {
	base := raw(t, func(conn net.Conn, _ int) { readRequest(conn) })
	b := newBench(t, base, 50)
	if got, when := b.post(context.Background(), "load", "a"); codeOf(got.err) != codeRequestTimeout || when.trail().Duration < 40*time.Millisecond {
		t.Errorf("%v", got.err)
	}
	slow := newBench(t, base, 60_000)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	if got, _ := slow.post(ctx, "load", "a"); !errors.Is(got.err, errAbandoned) {
		t.Errorf("%v", got.err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if got, _ := slow.post(ctx, "load", "a"); codeOf(got.err) != codeRequestTimeout {
		t.Errorf("%v", got.err)
	}
}

func TestInformationalAnswersAndCompressedBodies(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Content-Encoding", "gzip")
		zipped := gzip.NewWriter(w)
		_, _ = io.WriteString(zipped, `{"a":1}`)
		_ = zipped.Close()
	}))
	defer server.Close()
	got, _ := newBench(t, server.URL, 1000).post(context.Background(), "load", "a")
	if got.err != nil || got.status != 200 || string(got.body.kept) != `{"a":1}` {
		t.Errorf("%+v", got)
	}
}

func TestTLSChecksTheServerAndUsesItsConnectionAgain(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	defer server.Close()
	b := newBench(t, server.URL, 1000)
	if got, _ := b.post(context.Background(), "load", "a"); codeOf(got.err) != codeUnknownAuthority {
		t.Errorf("%v", got.err)
	}
	b.state.TLSConfig.RootCAs = x509.NewCertPool()
	b.state.TLSConfig.RootCAs.AddCert(server.Certificate())
	b.state.TLSConfig.NextProtos = []string{"h2"}
	for n := range 3 {
		got, when := b.post(context.Background(), "load", "a")
		if got.err != nil || string(got.body.kept) != "HTTP/1.1" || when.isReused != (n > 0) {
			t.Errorf("%v, reused %v", got.err, when.isReused)
		}
	}
}

func TestErrorCodesAreThoseOfK6(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	if got, _ := newBench(t, "http://"+listener.Addr().String(), 1000).post(context.Background(), "load", "a"); codeOf(got.err) != codeDialRefused {
		t.Errorf("%v", got.err)
	}
	blocked := newBench(t, "http://127.0.0.1:9", 1000)
	_, network, _ := net.ParseCIDR("127.0.0.0/8")
	blocked.state.Dialer = &netext.Dialer{Blacklist: []*lib.IPNet{{IPNet: *network}}}
	if got, _ := blocked.post(context.Background(), "load", "a"); codeOf(got.err) != codeBlockedAddress {
		t.Errorf("%v", got.err)
	}
	reset := raw(t, func(conn net.Conn, _ int) {
		readRequest(conn)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	})
	if got, _ := newBench(t, reset, 1000).post(context.Background(), "load", "a"); codeOf(got.err) != codeReset {
		t.Errorf("%v", got.err)
	}
}

func TestAnAbandonedRequestIsWrittenWholeAndItsConnectionClosed(t *testing.T) {
	arrived := make(chan string, 4)
	closed := make(chan bool, 4)
	base := raw(t, func(conn net.Conn, n int) {
		defer conn.Close()
		reader := bufio.NewReader(conn)
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body, _ := io.ReadAll(request.Body)
		arrived <- string(body)
		if n > 0 {
			// An answer that came in time is not looked at.
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
		_, err = reader.ReadByte()
		closed <- err != nil
	})
	b := newBench(t, base, 1000)
	for n, after := range []time.Duration{0, 20 * time.Millisecond} {
		h := newHead("POST", nil)
		m := message{head: &h, path: []byte("/"), body: []byte("whole"), hasBody: true}
		var err error
		if b.sender.out, err = m.append(nil, b.sender.shared.origin, "test", &values{}); err != nil {
			t.Fatal(err)
		}
		got, when := b.sender.exchange(context.Background(), networkOf(b.state), &h, &asked{purpose: "load", isAbandoned: true, abandonAfter: after})
		if !errors.Is(got.err, errAbandoned) || got.status != 0 || b.sender.connection != nil {
			t.Errorf("%d: %+v", n, got)
		}
		if when.ended.Sub(when.written) < after {
			t.Errorf("%d: closed %v after it was written", n, when.ended.Sub(when.written))
		}
		if body := <-arrived; body != "whole" {
			t.Errorf("%d: %q arrived", n, body)
		}
		if !<-closed {
			t.Errorf("%d: the connection stayed open", n)
		}
	}
	if got, when := b.post(context.Background(), "load", "next"); when.isReused || len(arrived) != 1 {
		t.Errorf("%+v %+v: the next one has a connection of its own, and nothing was sent again", got, when)
	}
}
