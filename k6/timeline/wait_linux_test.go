package timeline

import (
	"encoding/json"
	"runtime"
	"sync"
	"testing"
	"time"
)

func TestOwnLoadTellsTheWaitForACPU(t *testing.T) {
	if _, told := ownWaitUs(); !told {
		t.Skip("this kernel does not tell how long threads wait for a CPU")
	}
	var l ownLoad
	l.begin(0)
	// More threads than cores that want to run: most of them wait.
	threads := 4 * runtime.NumCPU()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	var busy sync.WaitGroup
	for range threads {
		busy.Go(func() {
			for until := time.Now().Add(100 * time.Millisecond); time.Now().Before(until); {
				// Takes CPU.
			}
		})
	}
	busy.Wait()
	read := func() map[string]int64 {
		var got map[string]int64
		if err := json.Unmarshal(l.line(1_000_000), &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	first, second := read(), read()
	if first["waitedUs"] < 20_000 || second["waitedUs"] >= first["waitedUs"] {
		t.Errorf("%v, %v", first, second)
	}
}
