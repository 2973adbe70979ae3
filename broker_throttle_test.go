package sarama

import (
	"reflect"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// setThrottleTime sets whatever field of a response is called after throttling, and tells whether there is one.
func setThrottleTime(response protocol.Message, d time.Duration) bool {
	fields := reflect.ValueOf(response).Elem()
	found := false
	for i := range fields.NumField() {
		if len(fields.Type().Field(i).Name) < 8 || fields.Type().Field(i).Name[:8] != "Throttle" {
			continue
		}
		found = true
		if fields.Field(i).Type() == reflect.TypeFor[time.Duration]() {
			fields.Field(i).SetInt(int64(d))
		} else {
			fields.Field(i).SetInt(d.Milliseconds())
		}
	}
	return found
}
