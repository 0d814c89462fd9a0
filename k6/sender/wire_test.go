package sender

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"go.k6.io/k6/v2/lib"
)

func segments(parts ...any) []segment {
	var all []segment
	for _, part := range parts {
		switch p := part.(type) {
		case string:
			all = append(all, segment{text: p})
		case segment:
			all = append(all, p)
		}
	}
	return all
}

func wordAs(w word, as escape) segment { return segment{word: w, escape: as, isWord: true} }

// asNetHTTP is what net/http, and so k6/http, would put on the wire for a POST.
func asNetHTTP(t *testing.T, url, body string, headers map[string]string) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("User-Agent", "webhook-stress")
	for name, value := range headers {
		if strings.EqualFold(name, "host") {
			request.Host = value
		}
		request.Header.Set(name, value)
	}
	var out bytes.Buffer
	if err := request.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTheBytesAreThoseOfNetHTTP(t *testing.T) {
	for _, c := range []struct {
		base, path, body string
		headers          map[string]string
	}{
		{"http://127.0.0.1:8000", "/hooks/tok%2F1?key=a%20b", `{"a":1}`, map[string]string{"content-type": "application/json", "X-Stress-Purpose": "load"}},
		{"http://[fd00::1]:8000/prefix", "/hooks", "x", map[string]string{"x-idempotency-key": " padded ", "Accept": "a, b"}},
		{"http://münchen.example", "/ü/é?q=ö 1#frag", "é", map[string]string{"Host": "other.example", "User-Agent": "mine", "Content-Length": "99"}},
		{"https://host.example:8443", "/a//b;c=d/%E2%82%AC", "", map[string]string{"User-Agent": "", "Z": "1", "A": "2"}},
		{"http://h", "/[x]|^`{y}\"<>\\", "b", nil},
	} {
		to, err := parseOrigin(c.base)
		if err != nil {
			t.Fatal(err)
		}
		var templates []headerTemplate
		for name, value := range c.headers {
			templates = append(templates, headerTemplate{Name: name, Value: segments(value)})
		}
		h := newHead("POST", templates)
		m := message{head: &h, path: []byte(c.path), body: []byte(c.body), hasBody: true}
		got, err := m.append(nil, to, "webhook-stress", &values{})
		if err != nil {
			t.Fatal(err)
		}
		if want := asNetHTTP(t, c.base+c.path, c.body, c.headers); string(got) != want {
			t.Errorf("%s%s:\n%q\nnet/http:\n%q", c.base, c.path, got, want)
		}
	}
}

func TestAControlCharacterInAHeaderIsRefused(t *testing.T) {
	to, _ := parseOrigin("http://h")
	h := newHead("POST", []headerTemplate{{Name: "X", Value: []segment{wordAs(wordToken, asText)}}})
	m := message{head: &h, path: []byte("/")}
	if _, err := m.append(nil, to, "", &values{wordToken: "a\x00b"}); err == nil {
		t.Error("it went out")
	}
}

func TestWordsAreEscapedAsJavaScriptDoes(t *testing.T) {
	v := values{wordToken: "a\"\\\n\x01é\u2028</b>", wordPrice: "100.1", wordSecret: "sé cret&=ü/~*'()!"}
	got := appendAll(nil, []segment{
		wordAs(wordToken, asJSONValue), wordAs(wordPrice, asJSONValue), wordAs(wordPrice, asJSON), wordAs(wordSecret, asURL),
	}, &v)
	want := `"a\"\\\n\u0001é` + "\u2028" + `</b>"` + "100.1" + "100.1" + "s%C3%A9%20cret%26%3D%C3%BC%2F~*'()!"
	if string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestOriginsThatAreNone(t *testing.T) {
	for _, base := range []string{"", "ftp://h", "http://", "http://u:p@h", "http://h?key=1", "h:80"} {
		if _, err := parseOrigin(base); err == nil {
			t.Errorf("%q is taken", base)
		}
	}
	to, err := parseOrigin("https://[fd00::1]/x")
	if err != nil || to.address != "[fd00::1]:443" || to.authority != "[fd00::1]" || to.host != "fd00::1" || !to.isTLS {
		t.Errorf("%+v, %v", to, err)
	}
}

func TestARespacedBodyIsSentAndSignedByItsOwnBytes(t *testing.T) {
	to, _ := parseOrigin("http://h")
	for _, c := range []struct {
		flaw, spaced, body string
	}{
		{"none", `["{\"id\": ",{"word":"id","as":"json-value"},"}"]`, `{"id":"run-a1"}`},
		{"respaced", `["{\"id\": ",{"word":"id","as":"json-value"},"}"]`, `{"id": "run-a1"}`},
		{"respaced", `null`, `{"id":"run-a1"}`},
	} {
		with := &program{}
		text := `{"method":"POST","path":["/"],"headers":[{"name":"X-Sign","value":[{"word":"signature","as":"text"}]}],
			"body":["{\"id\":",{"word":"id","as":"json-value"},"}"],"spacedBody":` + c.spaced + `,
			"signature":{"algorithm":"sha256","encoding":"hex","signed":[{"word":"body","as":"text"}]}}`
		if err := json.Unmarshal([]byte(text), with); err != nil {
			t.Fatal(err)
		}
		h := newHead("POST", with.Headers)
		sends := carrier{shared: &shared{origin: to}}
		if err := sends.compose(signalRequest{with, &h}, &values{wordSecret: "key", wordID: "run-a1"}, &proof{flaw: c.flaw}, &lib.Options{}); err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, []byte("key"))
		mac.Write([]byte(c.body))
		for _, want := range []string{"\r\n\r\n" + c.body, hex.EncodeToString(mac.Sum(nil)), "Content-Length: " + strconv.Itoa(len(c.body))} {
			if !strings.Contains(string(sends.out), want) {
				t.Errorf("%s: no %q in\n%s", c.flaw, want, sends.out)
			}
		}
	}
}

func TestAServerUnderstandsTheRequest(t *testing.T) {
	to, _ := parseOrigin("http://h:1")
	h := newHead("PUT", []headerTemplate{{Name: "X", Value: segments("1")}})
	m := message{head: &h, path: []byte("/p?q=1"), body: []byte("hello"), hasBody: true, closes: true}
	out, err := m.append(nil, to, "agent", &values{})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(out)))
	if err != nil || request.ContentLength != 5 || request.Host != "h:1" || !request.Close || request.Header.Get("X") != "1" {
		t.Errorf("%+v, %v", request, err)
	}
}
