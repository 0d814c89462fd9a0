//go:build !linux

package sender

func newPlainLanes(of *shared, in *Situation) (Lanes, error) { return newBlockingLanes(of, in), nil }
