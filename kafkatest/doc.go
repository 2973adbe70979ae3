/*
Package kafkatest has a Kafka cluster inside a test, which starts in milliseconds and fails as it is told:

	cluster := kafkatest.NewCluster(t, kafkatest.Topics("orders", 3))
	cluster.Fail(new(sarama.ProduceRequest), sarama.ErrNotLeaderForPartition, kafkatest.Times(2))
	producer, err := sarama.NewSyncProducer(cluster.Addrs(), cluster.Config())

In a bubble of testing/synctest it runs in virtual time, see InMemory.

Exercise runs a handler of a consumer group through rebalances, redelivery and failing commits, and says which rule it breaks:

	kafkatest.Exercise(t, func() sarama.ConsumerGroupHandler { return newHandler() })

The module is apart from the library, so that programs have none of it but in their tests. The cluster is franz-go's kfake.
*/
package kafkatest
