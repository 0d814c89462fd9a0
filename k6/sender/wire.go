package sender

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// origin is where requests go.
type origin struct {
	isTLS, isHTTP2 bool
	// host is the name for TLS, address what is dialed, authority the Host header.
	host, address, authority string
	// prefix comes before every path; base is the whole base URL.
	prefix, base string
	// roots are whom a TLS server's certificate may be signed by; nil for the system's.
	roots *x509.CertPool
}

func parseOrigin(base string) (*origin, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("sender: the base URL must begin with http:// or https://, name a host, and hold no user and no query")
	}
	authority, err := httpguts.PunycodeHostPort(u.Host)
	if err != nil {
		return nil, fmt.Errorf("sender: the base URL names no valid host")
	}
	port := u.Port()
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[u.Scheme == "https"]
	}
	host := strings.TrimSuffix(authority, ":"+u.Port())
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return &origin{
		isTLS: u.Scheme == "https", host: host, address: net.JoinHostPort(host, port),
		authority: strings.TrimSuffix(authority, ":"), prefix: u.EscapedPath(), base: base,
	}, nil
}

// line is one header as it goes out. Name is in canonical form.
type line struct {
	name  string
	value []segment
}

// reserved are headers that have a place of their own, or none.
var reserved = map[string]bool{"Host": true, "User-Agent": true, "Content-Length": true, "Transfer-Encoding": true, "Trailer": true}

// head is the compiled head of requests of one purpose: what net/http would write, in its order.
type head struct {
	method    string
	userAgent []segment
	host      []segment
	lines     []line
	// request tells net/http how to read the answer.
	request http.Request
}

func newHead(method string, headers []headerTemplate) head {
	h := head{method: method, request: http.Request{Method: method}}
	set := map[string][]segment{}
	for _, template := range headers {
		set[textproto.CanonicalMIMEHeaderKey(template.Name)] = template.Value
	}
	h.host, h.userAgent = set["Host"], set["User-Agent"]
	for name, value := range set {
		if !reserved[name] {
			h.lines = append(h.lines, line{name: name, value: value})
		}
	}
	slices.SortFunc(h.lines, func(a, b line) int { return strings.Compare(a.name, b.name) })
	return h
}

// message is one request as JavaScript asks for it, and the buffers that it is written into.
type message struct {
	head    *head
	path    []byte
	body    []byte
	hasBody bool
	closes  bool
}

// appendValue writes a header's value as net/http does: trimmed, line breaks as spaces.
func appendValue(dst []byte, value []segment, v *values) ([]byte, error) {
	start := len(dst)
	dst = appendAll(dst, value, v)
	text := dst[start:]
	trimmed := textproto.TrimBytes(text)
	dst = append(dst[:start], trimmed...)
	if !httpguts.ValidHeaderFieldValue(string(dst[start:])) {
		return dst, fmt.Errorf("sender: a header's value holds a control character")
	}
	return dst, nil
}

// append writes the whole request.
func (m *message) append(dst []byte, to *origin, userAgent string, v *values) ([]byte, error) {
	dst = append(dst, m.head.method...)
	dst = append(dst, ' ')
	dst, err := appendTarget(dst, to, m.path)
	if err != nil {
		return dst, err
	}
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	if m.head.host == nil {
		dst = append(dst, to.authority...)
	} else if dst, err = appendValue(dst, m.head.host, v); err != nil {
		return dst, err
	}
	agent := []segment{{text: userAgent}}
	if m.head.userAgent != nil {
		agent = m.head.userAgent
	}
	start := len(dst)
	dst = append(dst, "\r\nUser-Agent: "...)
	before := len(dst)
	if dst, err = appendValue(dst, agent, v); err != nil {
		return dst, err
	}
	if len(dst) == before {
		dst = dst[:start]
	}
	if m.hasBody || (m.head.method != http.MethodGet && m.head.method != http.MethodHead) {
		dst = append(dst, "\r\nContent-Length: "...)
		dst = strconv.AppendInt(dst, int64(len(m.body)), 10)
	}
	for i := range m.head.lines {
		l := &m.head.lines[i]
		dst = append(dst, "\r\n"...)
		dst = append(dst, l.name...)
		dst = append(dst, ": "...)
		if dst, err = appendValue(dst, l.value, v); err != nil {
			return dst, err
		}
	}
	if m.closes {
		dst = append(dst, "\r\nConnection: close"...)
	}
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, m.body...), nil
}

// appendTarget writes prefix and path. What needs no escaping is written as it is; net/url escapes the rest.
func appendTarget(dst []byte, to *origin, path []byte) ([]byte, error) {
	for _, c := range path {
		if !isPlain[c] {
			u, err := url.Parse(to.base + string(path))
			if err != nil {
				return dst, fmt.Errorf("sender: the path of the request is no part of a URL")
			}
			return append(dst, u.RequestURI()...), nil
		}
	}
	dst = append(dst, to.prefix...)
	return append(dst, path...), nil
}

// isPlain are the characters of a path and its query that net/url leaves as they are.
var isPlain = func() (plain [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/?%&=+,:;@$!*'()") {
		plain[c] = true
	}
	return plain
}()
