package sender

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"go.k6.io/k6/v2/lib"
)

func TestUUIDsAreThoseOfTheBundles(t *testing.T) {
	text, err := os.ReadFile("../../test/fixtures/made-uuids.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if len(lines) < 200 {
		t.Errorf("%d lines", len(lines))
	}
	var r struct{ ID, UUID string }
	for _, line := range lines {
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if got, err := uuidOf(r.ID); err != nil || got != r.UUID {
			t.Errorf("%s: %s, %v, not %s", r.ID, got, err, r.UUID)
		}
	}
}

func TestWhatIsNoSignalHasNoUUID(t *testing.T) {
	for _, id := range []string{"", "run", "run-", "run-ab1", "-a1", "run-a17592186044416", "run-a99999999999999999999"} {
		if got, err := uuidOf(id); err == nil {
			t.Errorf("%q: %s", id, got)
		}
	}
}

func TestARequestCarriesTheUUIDOfItsSignal(t *testing.T) {
	c, err := newShared(`{"baseUrl":"http://h","timeoutMs":1,"request":{"method":"POST","path":["/",{"word":"uuid","as":"url"}],
		"headers":[{"name":"Idempotency-Key","value":[{"word":"uuid","as":"text"}]}],
		"body":["{\"id\":",{"word":"uuid","as":"json-value"},"}"]}}`)
	if err != nil {
		t.Fatal(err)
	}
	sends := carrier{shared: c}
	p := &c.config.Request
	h := newHead("POST", p.Headers)
	const uuid, id = "UUID", "mwwc5zft6glv08-a1"
	if err := sends.compose(signalRequest{p, &h}, &values{wordID: id}, &proof{flaw: "none"}, &lib.Options{}); err != nil {
		t.Fatal(err)
	}
	want, err := uuidOf(id)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"POST /UUID HTTP/1.1", "\r\nIdempotency-Key: UUID\r\n", `{"id":"UUID"}`} {
		if part = strings.ReplaceAll(part, uuid, want); !strings.Contains(string(sends.out), part) {
			t.Errorf("no %q in\n%s", part, sends.out)
		}
	}
	if err := sends.compose(signalRequest{p, &h}, &values{wordID: "none"}, &proof{flaw: "none"}, &lib.Options{}); err == nil {
		t.Error("a signal without a number went out")
	}
}
