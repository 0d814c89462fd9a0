// A server in Go that leaks, or leaves garbage: memory-server PORT leak|clean BYTES.
// With GOGC=off or 400 its garbage waits for a collector that comes late or not at all.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

var (
	mutex sync.Mutex
	kept  [][]byte
	last  []byte
)

func main() {
	started := float64(time.Now().UnixMicro()) / 1e6
	size, err := strconv.Atoi(os.Args[3])
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Fprintf(w, "go_info{version=%q} 1\nprocess_start_time_seconds %f\n", runtime.Version(), started)
		fmt.Fprintf(w, "go_memstats_heap_alloc_bytes %d\ngo_memstats_sys_bytes %d\n", m.HeapAlloc, m.Sys)
		fmt.Fprintf(w, "go_memstats_heap_sys_bytes %d\ngo_memstats_heap_released_bytes %d\n", m.HeapSys, m.HeapReleased)
		fmt.Fprintf(w, "go_gc_duration_seconds_count %d\n", m.NumGC)
	})
	http.HandleFunc("/collect", func(w http.ResponseWriter, _ *http.Request) {
		runtime.GC()
		fmt.Fprint(w, "{}")
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPost {
			made := make([]byte, size)
			for n := range made {
				made[n] = byte(n)
			}
			mutex.Lock()
			last = made
			if os.Args[2] == "leak" {
				kept = append(kept, made)
			}
			mutex.Unlock()
		}
		fmt.Fprint(w, "{}")
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
