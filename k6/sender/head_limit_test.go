package sender

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

func TestAHeadIsBoundedByItsLinesAndABodyIsNot(t *testing.T) {
	body := strings.Repeat("\n", 8*maxHeadLines)
	for headers, code := range map[int]int{maxHeadLines - 100: 0, maxHeadLines + 2*readBuffer: codeDefault} {
		base := raw(t, func(conn net.Conn, _ int) {
			readRequest(conn)
			var head strings.Builder
			for n := range headers {
				_, _ = fmt.Fprintf(&head, "x%d:\r\n", n)
			}
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n", len(body), head.String())
			_, _ = io.WriteString(conn, body)
		})
		got, _ := newBench(t, base, 30_000).post(context.Background(), "load", "a")
		if code == 0 && (got.err != nil || got.status != 200) {
			t.Errorf("%d headers: %v, %d", headers, got.err, got.status)
		}
		if code != 0 && (got.err == nil || codeOf(got.err) != code) {
			t.Errorf("%d headers: %v, %d", headers, got.err, got.status)
		}
	}
}

func TestAnHTTP2HeadIsBoundedByItsFields(t *testing.T) {
	for fields, code := range map[int]int{maxHeadLines - 1: 0, maxHeadLines: codeDefault} {
		base, _ := playHTTP2(t, nil, func(p *played, id uint32) bool {
			head := []string{":status", "200"}
			for range fields {
				head = append(head, "name", "")
			}
			return p.head(id, true, head...) == nil
		})
		got, _ := newHTTP2Bench(t, base, 30_000).post(context.Background(), "load", "a")
		if (code == 0) != (got.err == nil) || (code != 0 && codeOf(got.err) != code) {
			t.Errorf("%d fields: %v, %d", fields, got.err, got.status)
		}
	}
}
