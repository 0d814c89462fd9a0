package sender

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // some senders sign with HMAC-SHA1
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
)

// signature is what contract/request/signature-program.ts compiles: what is signed and how. Its headers stand among those of the request.
type signature struct {
	Algorithm string `json:"algorithm"`
	Key       struct {
		Encoding string `json:"encoding"`
		Prefix   string `json:"prefix"`
	} `json:"key"`
	Encoding      string    `json:"encoding"`
	Timestamp     string    `json:"timestamp"`
	Signed        []segment `json:"signed"`
	Params        []segment `json:"params"`
	UsesRequestID bool      `json:"usesRequestId"`
}

var hashes = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

func (s *signature) check() error {
	if hashes[s.Algorithm] == nil {
		return fmt.Errorf("sender: unknown algorithm %q", s.Algorithm)
	}
	return nil
}

// keyOf gives the key that a webhook's secret says. Its text never goes into an error.
func (s *signature) keyOf(secret string) ([]byte, error) {
	written := strings.TrimPrefix(secret, s.Key.Prefix)
	switch s.Key.Encoding {
	case "base64":
		key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(written, "="))
		if err != nil {
			return nil, errors.New("sender: a webhook's secret is not base64")
		}
		return key, nil
	case "hex":
		key, err := hex.DecodeString(written)
		if err != nil {
			return nil, errors.New("sender: a webhook's secret is not hex")
		}
		return key, nil
	default:
		return []byte(written), nil
	}
}

func timestampText(format string, at time.Time) string {
	switch format {
	case "iso":
		return at.UTC().Format("2006-01-02T15:04:05.000Z")
	case "ms":
		return strconv.FormatInt(at.UnixMilli(), 10)
	default:
		return strconv.FormatInt(at.Unix(), 10)
	}
}

// newRequestID gives a UUID of version 4.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// proof is what is wrong on purpose with a request's signature, and what of it is the same as in an earlier one: Proof in
// contract/request/signed-words.ts.
type proof struct {
	flaw      string
	at        time.Time
	requestID string
}

func proofOf(rt *sobek.Runtime, given sobek.Value) proof {
	p := proof{flaw: "none"}
	if common.IsNullish(given) {
		return p
	}
	object := given.ToObject(rt)
	p.flaw = object.Get("flaw").String()
	if at := object.Get("atMs"); !common.IsNullish(at) {
		p.at = time.UnixMilli(at.ToInteger())
	}
	if id := object.Get("requestId"); !common.IsNullish(id) {
		p.requestID = id.String()
	}
	return p
}

// ofAnother gives the words of another signal, of which nothing is sent but the signature.
func ofAnother(v *values) *values {
	other := *v
	for _, w := range []word{wordID, wordNumber, wordUUID, wordQuantity} {
		other[w] += "0"
	}
	return &other
}

// sign fills in the words of the signature: when, under which id, and the HMAC itself.
func (s *signature) sign(v *values, body []byte, program *program, p *proof) error {
	at := p.at
	if at.IsZero() {
		at = time.Now()
	}
	v[wordTimestamp] = timestampText(s.Timestamp, at)
	if s.UsesRequestID {
		if v[wordRequestID] = p.requestID; p.requestID == "" {
			v[wordRequestID] = newRequestID()
		}
	}
	signedBody, of := body, v
	if p.flaw == "other-body" {
		of = ofAnother(v)
		signedBody = appendAll(nil, program.Body, of)
	}
	params := appendAll(nil, s.Params, of)
	key, err := s.keyOf(v[wordSecret])
	if err != nil {
		return err
	}
	mac := hmac.New(hashes[s.Algorithm], key)
	var part []byte
	for i := range s.Signed {
		switch signed := &s.Signed[i]; {
		case signed.isWord && signed.word == wordBody:
			mac.Write(signedBody)
		case signed.isWord && signed.word == wordParams:
			mac.Write(params)
		default:
			part = signed.append(part[:0], v)
			mac.Write(part)
		}
	}
	sum := mac.Sum(nil)
	if s.Encoding == "base64" {
		v[wordSignature] = base64.StdEncoding.EncodeToString(sum)
	} else {
		v[wordSignature] = hex.EncodeToString(sum)
	}
	v[wordSignature] = flawed(v[wordSignature], p.flaw)
	return nil
}

// flawed gives what is sent for a right signature. Neither hex nor base64 has a "!"; "zz" is a byte to a base64 decoder that needs no
// padding, and too short.
func flawed(signature, flaw string) string {
	switch flaw {
	case "wrong":
		return altered(signature)
	case "cut":
		return signature[:len(signature)/2]
	case "short":
		return "zz"
	case "undecodable":
		return strings.Repeat("!", len(signature))
	default:
		return signature
	}
}

// altered gives another signature of the same form, changed at its beginning, in its middle or near its end, as its own text has it: a
// server may compare only a part of it. The last characters of a base64 text may hold no bit.
func altered(text string) string {
	places := [...]int{0, len(text) / 2, len(text) - 4}
	at := places[int(text[1])%len(places)]
	other := "a"
	// Whoever compares without regard to case must see a difference, too.
	if text[at] == 'a' || text[at] == 'A' {
		other = "b"
	}
	return text[:at] + other + text[at+1:]
}
