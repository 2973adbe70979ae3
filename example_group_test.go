package sarama_test

import (
	"context"
	"fmt"
	"log"

	"github.com/seed20e6684a/sarama"
)

// printer is a handler that prints records, and ends the program's interest after some.
type printer struct {
	left int
	done context.CancelFunc
}

func (*printer) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*printer) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (p *printer) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		fmt.Printf("%s/%d@%d %s\n", msg.Topic, msg.Partition, msg.Offset, msg.Value)
		session.MarkMessage(msg, "")
		if p.left--; p.left == 0 {
			p.done()
		}
	}
	return nil
}

// A member of a group, from a topic's oldest records on. The broker is a mock here, so that the example runs by itself.
func ExampleConsumerGroup() {
	broker := sarama.NewMockBroker(reporter{}, 1)
	defer broker.Close()
	answers := sarama.NewMockResponses(reporter{}, broker, map[string]int32{"orders": 1})
	answers["OffsetRequest"] = sarama.NewMockOffsetResponse(reporter{}).
		SetOffset("orders", 0, sarama.OffsetOldest, 0).SetOffset("orders", 0, sarama.OffsetNewest, 2)
	answers["FetchRequest"] = sarama.NewMockFetchResponse(reporter{}, 2).SetHighWaterMark("orders", 0, 2).
		SetMessage("orders", 0, 0, sarama.StringEncoder("two apples")).
		SetMessage("orders", 0, 1, sarama.StringEncoder("a pear"))
	broker.SetHandlerByMap(answers)

	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	group, err := sarama.NewConsumerGroup([]string{broker.Addr()}, "printers", config)
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// Run is Consume in a loop.
	err = group.(sarama.ManagedConsumerGroup).Run(ctx, []string{"orders"}, &printer{left: 2, done: cancel})
	fmt.Println(err, group.Close())
	// Output:
	// orders/0@0 two apples
	// orders/0@1 a pear
	// <nil> <nil>
}

// Offsets kept with the cluster, where partitions are shared by other means than a group's.
func ExampleOffsetManager() {
	broker := sarama.NewMockBroker(reporter{}, 1)
	defer broker.Close()
	answers := sarama.NewMockResponses(reporter{}, broker, map[string]int32{"orders": 1})
	answers["OffsetFetchRequest"] = sarama.NewMockOffsetFetchResponse(reporter{}).
		SetOffset("loader", "orders", 0, 42, "yesterday", sarama.ErrNoError)
	broker.SetHandlerByMap(answers)

	client, err := sarama.NewClient([]string{broker.Addr()}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	offsets, err := sarama.NewOffsetManagerFromClient("loader", client)
	if err != nil {
		log.Print(err)
		return
	}
	place, err := offsets.ManagePartition("orders", 0)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(place.NextOffset()) // where to go on, for Consumer.ConsumePartition
	place.MarkOffset(43, "today")   // that of the next record to read
	fmt.Println(place.NextOffset())
	fmt.Println(place.Close(), offsets.Close()) // commits
	// Output:
	// 42 yesterday
	// 43 today
	// <nil> <nil>
}

// A worker among as many as one likes: each record goes to one of them, and is acknowledged by itself.
func ExampleShareConsumer() {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion // share groups need 4.1
	workers, err := sarama.NewShareConsumer([]string{"localhost:9092"}, "workers", []string{"jobs"}, config)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = workers.Close() }()

	for job := range workers.Messages() {
		if len(job.Value) > 0 {
			err = job.Accept()
		} else if job.DeliveryCount < 3 {
			err = job.Release() // to whoever comes
		} else {
			err = job.Reject() // to nobody any more
		}
		if err != nil {
			log.Print(err)
		}
	}
}
