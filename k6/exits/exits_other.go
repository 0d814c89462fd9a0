//go:build !linux

package exits

import "errors"

func watch(func() error, func(Exit) error) error {
	return errors.New("only Linux tells how processes of others end")
}
