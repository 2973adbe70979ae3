package kafkatest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/kafkatest"
)

// It has no output: in a program it is a test, whose t it gets.
func ExampleExercise() {
	var t *testing.T // the test's
	bill := func(_ context.Context, msg *sarama.ConsumerMessage) error {
		fmt.Printf("billing %s\n", msg.Value)
		return nil
	}
	kafkatest.Exercise(t, func() sarama.ConsumerGroupHandler {
		handler, err := sarama.NewKeyedHandler(sarama.KeyedHandlerConfig{Handle: bill})
		if err != nil {
			t.Fatal(err)
		}
		return handler
	}, kafkatest.ClaimsOf("orders", 2), kafkatest.Records(&sarama.ConsumerMessage{Value: []byte("an order")}))
}
