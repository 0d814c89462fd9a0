package sender

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
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
	codeTLS              = 1301
	codeUnknownAuthority = 1310
	codeHostname         = 1311
	codeDecompression    = 1701
)

var (
	errHeadTooLong   = errors.New("the head of the answer is too long")
	errTooManyInfos  = errors.New("too many 1xx answers")
	errDecompression = errors.New("the body of the answer could not be decompressed")
	errAbandoned     = errors.New("the connection was closed on purpose")
)

func isTimeout(err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}

// codeOf gives k6's error code for the error of a request.
func codeOf(err error) int {
	var (
		dns       *net.DNSError
		address   netext.BlackListedIPError
		host      netext.BlockedHostError
		operation *net.OpError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		record    tls.RecordHeaderError
	)
	switch {
	case isTimeout(err):
		return codeRequestTimeout
	case errors.Is(err, errDecompression):
		return codeDecompression
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return codeNoSuchHost
		}
		return codeDNS
	case errors.As(err, &address):
		return codeBlockedAddress
	case errors.As(err, &host):
		return codeBlockedHost
	case errors.As(err, &authority):
		return codeUnknownAuthority
	case errors.As(err, &hostname):
		return codeHostname
	case errors.As(err, &record):
		return codeTLS
	case errors.Is(err, syscall.ECONNRESET):
		return codeReset
	case errors.Is(err, syscall.EPIPE):
		return codeBrokenPipe
	case errors.As(err, &operation):
		return codeOfOperation(operation)
	default:
		return codeDefault
	}
}

func codeOfOperation(operation *net.OpError) int {
	var number syscall.Errno
	switch {
	case operation.Op != "dial":
		return codeTCP
	case errors.Is(operation, syscall.ECONNREFUSED):
		return codeDialRefused
	case errors.As(operation, &number):
		return codeDialUnknown
	default:
		return codeDial
	}
}
