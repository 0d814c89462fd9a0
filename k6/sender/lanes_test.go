package sender

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
	"go.k6.io/k6/v2/metrics"
	"gopkg.in/guregu/null.v3"

	"webhook-stress.internal/k6/record"
)

// laneKinds are all ways to send for the executor: they must say the same of every server.
var laneKinds = map[string]func(*shared, *Situation) (Lanes, error){
	"plain":    newPlainLanes,
	"blocking": func(of *shared, in *Situation) (Lanes, error) { return newBlockingLanes(of, in), nil },
}

// inTurnScript sends signals one after the other on one lane.
type inTurnScript struct {
	lanes  Lanes
	left   int
	isBusy bool
	opens  bool
	late   bool
	// pause comes between an answer and the next signal.
	pause  time.Duration
	nextAt time.Time
	// rested is how much longer than in truth the connection seems to have been idle.
	rested time.Duration
	came   []Answered
	err    error
}

func (s *inTurnScript) Due(now time.Time) time.Time {
	if s.isBusy || s.left == 0 || s.err != nil {
		return time.Time{}
	}
	if now.Before(s.nextAt) {
		return s.nextAt
	}
	s.isBusy = true
	s.left--
	if s.opens {
		s.opens = false
		s.err = s.lanes.Open(0)
		return time.Time{}
	}
	order := Order{Token: "tok", Secret: "sec", ID: fmt.Sprintf("run-s%d", s.left), Action: "BUY", Ticker: "AAPL", Quantity: "1", Price: "100.1", Purpose: "load"}
	if s.err = s.lanes.Prepare(0, &order); s.err == nil {
		s.lanes.Renew(0, now.Add(s.rested))
		s.lanes.Fire(0)
	}
	return time.Time{}
}

func (s *inTurnScript) Free(_ int, came Answered) {
	s.isBusy = false
	s.nextAt = time.Now().Add(s.pause)
	s.came = append(s.came, came)
}
func (s *inTurnScript) IsDone() bool      { return s.left == 0 || s.err != nil }
func (s *inTurnScript) CanReadLate() bool { return s.late }

const description = `{"baseUrl":%q,"timeoutMs":%d,"purposeHeader":"X-Stress-Purpose","healthPath":"/health","comparesAnswers":true,
"request":{"method":"POST","path":["/hooks/",{"word":"token","as":"url"}],"headers":[{"name":"Content-Type","value":["application/json"]}],
"body":["{\"id\":",{"word":"id","as":"json-value"},",\"price\":",{"word":"price","as":"json-value"},"}"]},
"unproven":{"method":"POST","path":["/"],"headers":[]},
"answers":[{"outcome":"accepted","statuses":[200]},{"outcome":"limited","statuses":[429]}]}`

type laneRun struct {
	records []*record.Record
	samples map[string]int
	script  *inTurnScript
}

// laneTarget is what lanes of a kind send to, and for how long they wait for an answer.
type laneTarget struct {
	kind, base string
	timeoutMs  int
}

// runLanes sends so many signals in turn.
func runLanes(ctx context.Context, t *testing.T, to laneTarget, script *inTurnScript) laneRun {
	t.Helper()
	of, err := newShared(fmt.Sprintf(description, to.base, to.timeoutMs))
	if err != nil {
		t.Fatal(err)
	}
	registry := metrics.NewRegistry()
	if of.trends, err = newTrends(registry); err != nil {
		t.Fatal(err)
	}
	options := &lib.Options{SystemTags: metrics.NewSystemTagSet(metrics.TagStatus), UserAgent: null.StringFrom("webhook-stress")}
	samples := make(chan metrics.SampleContainer, 1000)
	dialer := netext.NewDialer(net.Dialer{}, nil)
	outlet := (&Profile{of}).NewOutlet(OutletFor{
		Options: options, Builtin: metrics.RegisterBuiltinMetrics(registry), Tags: registry.RootTagSet(), Samples: samples, Dialer: dialer,
	})
	lanes, err := laneKinds[to.kind](of, &Situation{Options: options, Dialer: dialer, TLS: &tls.Config{MinVersion: tls.VersionTLS12}, Outlet: outlet, Lanes: 1})
	if err != nil {
		t.Fatal(err)
	}
	script.lanes = lanes
	if err := lanes.Run(ctx, script); err != nil || script.err != nil {
		t.Fatal(err, script.err)
	}
	close(samples)
	result := laneRun{samples: map[string]int{}, script: script}
	for container := range samples {
		if batch, ok := container.(*record.Batch); ok {
			result.records = append(result.records, batch.Records...)
		}
		for _, sample := range container.GetSamples() {
			result.samples[sample.Metric.Name]++
		}
	}
	return result
}

