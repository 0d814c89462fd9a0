package sender

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"
)

// http2Server speaks HTTP/2 beside HTTP/1.1, by TLS or in the clear, and counts its connections.
func http2Server(t *testing.T, isTLS bool, handler http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	opened := &atomic.Int32{}
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.EnableHTTP2 = true
	if isTLS {
		server.StartTLS()
	} else {
		server.Config.Protocols = &http.Protocols{}
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
	}
	t.Cleanup(server.Close)
	return server, opened
}

func newHTTP2Bench(t *testing.T, base string, timeoutMs int) *bench {
	t.Helper()
	b := newBench(t, base, timeoutMs)
	b.sender.shared.origin.isHTTP2 = true
	return b
}

func (b *bench) trusts(server *httptest.Server) {
	if server.Certificate() != nil {
		b.state.TLSConfig.RootCAs = x509.NewCertPool()
		b.state.TLSConfig.RootCAs.AddCert(server.Certificate())
	}
}

var byTLS = map[string]bool{"by TLS": true, "in the clear": false}

func TestHTTP2UsesOneConnectionAgain(t *testing.T) {
	for name, isTLS := range byTLS {
		server, opened := http2Server(t, isTLS, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, r.Proto+string(body))
		})
		b := newHTTP2Bench(t, server.URL, 5000)
		b.trusts(server)
		for n, text := range []string{"one", "", strings.Repeat("long", 100_000), "four"} {
			got, when := b.post(context.Background(), "load", text)
			want := ("HTTP/2.0" + text)[:min(len(text)+8, keptBytes)]
			if got.err != nil || got.status != 429 || string(got.body.kept) != want || got.header.Get("Retry-After") != "3" || when.isReused != (n > 0) {
				t.Errorf("%s, %d: %v, status %d, %d bytes, reused %v", name, n, got.err, got.status, len(got.body.kept), when.isReused)
			}
			trail := when.trail()
			if trail.Duration <= 0 || trail.Duration < trail.Waiting || trail.Waiting <= 0 || (n > 0 && trail.ConnDuration != 0) {
				t.Errorf("%s: %+v", name, trail)
			}
		}
		b.state.Options.NoConnectionReuse.Bool = true
		b.post(context.Background(), "load", "five")
		b.post(context.Background(), "load", "six")
		if opened.Load() != 2 {
			t.Errorf("%s: %d connections", name, opened.Load())
		}
	}
}

func TestHTTP2SaysWhatHTTP1Says(t *testing.T) {
	type said struct {
		Method, Target, Host string
		Header               http.Header
		Length               int64
		Body                 string
	}
	arrived := make(chan said, 2)
	server, _ := http2Server(t, false, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Header.Del("Connection")
		arrived <- said{r.Method, r.RequestURI, r.Host, r.Header, r.ContentLength, string(body)}
	})
	to, _ := parseOrigin(server.URL + "/prefix")
	h := newHead("PUT", []headerTemplate{
		{Name: "Host", Value: segments("other.example")}, {Name: "x-stress-PURPOSE", Value: segments("load")},
		{Name: "X-Idempotency-Key", Value: segments(" 1: 2 ")}, {Name: "Long", Value: segments(strings.Repeat("y", 50_000))},
	})
	m := message{head: &h, path: []byte("/ü?q=a%20b"), body: []byte("line\r\n\r\nline"), hasBody: true, closes: true}
	out, err := m.append(nil, to, "agent", &values{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []*bench{newBench(t, server.URL, 5000), newHTTP2Bench(t, server.URL, 5000)} {
		b.sender.out = out
		if got, _ := b.sender.exchange(context.Background(), networkOf(b.state), &h, &asked{purpose: "load"}); got.err != nil || got.status != 200 {
			t.Fatalf("%+v", got)
		}
	}
	if first, second := <-arrived, <-arrived; !reflect.DeepEqual(first, second) || first.Body != "line\r\n\r\nline" {
		t.Errorf("%+v\n%+v", first, second)
	}
}

func TestHTTP2ReadsAllKindsOfAnswers(t *testing.T) {
	server, opened := http2Server(t, true, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Link", "x")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Trailer", "X-Sum")
		zipped := gzip.NewWriter(w)
		_, _ = io.WriteString(zipped, `{"a":1}`)
		_ = zipped.Close()
		w.Header().Set("X-Sum", "1")
	})
	b := newHTTP2Bench(t, server.URL, 5000)
	b.trusts(server)
	for range 2 {
		if got, _ := b.post(context.Background(), "load", "a"); got.err != nil || got.status != 200 || string(got.body.kept) != `{"a":1}` || opened.Load() != 1 {
			t.Errorf("%+v, %d connections", got, opened.Load())
		}
	}
	empty, _ := http2Server(t, false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	if got, _ := newHTTP2Bench(t, empty.URL, 5000).post(context.Background(), "load", "a"); got.err != nil || got.status != 204 || len(got.body.kept) != 0 {
		t.Errorf("%+v", got)
	}
}

