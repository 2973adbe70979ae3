// Package memory gives memory for what is written over as a whole.
package memory

import (
	"strings"
	"unsafe"
)

// Uncleared returns n bytes with anything in them. Clearing memory costs as much as filling it; who takes some here fills it, and
// shows nobody what is not filled.
func Uncleared(n int) []byte {
	if n <= 0 {
		return nil
	}
	// A Builder's memory is not cleared. No string of it is left that the writing could change.
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0) // String has no place before
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}
