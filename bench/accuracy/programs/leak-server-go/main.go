// A webhook backend in Go that leaks as told.
//
//	LEAK_BYTES=N GARBAGE_BYTES=N METRICS=1 GOGC=… leakserver PORT
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"sync"
	"time"
)

var (
	started = float64(time.Now().UnixMilli()) / 1000
	guard   sync.Mutex
	leaked  [][]byte
	garbage []byte
)

func number(name string) int {
	value, _ := strconv.Atoi(os.Getenv(name))
	return value
}

// filled touches every page.
func filled(size int) []byte {
	bytes := make([]byte, size)
	for n := range bytes {
		bytes[n] = 1
	}
	return bytes
}

func page(w http.ResponseWriter, _ *http.Request) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	fmt.Fprintf(w, "go_info{version=%q} 1\n", runtime.Version())
	fmt.Fprintf(w, "process_start_time_seconds %f\n", started)
	fmt.Fprintf(w, "go_memstats_heap_alloc_bytes %d\n", memory.HeapAlloc)
	fmt.Fprintf(w, "go_memstats_heap_sys_bytes %d\n", memory.HeapSys)
	fmt.Fprintf(w, "go_memstats_heap_released_bytes %d\n", memory.HeapReleased)
	fmt.Fprintf(w, "go_memstats_sys_bytes %d\n", memory.Sys)
	fmt.Fprintf(w, "go_gc_heap_live_bytes %d\n", live[0].Value.Uint64())
	fmt.Fprintf(w, "go_gc_duration_seconds_count %d\n", memory.NumGC)
}

func main() {
	leakBytes, garbageBytes := number("LEAK_BYTES"), number("GARBAGE_BYTES")
	http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"ok"}`) })
	http.HandleFunc("/collect", func(w http.ResponseWriter, _ *http.Request) { runtime.GC(); fmt.Fprint(w, "{}") })
	if os.Getenv("METRICS") != "" {
		http.HandleFunc("/metrics", page)
	}
	http.HandleFunc("/hooks/", func(w http.ResponseWriter, r *http.Request) {
		var signal struct {
			ID string `json:"signal_id"`
		}
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &signal)
		guard.Lock()
		if leakBytes > 0 {
			leaked = append(leaked, filled(leakBytes))
		}
		if garbageBytes > 0 {
			garbage = filled(garbageBytes)
		}
		guard.Unlock()
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"status":"accepted","signal_id":%q}`, signal.ID)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