func serve(t *testing.T, answer func(conn net.Conn, n int) bool) string {
	t.Helper()
	return raw(t, func(conn net.Conn, _ int) {
		defer conn.Close()
		reader := bufio.NewReader(conn)
		for n := 0; ; n++ {
			request, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, request.Body)
			if !answer(conn, n) {
				return
			}
		}
	})
}

func says(texts ...string) func(conn net.Conn, n int) bool {
	return func(conn net.Conn, _ int) bool {
		for _, text := range texts {
			if _, err := io.WriteString(conn, text); err != nil {
				return false
			}
			if len(texts) > 1 {
				time.Sleep(2 * time.Millisecond)
			}
		}
		return true
	}
}

func zipped(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return out.String()
}

// Records of accepted signals, whose answer was {}.
const (
	isNew       = "accepted 200 0 hash 1142124451 headers  new true; "
	isUsedAgain = "accepted 200 0 hash 1142124451 headers  new false; "
)

// told is what a test compares of a record.
func told(records []*record.Record) string {
	var all strings.Builder
	for _, r := range records {
		fmt.Fprintf(&all, "%s %d %d hash %d headers %s new %v; ", r.Outcome, r.Status, r.ErrorCode, r.AnswerHash, r.Headers, !r.Trail.ConnReused)
	}
	return all.String()
}

func TestAllLanesSayTheSameOfEveryServer(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	ok := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
	for name, c := range map[string]struct {
		answer func(conn net.Conn, n int) bool
		want   string
	}{
		"whole": {says(ok), isNew + isUsedAgain},
		"in pieces": {
			says("HTTP/1.1 429 Too Many", " Requests\r\nRetry-After: 7\r\nContent-", "Length: 4\r\n\r\n{", "\"a", "}"),
			`limited 429 1429 hash -1 headers {"Retry-After":"7"} new true; limited 429 1429 hash -1 headers {"Retry-After":"7"} new false; `,
		},
		"byte by byte": {says(strings.Split(ok, "")...), isNew + isUsedAgain},
		"chunked":      {says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", "1\r\n}\r\n0\r\n\r\n"), isNew + isUsedAgain},
		"compressed":   {says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 26\r\n\r\n" + zipped("{}")), isNew + isUsedAgain},
		"1xx before":   {says("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", ok), isNew + isUsedAgain},
		"says close":   {says("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"), isNew + isNew},
		"until the end": {
			func(conn net.Conn, n int) bool { says("HTTP/1.1 200 OK\r\n\r\n{}")(conn, n); return false },
			isNew + isNew,
		},
		"long":    {says(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(long), long)), "accepted 200 0 hash 3600705688 headers  new true; accepted 200 0 hash 3600705688 headers  new false; "},
		"garbage": {says("garbage\r\n\r\n"), "failed 0 1000 hash -1 headers  new true; failed 0 1000 hash -1 headers  new true; "},
		"closes":  {func(net.Conn, int) bool { return false }, "failed 0 1000 hash -1 headers  new true; failed 0 1000 hash -1 headers  new true; "},
		"cut off": {func(conn net.Conn, n int) bool {
			says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}")(conn, n)
			return false
		}, "failed 0 1000 hash -1 headers  new true; failed 0 1000 hash -1 headers  new true; "},
		"resets":     {resets, "failed 0 1220 hash -1 headers  new true; failed 0 1220 hash -1 headers  new true; "},
		"speaks TLS": {says("\x15\x03\x01\x00\x02\x02\x50"), "unsent 0 2022 hash -1 headers  new true; unsent 0 2022 hash -1 headers  new true; "},
		"unasked":    {says(ok + "more"), isNew + isNew},
	} {
		base := serve(t, c.answer)
		for kind := range laneKinds {
			got := runLanes(context.Background(), t, laneTarget{kind, base, 5000}, &inTurnScript{left: 2})
			if told(got.records) != c.want {
				t.Errorf("%s, %s lanes: %s\nwanted %s", name, kind, told(got.records), c.want)
			}
			if got.samples["http_reqs"] != 2 || got.samples["http_req_duration"] != 2 || got.samples["data_sent"] == 0 {
				t.Errorf("%s, %s lanes: %v", name, kind, got.samples)
			}
		}
	}
}

