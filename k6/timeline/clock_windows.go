package timeline

import (
	"math/bits"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32  = windows.NewLazySystemDLL("kernel32.dll")
	counter   = kernel32.NewProc("QueryPerformanceCounter")
	frequency = kernel32.NewProc("QueryPerformanceFrequency")
)

// read calls one of the two, which cannot fail since Windows XP.
func read(procedure *windows.LazyProc) uint64 {
	var value uint64
	_, _, _ = procedure.Call(uintptr(unsafe.Pointer(&value)))
	return value
}

// monotonicNowUs reads the clock that Node reads: libuv's uv_hrtime is QueryPerformanceCounter on Windows.
func monotonicNowUs() int64 {
	high, low := bits.Mul64(read(counter), 1_000_000)
	us, _ := bits.Div64(high, low, read(frequency))
	return int64(us)
}
