package sarama

const (
	// OffsetNewest stands for the end of a partition: the offset that its next record will get.
	OffsetNewest int64 = -1
	// OffsetOldest stands for the start of a partition: the offset of its oldest record that is still kept.
	OffsetOldest int64 = -2
)