// greets says one thing to whoever connects.
func greets(text string) func(conn net.Conn, n int) {
	return func(conn net.Conn, _ int) {
		defer conn.Close()
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, conn)
	}
}

// Nothing is held against a server that does not speak HTTP/2: it never gets a request.
func TestAServerWithoutHTTP2GetsNoRequest(t *testing.T) {
	var arrived atomic.Int32
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// Go's server shows its handler the hello of HTTP/2.
		if r.Method != "PRI" {
			arrived.Add(1)
		}
	})
	plain := httptest.NewServer(handler)
	defer plain.Close()
	refuses := httptest.NewTLSServer(handler)
	defer refuses.Close()
	// A server that knows nothing of ALPN.
	ignores, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: refuses.TLS.Certificates, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer ignores.Close()
	go func() { _ = http.Serve(ignores, handler) }()
	for _, c := range []struct {
		base string
		code int
	}{
		{plain.URL, codeNoHTTP2},
		{refuses.URL, codeNoHTTP2},
		{"https://" + ignores.Addr().String(), codeNoHTTP2},
		{raw(t, greets("HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP request was sent to HTTPS port")), codeTLSServer},
		{raw(t, greets("\x15\x03\x01\x00\x02\x02\x46")), codeTLSServer},
		{strings.Replace(plain.URL, "http:", "https:", 1), codePlainServer},
	} {
		b := newHTTP2Bench(t, c.base, 5000)
		b.trusts(refuses)
		got, when := b.post(context.Background(), "load", "a")
		if code := codeOf(got.err); code != c.code || outcomeOfCode(code) != unsent || !when.sent.IsZero() {
			t.Errorf("%s: %v, code %d, not %d", c.base, got.err, code, c.code)
		}
	}
	if arrived.Load() != 0 {
		t.Errorf("%d requests arrived", arrived.Load())
	}
}

func TestTheProtocolIsThatOfTheProfile(t *testing.T) {
	for version, want := range map[string]string{"1.1": "HTTP/1.1", "2": "HTTP/2.0"} {
		text := strings.Replace(strings.Replace(description, "%q", `"http://127.0.0.1:9"`, 1), "%d", `1000,"httpVersion":"`+version+`"`, 1)
		of, err := newShared(text)
		if err != nil {
			t.Fatal(err)
		}
		registry := metrics.NewRegistry()
		options := &lib.Options{SystemTags: metrics.NewSystemTagSet(metrics.TagProto)}
		r := of.recordOf(&answer{status: 200}, &timing{}, &asked{}, &values{})
		tags := tagSets{}.of(of.tagKeyOf(registry.RootTagSet(), &asked{}, r), options)
		if proto, _ := tags.Get("proto"); proto != want {
			t.Errorf("%s: %s", version, proto)
		}
		lanes, err := (&Profile{of}).NewLanes(&Situation{Options: options, Lanes: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, blocks := lanes.(*blockingLanes); version == "2" && !blocks {
			t.Errorf("%s: %T", version, lanes)
		}
	}
}
