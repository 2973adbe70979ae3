package bench

import (
	"context"
	"fmt"
	"testing"

	ibm "github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seed20e6684a/sarama"
)

var sizes = []int{100, 1000}

// BenchmarkAsync sends records over 8 partitions and waits for all acknowledgements; an operation is a record.
func BenchmarkAsync(b *testing.B) {
	for _, size := range sizes {
		value := payload(size)
		b.Run(fmt.Sprintf("ours/%dB", size), func(b *testing.B) {
			conf := sarama.NewConfig()
			conf.Producer.RequiredAcks, conf.Producer.Return.Successes = sarama.WaitForAll, true
			conf.Producer.Partitioner = sarama.NewManualPartitioner
			producer, err := sarama.NewAsyncProducer([]string{newNullBroker(b, size)}, conf)
			must(b, err)
			go failOn(producer.Errors())
			end := begin(b, size)
			go func() {
				for i := range b.N {
					producer.Input() <- &sarama.ProducerMessage{Topic: "bench", Partition: int32(i % partitions), Value: sarama.ByteEncoder(value)}
				}
			}()
			for range b.N {
				<-producer.Successes()
			}
			end()
			must(b, producer.Close())
		})
		b.Run(fmt.Sprintf("sarama/%dB", size), func(b *testing.B) {
			conf := ibm.NewConfig()
			conf.Producer.RequiredAcks, conf.Producer.Return.Successes = ibm.WaitForAll, true
			conf.Producer.Partitioner = ibm.NewManualPartitioner
			producer, err := ibm.NewAsyncProducer([]string{newNullBroker(b, size)}, conf)
			must(b, err)
			go failOn(producer.Errors())
			end := begin(b, size)
			go func() {
				for i := range b.N {
					producer.Input() <- &ibm.ProducerMessage{Topic: "bench", Partition: int32(i % partitions), Value: ibm.ByteEncoder(value)}
				}
			}()
			for range b.N {
				<-producer.Successes()
			}
			end()
			must(b, producer.Close())
		})
		b.Run(fmt.Sprintf("franz/%dB", size), func(b *testing.B) {
			client, err := kgo.NewClient(kgo.SeedBrokers(newNullBroker(b, size)), kgo.DefaultProduceTopic("bench"),
				kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DisableIdempotentWrite(), kgo.ProducerBatchCompression(kgo.NoCompression()))
			must(b, err)
			end := begin(b, size)
			for i := range b.N {
				client.Produce(context.Background(), &kgo.Record{Partition: int32(i % partitions), Value: value}, func(_ *kgo.Record, err error) {
					if err != nil {
						b.Error(err)
					}
				})
			}
			must(b, client.Flush(context.Background()))
			end()
			client.Close()
		})
	}
}

// BenchmarkSync sends records one by one; an operation is a record.
func BenchmarkSync(b *testing.B) {
	value := payload(100)
	b.Run("ours", func(b *testing.B) {
		conf := sarama.NewConfig()
		conf.Producer.RequiredAcks, conf.Producer.Return.Successes = sarama.WaitForAll, true
		producer, err := sarama.NewSyncProducer([]string{newNullBroker(b, 100)}, conf)
		must(b, err)
		end := begin(b, len(value))
		for range b.N {
			_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: "bench", Value: sarama.ByteEncoder(value)})
			must(b, err)
		}
		end()
		must(b, producer.Close())
	})
	b.Run("sarama", func(b *testing.B) {
		conf := ibm.NewConfig()
		conf.Producer.RequiredAcks, conf.Producer.Return.Successes = ibm.WaitForAll, true
		producer, err := ibm.NewSyncProducer([]string{newNullBroker(b, 100)}, conf)
		must(b, err)
		end := begin(b, len(value))
		for range b.N {
			_, _, err := producer.SendMessage(&ibm.ProducerMessage{Topic: "bench", Value: ibm.ByteEncoder(value)})
			must(b, err)
		}
		end()
		must(b, producer.Close())
	})
	b.Run("franz", func(b *testing.B) {
		client, err := kgo.NewClient(kgo.SeedBrokers(newNullBroker(b, 100)), kgo.DefaultProduceTopic("bench"),
			kgo.DisableIdempotentWrite(), kgo.ProducerLinger(0))
		must(b, err)
		end := begin(b, len(value))
		for range b.N {
			must(b, client.ProduceSync(context.Background(), &kgo.Record{Value: value}).FirstErr())
		}
		end()
		client.Close()
	})
}

