package sender

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"reflect"
	"syscall"

	"go.k6.io/k6/v2/lib/netext"
)

// Error codes of k6: https://grafana.com/docs/k6/latest/javascript-api/error-codes/.
const (
	codeDefault          = 1000
	codeRequestTimeout   = 1050
	codeDNS              = 1100
	codeNoSuchHost       = 1101
	codeBlockedAddress   = 1110
	codeBlockedHost      = 1111
	codeTCP              = 1200
	codeBrokenPipe       = 1201
	codeDial             = 1210
	codeDialRefused      = 1212
	codeDialUnknown      = 1213
	codeReset            = 1220
	codeTLSDefault       = 1300
	codeTLS              = 1301
	codeUnknownAuthority = 1310
	codeHostname         = 1311
	codeDecompression    = 1701
)

// Codes of ours, as in contract/journal/request-failures.ts: what k6 has one code for.
const (
	codeNoFileDescriptor   = 2001
	codeNoPort             = 2002
	codeNoMemory           = 2003
	codeNoRoute            = 2004
	codeNotPermitted       = 2005
	codeCertificateExpired = 2011
	codeCertificateInvalid = 2012
	codeClientCertificate  = 2013
	codePlainServer        = 2021
	codeTLSServer          = 2022
	codeHTTP2Only          = 2023
	codeNoHTTP2            = 2024
)

var (
	errHeadTooLong   = errors.New("the head of the answer is too long")
	errTooManyInfos  = errors.New("too many 1xx answers")
	errDecompression = errors.New("the body of the answer could not be decompressed")
	errAbandoned     = errors.New("the connection was closed on purpose")
	errTLSServer     = errors.New("the server answers plain HTTP with TLS")
	errHTTP2Only     = errors.New("the server answers HTTP/1.1 with HTTP/2")
	errNoHTTP2       = errors.New("the server does not speak HTTP/2")
	// errNoCertificate comes with what ended a connection on which the server had asked for a certificate.
	errNoCertificate = errors.New("the server demands a client certificate")
)

// outcomeOfCode gives the outcome of a request that failed so: what never got to the server is unsent.
func outcomeOfCode(code int) string {
	switch code {
	case codeRequestTimeout:
		return timedOut
	case codeDNS, codeNoSuchHost, codeBlockedAddress, codeBlockedHost, codeUnknownAuthority, codeHostname,
		codeNoFileDescriptor, codeNoPort, codeNoMemory, codeNoRoute, codeNotPermitted,
		codeCertificateExpired, codeCertificateInvalid, codeClientCertificate,
		codePlainServer, codeTLSServer, codeHTTP2Only, codeNoHTTP2:
		return unsent
	default:
		return failed
	}
}

// isTimeout tells that the server was waited for in vain. A look-up that timed out never got to it.
func isTimeout(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return false
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}

// orCut tells a request that waited in vain from one that the end of the run cut: the server might have answered that. One that is under
// way when its phase has no time left was waited for, as k6 does.
func orCut(ctx context.Context, err error) error {
	if err != nil && isTimeout(err) && errors.Is(ctx.Err(), context.Canceled) {
		return errAbandoned
	}
	return err
}

// codeOf gives the error code for the error of a request.
func codeOf(err error) int {
	switch {
	case isTimeout(err):
		return codeRequestTimeout
	case errors.Is(err, errDecompression):
		return codeDecompression
	case errors.Is(err, errTLSServer):
		return codeTLSServer
	case errors.Is(err, errHTTP2Only):
		return codeHTTP2Only
	case errors.Is(err, errNoHTTP2):
		return codeNoHTTP2
	case errors.Is(err, errNoCertificate):
		return codeClientCertificate
	}
	for _, of := range []func(error) int{codeOfDial, codeOfName, codeOfCertificate, codeOfTLS, codeOfHTTP2, codeOfConnection} {
		if code := of(err); code != 0 {
			return code
		}
	}
	return codeDefault
}