func resets(conn net.Conn, _ int) bool {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	return false
}

func TestAllLanesWriteTheSameBytes(t *testing.T) {
	arrived := make(chan string, 99)
	base := raw(t, func(conn net.Conn, _ int) {
		defer conn.Close()
		buffer := make([]byte, 4096)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			arrived <- string(buffer[:n])
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		}
	})
	host := strings.TrimPrefix(base, "http://")
	want := asNetHTTP(t, base+"/hooks/tok", `{"id":"run-s0","price":100.1}`, map[string]string{"X-Stress-Purpose": "load", "Content-Type": "application/json"})
	for kind := range laneKinds {
		got := runLanes(context.Background(), t, laneTarget{kind, base, 5000}, &inTurnScript{left: 2, opens: true})
		health := "GET /health HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: webhook-stress\r\nX-Stress-Purpose: setup\r\n\r\n"
		if first, second := <-arrived, <-arrived; first != health || second != want {
			t.Errorf("%s lanes: %q\n%q", kind, first, second)
		}
		if got.records[0].Purpose != "setup" || got.records[0].Signal != "" || got.script.came[0].IsSignal || !got.script.came[1].IsSignal {
			t.Errorf("%s lanes: %+v", kind, got.records[0])
		}
	}
}

func TestSilenceEndsAtTheTimeoutOrWithThePhaseAndACutRunIsNone(t *testing.T) {
	base := serve(t, func(net.Conn, int) bool { return true })
	for kind := range laneKinds {
		got := runLanes(context.Background(), t, laneTarget{kind, base, 60}, &inTurnScript{left: 2})
		if want := "timeout 0 1050 hash -1 headers  new true; "; told(got.records) != want+want {
			t.Errorf("%s lanes: %s", kind, told(got.records))
		}
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(30*time.Millisecond, cancel)
		got = runLanes(ctx, t, laneTarget{kind, base, 60_000}, &inTurnScript{left: 2})
		if want := "abandoned 0 0 hash -1 headers  new true; "; told(got.records) != want {
			t.Errorf("%s lanes, cut: %s", kind, told(got.records))
		}
		ctx, cancel = context.WithTimeout(context.Background(), 30*time.Millisecond)
		got = runLanes(ctx, t, laneTarget{kind, base, 60_000}, &inTurnScript{left: 2})
		cancel()
		if want := "timeout 0 1050 hash -1 headers  new true; "; told(got.records) != want {
			t.Errorf("%s lanes, ended: %s", kind, told(got.records))
		}
	}
}

func TestAConnectionThatWasClosedMeanwhileIsOpenedAnew(t *testing.T) {
	base := serve(t, func(conn net.Conn, n int) bool {
		says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")(conn, n)
		return false
	})
	for kind := range laneKinds {
		got := runLanes(context.Background(), t, laneTarget{kind, base, 5000}, &inTurnScript{left: 3, pause: 50 * time.Millisecond})
		if told(got.records) != isNew+isNew+isNew {
			t.Errorf("%s lanes: %s", kind, told(got.records))
		}
	}
}

func TestWhatIsReadLateIsTimedByTheKernel(t *testing.T) {
	base := serve(t, says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
	got := runLanes(context.Background(), t, laneTarget{"plain", base, 5000}, &inTurnScript{left: 20, late: true, pause: time.Millisecond})
	for _, r := range got.records {
		if r.Trail.Duration <= 0 || r.Trail.Waiting < 0 || r.Trail.Receiving < 0 || r.Trail.EndTime.After(time.Now()) {
			t.Errorf("%+v", r.Trail)
		}
	}
	if len(got.records) != 20 {
		t.Errorf("%d records", len(got.records))
	}
}

// A server that closes an idle connection as a signal goes out must not be accused of the reset.
func TestAConnectionThatRestedIsNotUsedAgain(t *testing.T) {
	for kind := range laneKinds {
		for rested, want := range map[time.Duration]int32{0: 1, 2 * MaxIdle: 3} {
			var opened atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			server.Start()
			came := runLanes(context.Background(), t, laneTarget{kind, server.URL, 1000}, &inTurnScript{left: 3, rested: rested})
			server.Close()
			if len(came.records) != 3 || opened.Load() != want {
				t.Errorf("%s, rested %v: %d records, %d connections, want %d", kind, rested, len(came.records), opened.Load(), want)
			}
		}
	}
}