// BenchmarkConsume reads records of 8 partitions; an operation is a record.
func BenchmarkConsume(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("ours/%dB", size), func(b *testing.B) {
			consumer, err := sarama.NewConsumer([]string{newNullBroker(b, size)}, sarama.NewConfig())
			must(b, err)
			end := begin(b, size)
			done := make(chan struct{})
			for p := range int32(partitions) {
				pc, err := consumer.ConsumePartition("bench", p, sarama.OffsetOldest)
				must(b, err)
				go func() {
					for range (b.N + partitions - 1) / partitions {
						<-pc.Messages()
					}
					must(b, pc.Close())
					done <- struct{}{}
				}()
			}
			for range partitions {
				<-done
			}
			end()
			must(b, consumer.Close())
		})
		b.Run(fmt.Sprintf("sarama/%dB", size), func(b *testing.B) {
			consumer, err := ibm.NewConsumer([]string{newNullBroker(b, size)}, ibm.NewConfig())
			must(b, err)
			end := begin(b, size)
			done := make(chan struct{})
			for p := range int32(partitions) {
				pc, err := consumer.ConsumePartition("bench", p, ibm.OffsetOldest)
				must(b, err)
				go func() {
					for range (b.N + partitions - 1) / partitions {
						<-pc.Messages()
					}
					must(b, pc.Close())
					done <- struct{}{}
				}()
			}
			for range partitions {
				<-done
			}
			end()
			must(b, consumer.Close())
		})
		b.Run(fmt.Sprintf("franz/%dB", size), func(b *testing.B) {
			client, err := kgo.NewClient(kgo.SeedBrokers(newNullBroker(b, size)), kgo.ConsumeTopics("bench"),
				kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableFetchSessions())
			must(b, err)
			end := begin(b, size)
			for n := 0; n < b.N; {
				fetches := client.PollFetches(context.Background())
				must(b, fetches.Err())
				n += fetches.NumRecords()
			}
			end()
			client.Close()
		})
	}
}

// begin begins the measured part, of operations of so many bytes; end ends it. The cpu-ns/op are those of client and broker.
func begin(b *testing.B, size int) (end func()) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	used := cpuTime(b)
	return func() {
		b.StopTimer()
		b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N), "cpu-ns/op")
	}
}

// failOn ends the benchmark at an error: who waits for a success instead would wait forever.
func failOn[E error](errs <-chan E) {
	for err := range errs {
		panic(err)
	}
}

func must(b *testing.B, err error) {
	if err != nil {
		b.Error(err)
	}
}

// BenchmarkIsolation reads seven partitions, alone and beside an eighth whose messages nobody takes; an operation is a record.
func BenchmarkIsolation(b *testing.B) {
	for name, blocked := range map[string]bool{"alone": false, "beside a blocked partition": true} {
		b.Run(name, func(b *testing.B) {
			consumer, err := sarama.NewConsumer([]string{newNullBroker(b, 100)}, sarama.NewConfig())
			must(b, err)
			end := begin(b, 100)
			if blocked {
				_, err := consumer.ConsumePartition("bench", 0, sarama.OffsetOldest)
				must(b, err)
			}
			done := make(chan struct{})
			for p := int32(1); p < partitions; p++ {
				pc, err := consumer.ConsumePartition("bench", p, sarama.OffsetOldest)
				must(b, err)
				go func() {
					for range (b.N + partitions - 2) / (partitions - 1) {
						<-pc.Messages()
					}
					must(b, pc.Close())
					done <- struct{}{}
				}()
			}
			for range partitions - 1 {
				<-done
			}
			end()
			must(b, consumer.Close())
		})
	}
}
