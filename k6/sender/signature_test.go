package sender

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// programOf compiles by hand what contract/request/signature-program.ts would.
func programOf(t *testing.T, text string, body ...any) *program {
	t.Helper()
	s := &signature{}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatal(err)
	}
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	return &program{Method: "POST", Body: segments(body...), Signature: s}
}

func signedBy(t *testing.T, p *program, v values, with proof) values {
	t.Helper()
	if err := p.Signature.sign(&v, appendAll(nil, p.Body, &v), p, &with); err != nil {
		t.Fatal(err)
	}
	return v
}

// The examples that the vendors give in their documentation.
func TestSignaturesAreThoseOfTheVendorsExamples(t *testing.T) {
	slackBody := "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F" +
		"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	for _, c := range []struct {
		name, program, body, secret, id string
		at                              int64
		want                            string
	}{
		{
			name: "GitHub", program: `{"algorithm":"sha256","encoding":"hex","signed":[{"word":"body","as":"text"}]}`,
			body: "Hello, World!", secret: "It's a Secret to Everybody",
			want: "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
		},
		{
			name: "Slack", body: slackBody, secret: "8f742231b10e8888abcd99yyyzzz85a5", at: 1531420618,
			program: `{"algorithm":"sha256","encoding":"hex","timestamp":"s",
				"signed":["v0:",{"word":"timestamp","as":"text"},":",{"word":"body","as":"text"}]}`,
			want: "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
		},
		{
			name: "Svix", body: `{"test": 2432232314}`, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
			id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: 1614265330,
			program: `{"algorithm":"sha256","encoding":"base64","timestamp":"s","key":{"encoding":"base64","prefix":"whsec_"},
				"signed":[{"word":"id","as":"text"},".",{"word":"timestamp","as":"text"},".",{"word":"body","as":"text"}]}`,
			want: "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		},
		{
			name: "Twilio", body: "not signed", secret: "12345",
			program: `{"algorithm":"sha1","encoding":"base64","signed":["https://mycompany.com/myapp.php?foo=1&bar=2",{"word":"params","as":"text"}],
				"params":["CallSidCA1234567890ABCDECaller+14158675309Digits1234From+14158675309To+18005551212"]}`,
			want: "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
		},
	} {
		v := values{wordSecret: c.secret, wordID: c.id}
		got := signedBy(t, programOf(t, c.program, c.body), v, proof{flaw: "none", at: time.Unix(c.at, 0)})
		if got[wordSignature] != c.want {
			t.Errorf("%s: %s, want %s", c.name, got[wordSignature], c.want)
		}
	}
}

func TestAFlawedSignatureIsWrongAndLooksRight(t *testing.T) {
	for _, encoding := range []string{"hex", "base64"} {
		p := programOf(t, `{"algorithm":"sha512","encoding":"`+encoding+`","timestamp":"ms","usesRequestId":true,
			"signed":[{"word":"timestamp","as":"text"},{"word":"body","as":"text"}]}`, "id=", wordAs(wordID, asText))
		v := values{wordSecret: "key", wordID: "run-a1"}
		at := time.UnixMilli(1_764_000_000_123)
		right := signedBy(t, p, v, proof{flaw: "none", at: at})
		if right[wordTimestamp] != "1764000000123" || len(right[wordRequestID]) != 36 {
			t.Errorf("timestamp %s, id %s", right[wordTimestamp], right[wordRequestID])
		}
		again := signedBy(t, p, v, proof{flaw: "none", at: at, requestID: "given"})
		if again[wordSignature] != right[wordSignature] || again[wordRequestID] != "given" {
			t.Error("the same request again is another one")
		}
		for _, flaw := range []string{"wrong", "other-body"} {
			got := signedBy(t, p, v, proof{flaw: flaw, at: at})[wordSignature]
			if got == right[wordSignature] || len(got) != len(right[wordSignature]) {
				t.Errorf("%s, %s: %s for %s", encoding, flaw, got, right[wordSignature])
			}
		}
	}
}

func TestAMalformedSignatureIsNoneByItsForm(t *testing.T) {
	right := strings.Repeat("0123456789abcdef", 4)
	for flaw, want := range map[string]string{
		"none": right, "respaced": right, "cut": right[:32], "short": "zz", "undecodable": strings.Repeat("!", 64),
	} {
		if got := flawed(right, flaw); got != want {
			t.Errorf("%s: %s, want %s", flaw, got, want)
		}
	}
}

func TestAWrongSignatureIsAlteredInEachPartOfIt(t *testing.T) {
	for _, text := range []string{"a0" + strings.Repeat("c", 62), "a1" + strings.Repeat("c", 62), "a2" + strings.Repeat("c", 62)} {
		got := altered(text)
		at := 0
		for at < len(text) && got[at] == text[at] {
			at++
		}
		if want := map[byte]int{'0': 0, '1': 32, '2': 60}[text[1]]; at != want || got[at+1:] != text[at+1:] || strings.EqualFold(got, text) {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func TestASecretThatIsNoKeyIsNotRepeated(t *testing.T) {
	for _, encoding := range []string{"base64", "hex"} {
		p := programOf(t, `{"algorithm":"sha256","encoding":"hex","key":{"encoding":"`+encoding+`","prefix":""}}`)
		v := values{wordSecret: "canary!"}
		err := p.Signature.sign(&v, nil, p, &proof{})
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", encoding, err)
		}
	}
}

func TestTimestampsAsTheyAreWritten(t *testing.T) {
	at := time.UnixMilli(1_764_000_000_120)
	for format, want := range map[string]string{"s": "1764000000", "ms": "1764000000120", "iso": "2025-11-24T16:00:00.120Z"} {
		if got := timestampText(format, at); got != want {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
}
