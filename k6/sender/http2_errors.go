package sender

import (
	"crypto/tls"
	"errors"

	"golang.org/x/net/http2"
)

// Codes of k6 for what HTTP/2 tells of a connection's end, of a request, and of a breach of the protocol. The code of HTTP/2 itself is added.
const (
	codeGoAway     = 1610
	codeStream     = 1630
	codeConnection = 1650
)

func (o *origin) scheme() string {
	if o.isTLS {
		return "https"
	}
	return "http"
}

// protocol is what is offered in the handshake of TLS: nothing else, so that a server which does not speak it is known before a request.
func (o *origin) protocol() string {
	if o.isHTTP2 {
		return http2.NextProtoTLS
	}
	return "http/1.1"
}

// orNoHTTP2 tells by a handshake that the server does not speak HTTP/2, if it was asked to.
func (o *origin) orNoHTTP2(secure *tls.Conn, err error) error {
	switch {
	case !o.isHTTP2:
		return err
	case err == nil && secure.ConnectionState().NegotiatedProtocol == http2.NextProtoTLS:
		return nil
	case err == nil:
		return errNoHTTP2
	case codeOfTLS(err) == codeHTTP2Only:
		return errors.Join(errNoHTTP2, err)
	default:
		return err
	}
}

// codeOfHTTP2 gives the code of what a server says in HTTP/2.
func codeOfHTTP2(err error) int {
	var (
		goAway     http2.GoAwayError
		stream     http2.StreamError
		connection http2.ConnectionError
	)
	switch {
	case errors.As(err, &goAway):
		return codeOfReason(codeGoAway, goAway.ErrCode)
	case errors.As(err, &stream):
		return codeOfReason(codeStream, stream.Code)
	case errors.As(err, &connection):
		return codeOfReason(codeConnection, http2.ErrCode(connection))
	default:
		return 0
	}
}

// codeOfReason adds a reason as k6 does. A server that demands HTTP/1.1 has not looked at the request.
func codeOfReason(base int, reason http2.ErrCode) int {
	switch {
	case reason == http2.ErrCodeHTTP11Required && base != codeConnection:
		return codeNoHTTP2
	case reason > http2.ErrCodeHTTP11Required:
		return base
	default:
		return base + 1 + int(reason)
	}
}
