package timeline

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/bits"
)

const (
	lowestUs         = 1
	highestUs        = 120_000_000
	significantDigit = 3
	// Three digits take 2,048 steps of 1 µs, then 1,024 of 2 µs, 1,024 of 4 µs and so on.
	stepsOfOctave = 1024

	// HdrHistogram's V2, whose counts take one byte or more: github.com/HdrHistogram/HdrHistogram, AbstractHistogram.java.
	cookie           = 0x1c849313
	compressedCookie = 0x1c849314
)

// histogram counts times of 1 µs to 120 s as an HdrHistogram of three digits does. A second has some of each phase and outcome: it knows which
// steps it touched, where the library looks at, and clears, all of them.
type histogram struct {
	counts []int64
	// The lowest and the highest step that counted; the highest is -1 if none did.
	low, high int
}

func newHistogram() *histogram {
	return &histogram{counts: make([]int64, stepOf(highestUs)+1), low: math.MaxInt, high: -1}
}

func stepOf(us int64) int {
	octave := max(0, bits.Len64(uint64(us))-11) //nolint:gosec // at least 1
	return octave*stepsOfOctave + int(us>>octave)
}

// record counts a time, clamped into the range.
func (h *histogram) record(us int64) {
	step := stepOf(min(max(us, lowestUs), highestUs))
	h.counts[step]++
	h.low = min(h.low, step)
	h.high = max(h.high, step)
}

func (h *histogram) reset() {
	if h.high >= 0 {
		clear(h.counts[h.low : h.high+1])
	}
	h.low, h.high = math.MaxInt, -1
}

// encoder writes histograms as compressed V2 in base64. It is used again and again: a new compressor takes a megabyte.
type encoder struct {
	plain  []byte
	packed bytes.Buffer
	zip    *zlib.Writer
}

func newEncoder() *encoder {
	e := &encoder{}
	// The level of the library; its only error is one of an unknown level.
	e.zip, _ = zlib.NewWriterLevel(&e.packed, zlib.BestCompression)
	return e
}

func (e *encoder) append(text []byte, h *histogram) ([]byte, error) {
	order := binary.BigEndian
	e.plain = append(e.plain[:0], make([]byte, 40)...)
	e.plain = appendCounts(e.plain, h)
	order.PutUint32(e.plain[0:], cookie)
	order.PutUint32(e.plain[4:], uint32(len(e.plain)-40)) //nolint:gosec // some thousand steps
	order.PutUint32(e.plain[12:], significantDigit)
	order.PutUint64(e.plain[16:], lowestUs)
	order.PutUint64(e.plain[24:], highestUs)
	order.PutUint64(e.plain[32:], math.Float64bits(1))

	e.packed.Reset()
	e.packed.Write(make([]byte, 8))
	e.zip.Reset(&e.packed)
	if _, err := e.zip.Write(e.plain); err != nil {
		return nil, err
	}
	if err := e.zip.Close(); err != nil {
		return nil, err
	}
	packed := e.packed.Bytes()
	order.PutUint32(packed[0:], compressedCookie)
	order.PutUint32(packed[4:], uint32(len(packed)-8)) //nolint:gosec // less than what was packed
	return base64.StdEncoding.AppendEncode(text, packed), nil
}

// appendCounts writes the counts up to the highest; a negative number stands for so many steps without one.
func appendCounts(text []byte, h *histogram) []byte {
	if h.high < 0 {
		return binary.AppendVarint(text, 0)
	}
	zeros := int64(h.low)
	for _, count := range h.counts[h.low : h.high+1] {
		if count == 0 {
			zeros++
			continue
		}
		switch {
		case zeros == 1:
			text = binary.AppendVarint(text, 0)
		case zeros > 1:
			text = binary.AppendVarint(text, -zeros)
		}
		zeros = 0
		text = binary.AppendVarint(text, count)
	}
	return text
}
