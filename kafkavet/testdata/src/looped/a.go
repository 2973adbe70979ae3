package looped

import (
	"context"

	"github.com/IBM/sarama"
)

type reader struct{ group sarama.ConsumerGroup }

// Once may be called again by whoever imports it.
func (r *reader) Once(ctx context.Context) error {
	err := r.group.Consume(ctx, nil, nil)
	return err
}

func Exported(group sarama.ConsumerGroup) { _ = group.Consume(context.Background(), nil, nil) }

func loop(ctx context.Context, group sarama.ConsumerGroup) {
	for ctx.Err() == nil {
		_ = group.Consume(ctx, nil, nil)
	}
	for {
		if step(ctx, group) != nil {
			return
		}
	}
}

func step(ctx context.Context, group sarama.ConsumerGroup) error {
	err := group.Consume(ctx, nil, nil)
	return err
}

func retried(ctx context.Context, group sarama.ConsumerGroup) {
	retry(func() error { err := group.Consume(ctx, nil, nil); return err })
	run := func() { _ = group.Consume(ctx, nil, nil) }
	for {
		run()
	}
}

func retry(f func() error) {
	for f() != nil {
	}
}

var _ = asValue

func asValue(ctx context.Context, group sarama.ConsumerGroup) { _ = group.Consume(ctx, nil, nil) }

type other struct{}

func (other) Consume(context.Context) {}

func notAGroup() { other{}.Consume(context.Background()) }

func ranges(group sarama.ConsumerGroup) {
	for range 3 {
		go func() { _ = group.Consume(context.Background(), nil, nil) }()
	}
}
