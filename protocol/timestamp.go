package protocol

import (
	"fmt"
	"time"
)

// Timestamp is a moment as records carry it: whole milliseconds since 1970, none for the zero time.
type Timestamp struct {
	*time.Time
}

// timestampMillis is a moment on the wire: -1 for the zero time. Other times before 1970 do not fit.
func timestampMillis(t time.Time) (int64, error) {
	switch {
	case t.IsZero():
		return -1, nil
	case t.UnixMilli() < 0:
		return 0, PacketEncodingError{Info: fmt.Sprintf("invalid timestamp (%v)", t)}
	}
	return t.UnixMilli(), nil
}

// timestampOf is a moment read from the wire; negative ones are the zero time.
func timestampOf(millis int64) time.Time {
	if millis < 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis)
}
