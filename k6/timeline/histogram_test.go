package timeline

import (
	"math/rand/v2"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// library counts the same times.
func library(times []int64) *hdrhistogram.Histogram {
	h := hdrhistogram.New(lowestUs, highestUs, significantDigit)
	for _, us := range times {
		_ = h.RecordValue(min(max(us, lowestUs), highestUs))
	}
	return h
}

func TestWritesWhatTheLibraryWrites(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // times of a test
	all := [][]int64{nil, {0}, {1}, {2}, {3}, {1, 3}, {2047}, {2048}, {2049}, {4095, 4096, 4097}, {highestUs}, {highestUs + 1}, {-5, 1 << 40}}
	for range 500 {
		times := make([]int64, random.IntN(2000))
		scale := random.IntN(27)
		for i := range times {
			times[i] = random.Int64N(2 << scale)
		}
		all = append(all, times)
	}
	h, e := newHistogram(), newEncoder()
	for _, times := range all {
		h.reset()
		for _, us := range times {
			h.record(us)
		}
		got, err := e.append([]byte("x"), h)
		if err != nil {
			t.Fatal(err)
		}
		want, err := library(times).Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != "x"+string(want) {
			t.Fatalf("%d times from %v: got\n%s, want\n%s", len(times), times[:min(5, len(times))], got, want)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	h, e := newHistogram(), newEncoder()
	for us := int64(1000); us < 40_000; us += 173 {
		h.record(us)
	}
	var text []byte
	for b.Loop() {
		text, _ = e.append(text[:0], h)
	}
	b.ReportMetric(float64(len(text)), "bytes")
}

func BenchmarkEncodeByLibrary(b *testing.B) {
	h := hdrhistogram.New(lowestUs, highestUs, significantDigit)
	for us := int64(1000); us < 40_000; us += 173 {
		_ = h.RecordValue(us)
	}
	for b.Loop() {
		_, _ = h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	}
}
