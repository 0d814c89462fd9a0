package sender

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"go.k6.io/k6/v2/lib/netext"
)

func dialError(number syscall.Errno) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", number)}
}

func readError(number syscall.Errno) error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", number)}
}

func alertError(number uint8) error {
	return fmt.Errorf("handshake: %w", &net.OpError{Op: "remote error", Err: tls.AlertError(number)})
}

func certificateError(err error) error { return &tls.CertificateVerificationError{Err: err} }

// answerTo gives the error of reading an answer that begins so.
func answerTo(begin string) error {
	c := &connection{}
	c.head.from = strings.NewReader(begin)
	c.reader = bufio.NewReader(&c.head)
	h := newHead("POST", nil)
	_, _, err := c.answerHead(&h.request)
	return err
}

var failures = map[string]error{
	"EMFILE":              dialError(syscall.EMFILE),
	"ENFILE":              dialError(syscall.ENFILE),
	"EMFILE in a look-up": &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("lookup: %w", dialError(syscall.EMFILE))},
	"EADDRNOTAVAIL":       dialError(syscall.EADDRNOTAVAIL),
	"EADDRINUSE":          dialError(syscall.EADDRINUSE),
	"ENOBUFS":             dialError(syscall.ENOBUFS),
	"ENETUNREACH":         dialError(syscall.ENETUNREACH),
	"EACCES":              dialError(syscall.EACCES),
	"EHOSTUNREACH":        dialError(syscall.EHOSTUNREACH),
	"ECONNREFUSED":        dialError(syscall.ECONNREFUSED),
	"ECONNRESET":          readError(syscall.ECONNRESET),
	"EPIPE":               readError(syscall.EPIPE),
	"EOF":                 io.EOF,
	"timeout":             context.DeadlineExceeded,
	"no such host":        &net.DNSError{Err: "no such host", IsNotFound: true},
	"resolver out of order": &net.OpError{
		Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", IsTemporary: true},
	},
	"a look-up that timed out": &net.OpError{
		Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true, UnwrapErr: context.DeadlineExceeded},
	},
	"blocked address":                            netext.BlackListedIPError{},
	"blocked host":                               netext.BlockedHostError{},
	"unknown authority":                          certificateError(x509.UnknownAuthorityError{}),
	"wrong host in the certificate":              certificateError(x509.HostnameError{Certificate: &x509.Certificate{}}),
	"expired certificate":                        certificateError(x509.CertificateInvalidError{Reason: x509.Expired}),
	"certificate for another use":                certificateError(x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}),
	"alert certificate_required":                 alertError(116),
	"alert bad_certificate":                      alertError(42),
	"alert unknown_ca":                           alertError(48),
	"alert protocol_version":                     alertError(70),
	"alert internal_error":                       alertError(80),
	"alert no_application_protocol":              alertError(120),
	"plain HTTP instead of TLS":                  tls.RecordHeaderError{RecordHeader: [5]byte([]byte("HTTP/"))},
	"neither HTTP nor TLS":                       tls.RecordHeaderError{RecordHeader: [5]byte([]byte("SSH-2"))},
	"a TLS alert instead of HTTP":                answerTo("\x15\x03\x01\x00\x02\x02\x46"),
	"SETTINGS of HTTP/2":                         answerTo("\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"),
	"a server that writes what a generator says": answerTo("dial: `too many open files`\r\n\r\n"),
}

// The cases are those that lib/request-failure.ts is tested with: both senders say the same of the same failure.
func TestEachFailureHasItsCodeAndOutcome(t *testing.T) {
	text, err := os.ReadFile("../../test/fixtures/request-failures.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Case    string
		Code    int
		Outcome string
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != len(failures) {
		t.Errorf("%d cases, and %d errors for them", len(cases), len(failures))
	}
	for _, c := range cases {
		given := failures[c.Case]
		if given == nil {
			t.Errorf("%s: no error is made for it", c.Case)
			continue
		}
		code := codeOf(given)
		if code != c.Code || outcomeOfCode(code) != c.Outcome {
			t.Errorf("%s: code %d and %s, not %d and %s", c.Case, code, outcomeOfCode(code), c.Code, c.Outcome)
		}
	}
}

func TestAMissingCertificateIsNotWhatEndsALaterConnection(t *testing.T) {
	s := &sender{carrier: carrier{shared: &shared{}}}
	asked := &connection{wasAsked: true}
	if code := codeOf(s.shared.orNoCertificate(asked, io.EOF)); code != codeClientCertificate {
		t.Errorf("%d", code)
	}
	if code := codeOf(s.shared.orNoCertificate(&connection{}, io.EOF)); code != codeDefault {
		t.Errorf("%d where none was asked for", code)
	}
	if code := codeOf(s.shared.orNoCertificate(asked, errors.Join(context.DeadlineExceeded))); code != codeRequestTimeout {
		t.Errorf("%d after a time-out", code)
	}
	s.shared.answered.Store(true)
	if code := codeOf(s.shared.orNoCertificate(asked, io.EOF)); code != codeDefault {
		t.Errorf("%d although others were answered", code)
	}
}

func TestALookUpThatTimedOutIsUnsentAlsoWhenTheRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := orCut(ctx, failures["a look-up that timed out"]); outcomeOfCode(codeOf(err)) != unsent {
		t.Errorf("%v", err)
	}
}

func TestARedirectIsToldInTheWordsOfTheProfile(t *testing.T) {
	v := &values{wordToken: "to/ken", wordSecret: "s3cret"}
	for _, c := range [][2]string{
		{"/webhook/to%2Fken/?secret=s3cret", "/webhook/{token}/"},
		{"https://host/webhook/to/ken/s3cret#x", "https://host/webhook/{token}/{secret}"},
		{"", ""},
	} {
		if got := placeOf(c[0], v); got != c[1] {
			t.Errorf("%q: %q", c[0], got)
		}
	}
}

func TestA400OfAServerInFrontThatReadNothingIsUnread(t *testing.T) {
	for _, c := range []struct {
		status int
		text   string
		isTLS  bool
		code   int
	}{
		{400, "<center>The plain HTTP request was sent to HTTPS port</center>", false, codeTLSServer},
		{400, "Client sent an HTTP request to an HTTPS server.\n", false, codeTLSServer},
		{400, "<center>No required SSL certificate was sent</center>", true, codeClientCertificate},
		{400, "The plain HTTP request was sent to HTTPS port", true, 0},
		{200, "The plain HTTP request was sent to HTTPS port", false, 0},
		{400, `{"detail":"quantity is missing"}`, false, 0},
	} {
		got := answer{status: c.status, body: body{kept: []byte(c.text)}}
		if code := unreadBy(&got, c.isTLS); code != c.code {
			t.Errorf("%d %q: %d, not %d", c.status, c.text, code, c.code)
		}
	}
}