// codeOfDial knows why no connection was made. A look-up dials, too.
func codeOfDial(err error) int {
	var (
		operation *net.OpError
		number    syscall.Errno
	)
	if !errors.As(err, &operation) || operation.Op != "dial" || !errors.As(err, &number) {
		return 0
	}
	switch posixName(number) {
	case syscall.EMFILE, syscall.ENFILE:
		return codeNoFileDescriptor
	case syscall.EADDRNOTAVAIL, syscall.EADDRINUSE:
		return codeNoPort
	case syscall.ENOBUFS, syscall.ENOMEM:
		return codeNoMemory
	case syscall.ENETUNREACH, syscall.ENETDOWN:
		return codeNoRoute
	case syscall.EACCES, syscall.EPERM:
		return codeNotPermitted
	case syscall.ECONNREFUSED:
		return codeDialRefused
	case syscall.ECONNRESET:
		return codeReset
	default:
		return codeDialUnknown
	}
}

func codeOfName(err error) int {
	var (
		dns     *net.DNSError
		address netext.BlackListedIPError
		host    netext.BlockedHostError
	)
	switch {
	case errors.As(err, &address):
		return codeBlockedAddress
	case errors.As(err, &host):
		return codeBlockedHost
	case errors.As(err, &dns) && dns.IsNotFound:
		return codeNoSuchHost
	case dns != nil:
		return codeDNS
	default:
		return 0
	}
}

func codeOfCertificate(err error) int {
	var (
		refused   *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &authority):
		return codeUnknownAuthority
	case errors.As(err, &hostname):
		return codeHostname
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return codeCertificateExpired
	case errors.As(err, &refused):
		return codeCertificateInvalid
	default:
		return 0
	}
}

// Alerts by which a server refuses a client's certificate, or the lack of one. Source: RFC 8446, 6.2.
var certificateAlerts = map[uint8]bool{42: true, 43: true, 44: true, 45: true, 46: true, 48: true, 116: true}

const alertNoApplicationProtocol = 120

func codeOfTLS(err error) int {
	var (
		record    tls.RecordHeaderError
		operation *net.OpError
	)
	if errors.As(err, &record) {
		switch string(record.RecordHeader[:]) {
		case "HTTP/", "<html", "<HTML", "<!DOC", "<!doc":
			return codePlainServer
		}
		return codeTLS
	}
	if !errors.As(err, &operation) || operation.Op != "remote error" {
		return 0
	}
	alert := reflect.ValueOf(operation.Err)
	switch {
	case alert.Kind() != reflect.Uint8:
		return codeTLSDefault
	case certificateAlerts[uint8(alert.Uint())]: //nolint:gosec // it is one byte
		return codeClientCertificate
	case alert.Uint() == alertNoApplicationProtocol:
		return codeHTTP2Only
	default:
		return codeTLSDefault
	}
}

func codeOfConnection(err error) int {
	var (
		operation *net.OpError
		number    syscall.Errno
	)
	if errors.As(err, &number) {
		number = posixName(number)
	}
	switch {
	case number == syscall.ECONNRESET:
		return codeReset
	case number == syscall.EPIPE:
		return codeBrokenPipe
	case !errors.As(err, &operation):
		return 0
	case operation.Op == "dial":
		return codeDial
	default:
		return codeTCP
	}
}

// unreadBy tells that a server in front answered 400 without reading the request, and why; 0 if it did not. The texts are those of
// nginx and of Go's net/http.
func unreadBy(got *answer, isTLS bool) int {
	if got.status != http.StatusBadRequest {
		return 0
	}
	holds := func(text string) bool { return bytes.Contains(got.body.kept, []byte(text)) }
	switch {
	case !isTLS && saysTLS(got.body.kept):
		return codeTLSServer
	case isTLS && (holds("No required SSL certificate was sent") || holds("The SSL certificate error")):
		return codeClientCertificate
	default:
		return 0
	}
}

// saysTLS tells that an answer to plain HTTP asks for TLS.
func saysTLS(text []byte) bool {
	return bytes.Contains(text, []byte("The plain HTTP request was sent to HTTPS port")) ||
		bytes.Contains(text, []byte("Client sent an HTTP request to an HTTPS server"))
}
