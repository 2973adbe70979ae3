package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// ProducedRecords returns the records of a request that [Unmarshal] has read, or that were added to it.
func ProducedRecords(r *ProduceRequest) map[string]map[int32]Records { return r.records }

func (r *ProduceRequest) walkTopics(c *wire.Codec) {
	if c.Reading() {
		r.opaque, r.records = nil, nil
	}
	if c.Opaque || r.opaque != nil {
		opaqueTopics(c, produceTopicIDs, &r.opaque)
		return
	}
	mapped(c, &r.records, func(topic *string, partitions *map[int32]Records) {
		topicKey(c, produceTopicIDs, topic, &r.TopicIDs)
		mapped(c, partitions, func(partition *int32, records *Records) {
			c.Int32(partition)
			records.walk(c)
			c.Tags(nil)
		})
		c.Tags(nil)
	})
}

func (r *ProduceRequest) setRecords(topic string, partition int32, records Records) {
	r.opaque = nil
	if r.records == nil {
		r.records = make(map[string]map[int32]Records)
	}
	if r.records[topic] == nil {
		r.records[topic] = make(map[int32]Records)
	}
	r.records[topic][partition] = records
}

// AddMessage adds a message of format v0 or v1 to a partition's message set (Kafka before 0.11).
func (r *ProduceRequest) AddMessage(topic string, partition int32, msg *SetMessage) {
	set := r.records[topic][partition].MsgSet
	if set == nil {
		set = new(MessageSet)
		r.AddSet(topic, partition, set)
	}
	set.Messages = append(set.Messages, &MessageBlock{Msg: msg})
}

// AddSet sets a partition's message set (Kafka before 0.11).
func (r *ProduceRequest) AddSet(topic string, partition int32, set *MessageSet) {
	r.setRecords(topic, partition, Records{MsgSet: set})
}

// AddBatch sets a partition's batch (Kafka 0.11 and later).
func (r *ProduceRequest) AddBatch(topic string, partition int32, batch *RecordBatch) {
	r.setRecords(topic, partition, Records{RecordBatch: batch})
}
