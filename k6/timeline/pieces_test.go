package timeline

import (
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func (b *bench) request(phase string, n int) {
	id := fmt.Sprintf("%s-%d", phase, n)
	sample := b.outcome(id, "webhook_load_limited")
	sample.Metadata[metadataHeaders] = `{"Retry-After":"1"}`
	b.add(b.trail(id, "tag-E"+id, map[string]string{"scenario": phase}, time.Millisecond), sample)
}

func (b *bench) packed(name string) string {
	b.t.Helper()
	file, err := os.Open(filepath.Join(b.folder, name))
	if err != nil {
		b.t.Fatal(err)
	}
	defer file.Close()
	reader, err := gzip.NewReader(file)
	if err != nil {
		b.t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

func TestALedgerInPieces(t *testing.T) {
	b := newBench(t, map[string]string{envPiece: "2"})
	for cycle := range 5 {
		b.request(fmt.Sprintf("soak_%d", cycle), 0)
	}
	// What comes late stays in the piece that is open.
	b.request("soak_0", 1)
	b.stop()
	for piece, phases := range [][]string{{"soak_0", "soak_1"}, {"soak_2", "soak_3"}} {
		lines := strings.Split(strings.TrimSpace(b.packed(fmt.Sprintf("hft.requests.%04d.ndjson.gz", piece+1))), "\n")
		// Header, the set of headers, which each piece tells anew, two requests, end.
		if len(lines) != 5 || !strings.Contains(lines[0], fmt.Sprintf(`"piece":%d`, piece+1)) ||
			!strings.Contains(lines[1], `"headerSet":1`) || lines[4] != `{"end":true,"lines":3}` {
			t.Fatalf("piece %d: %q", piece+1, lines)
		}
		for n, phase := range phases {
			if !strings.Contains(lines[2+n], `"phase":"`+phase+`"`) {
				t.Errorf("piece %d holds %s", piece+1, lines[2+n])
			}
		}
	}
	_, last, end := b.lines("hft.requests.0003.ndjson")
	if len(last) != 3 || end["lines"] != 3.0 || last[2]["phase"] != "soak_0" {
		t.Errorf("%v, end %v", last, end)
	}
}

func TestAPieceInWhichNothingIsSentIsWrittenToo(t *testing.T) {
	b := newBench(t, map[string]string{envPiece: "1"})
	b.request("soak_0", 0)
	b.request("soak_3", 0)
	b.stop()
	for _, piece := range []int{2, 3} {
		lines := strings.Split(strings.TrimSpace(b.packed(fmt.Sprintf("hft.requests.%04d.ndjson.gz", piece))), "\n")
		if len(lines) != 2 || lines[1] != `{"end":true,"lines":0}` {
			t.Errorf("piece %d: %q", piece, lines)
		}
	}
	if _, lines, _ := b.lines("hft.requests.0004.ndjson"); len(lines) != 2 {
		t.Errorf("the last piece: %v", lines)
	}
}

func TestAKillLeavesPiecesThatCanBeRead(t *testing.T) {
	b := newBench(t, map[string]string{envPiece: "1"})
	b.request("soak_0", 0)
	b.request("soak_1", 0)
	b.output.mutex.Lock()
	b.output.ledger.file.flush()
	b.output.mutex.Unlock()
	// Nobody ends the output.
	b.output.ledger.pieces.packing.Wait()
	if text := b.packed("hft.requests.0001.ndjson.gz"); !strings.HasSuffix(text, "{\"end\":true,\"lines\":2}\n") {
		t.Errorf("first piece: %s", text)
	}
	if _, lines, end := b.lines("hft.requests.0002.ndjson"); len(lines) != 2 || end != nil {
		t.Errorf("second piece: %v, end %v", lines, end)
	}
	b.stop()
}

func TestAMemberTellsItsLength(t *testing.T) {
	var packed strings.Builder
	if err := packInto(&packed, strings.NewReader(strings.Repeat("a line\n", memberBytes/5))); err != nil {
		t.Fatal(err)
	}
	members := 0
	for rest := []byte(packed.String()); len(rest) > 0; members++ {
		length := binary.LittleEndian.Uint32(rest[lengthAt:])
		if string(rest[12:14]) != "WS" || int(length) > len(rest) {
			t.Fatalf("member %d: % x", members, rest[:20])
		}
		rest = rest[length:]
	}
	if members != 2 {
		t.Errorf("%d members", members)
	}
}
