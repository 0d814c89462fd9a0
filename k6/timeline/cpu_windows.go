package timeline

import "golang.org/x/sys/windows"

// ownCPUUs is the CPU time of this process so far, zero if the system does not tell.
func ownCPUUs() int64 {
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user); err != nil {
		return 0
	}
	return (units(kernel) + units(user)) / 10
}

// units of a time span: 100 ns each.
func units(span windows.Filetime) int64 {
	return int64(span.HighDateTime)<<32 | int64(span.LowDateTime)
}
