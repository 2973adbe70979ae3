package sarama

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Headers of records that a retry handler sends on.
const (
	// HeaderOriginalTopic, HeaderOriginalPartition and HeaderOriginalOffset are the place of the record that failed first.
	HeaderOriginalTopic     = "original-topic"
	HeaderOriginalPartition = "original-partition"
	HeaderOriginalOffset    = "original-offset"
	// HeaderFailures is how often the record was tried, HeaderError the last error's text, up to 1 KiB of it.
	HeaderFailures = "failures"
	HeaderError    = "error"
)

// longestErrorHeader is how many bytes of an error go with a record: with an error of any length it would be too large to be sent on.
const longestErrorHeader = 1 << 10

// RetryTopic is a topic that records wait in before they are tried again.
type RetryTopic struct {
	// Topic is its name. The group has to subscribe to it.
	Topic string
	// Delay is how long a record waits, from when it was sent there.
	Delay time.Duration
}

// RetryHandlerConfig is what NewRetryHandler needs.
type RetryHandlerConfig struct {
	// GroupID is the group of the member that has the handler.
	GroupID string
	// Handle processes a record. An error has the record sent to the next topic, unless ctx has ended, which it does when the partition
	// is taken away: the next owner tries again then.
	Handle func(ctx context.Context, msg *ConsumerMessage) error
	// Producer sends records on. If it is transactional, the record and the offset after the one that failed are one
	// transaction, so that it is sent on once whatever happens in between: read those topics with ReadCommitted, and give
	// each member a producer, with a transactional id, of its own. It stays yours to close.
	Producer SyncProducer
	// Retries are the topics that a failed record goes through, one after another. None: it is a dead letter at once.
	Retries []RetryTopic
	// DeadLetters is the topic of records that all tries have failed for.
	DeadLetters string
}

// NewRetryHandler returns a handler that processes records one by one, and sends those that fail to retry topics and, in the end,
// to a topic of dead letters: a record that cannot be processed stops nobody. Key, value, headers and timestamp stay; headers say
// where it comes from and why, for which the topics, and Config.Producer.MaxMessageBytes, have to leave some KiB of room beyond the
// largest record. The order of a key's records is not kept when one of them fails.
//
// If a record cannot be sent on, or its transaction fails, the session ends, and the record comes again.
func NewRetryHandler(conf RetryHandlerConfig) (ConsumerGroupHandler, error) {
	switch {
	case conf.Handle == nil || conf.Producer == nil:
		return nil, ConfigurationError("RetryHandlerConfig.Handle and Producer must not be nil")
	case conf.DeadLetters == "" || conf.GroupID == "":
		return nil, ConfigurationError("RetryHandlerConfig.DeadLetters and GroupID must not be empty")
	}
	h := &retryHandler{conf: conf, stage: make(map[string]int), turn: make(chan struct{}, 1)}
	for i, retry := range conf.Retries {
		if _, again := h.stage[retry.Topic]; again || retry.Topic == "" || retry.Topic == conf.DeadLetters {
			return nil, ConfigurationError("RetryHandlerConfig.Retries must have a topic each, none of them twice nor that of DeadLetters")
		}
		h.stage[retry.Topic] = i + 1
	}
	return h, nil
}

type retryHandler struct {
	conf  RetryHandlerConfig
	stage map[string]int // of the retry topics, from 1 on
	turn  chan struct{}  // held by whoever has a transaction

	unsettled *ConsumerMessage // sent on by a transaction of which nobody knows whether it is committed; of who has the turn
}

// Setup implements ConsumerGroupHandler.
func (*retryHandler) Setup(ConsumerGroupSession) error { return nil }

// Cleanup implements ConsumerGroupHandler.
func (*retryHandler) Cleanup(ConsumerGroupSession) error { return nil }

// ConsumeClaim implements ConsumerGroupHandler.
func (h *retryHandler) ConsumeClaim(s ConsumerGroupSession, claim ConsumerGroupClaim) error {
	ctx := claimContext(s, claim)
	for msg := range claim.Messages() {
		if stage := h.stage[msg.Topic]; stage > 0 {
			if wait(ctx, time.Until(msg.Timestamp.Add(h.conf.Retries[stage-1].Delay))) != nil {
				return nil // the partition is taken away
			}
		}
		if err := h.conf.Handle(ctx, msg); err != nil {
			if ctx.Err() != nil {
				return nil // which may be why it has failed: it is for the next owner to try
			}
			if err := h.sendOn(ctx, s, msg, err); ofItsEnd(ctx, err) {
				return nil
			} else if err != nil {
				return fmt.Errorf("sending on offset %d: %w", msg.Offset, err)
			}
		}
		s.MarkMessage(msg, "")
	}
	return nil
}

// sendOn sends a record to the next topic.
func (h *retryHandler) sendOn(ctx context.Context, s ConsumerGroupSession, msg *ConsumerMessage, failure error) error {
	producer := h.conf.Producer
	next := h.next(msg, failure)
	if !producer.IsTransactional() {
		_, _, err := producer.SendMessage(next)
		return err
	}
	// A commit of what was marked before that is still under way could come after the transaction's, and set the offset back.
	if err := commitContext(ctx, s); err != nil {
		return err
	}
	select {
	case h.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-h.turn }()
	if sent, err := h.settle(msg); sent || err != nil {
		return err
	}
	if err := producer.BeginTxn(); err != nil {
		return err
	}
	if err := h.fillTxn(s, msg, next); err != nil {
		return errors.Join(err, producer.AbortTxn())
	}
	err := producer.CommitTxn()
	if err == nil {
		return nil
	}
	h.unsettled = msg
	sent, failed := h.settle(msg)
	if sent {
		return nil
	}
	return errors.Join(err, failed)
}

// settle ends a transaction whose end has failed, and tells whether it was committed, and sent msg on. Until it has ended there
// can be no other.
func (h *retryHandler) settle(msg *ConsumerMessage) (sent bool, err error) {
	if h.conf.Producer.TxnStatus()&ProducerTxnFlagReady != 0 {
		return false, nil
	}
	err = h.conf.Producer.AbortTxn()
	switch committed := errors.Is(err, ErrTxnAlreadyCommitted); {
	case committed && h.unsettled != nil:
		same := h.unsettled.Topic == msg.Topic && h.unsettled.Partition == msg.Partition && h.unsettled.Offset == msg.Offset
		h.unsettled = nil
		return same, nil
	case committed:
		return false, nil
	}
	return false, err
}

// fillTxn has a transaction send a record, and commit the offset after the one that it comes of.
func (h *retryHandler) fillTxn(s ConsumerGroupSession, msg *ConsumerMessage, next *ProducerMessage) error {
	if _, _, err := h.conf.Producer.SendMessage(next); err != nil {
		return err
	}
	member := NewConsumerGroupMetadataFromSession(s, h.conf.GroupID, instanceOf(s))
	return h.conf.Producer.AddMessageToTxnWithGroupMetadata(msg, member, nil)
}

// next is a record as it is sent on.
func (h *retryHandler) next(msg *ConsumerMessage, failure error) *ProducerMessage {
	stage := h.stage[msg.Topic]
	next := &ProducerMessage{Topic: h.conf.DeadLetters}
	if stage < len(h.conf.Retries) {
		next.Topic = h.conf.Retries[stage].Topic
	} else {
		next.Timestamp = msg.Timestamp // that of a retry topic is when the record was sent there
	}
	if msg.Key != nil {
		next.Key = ByteEncoder(msg.Key)
	}
	if msg.Value != nil {
		next.Value = ByteEncoder(msg.Value)
	}
	failures := 1
	origin := map[string]string{
		HeaderOriginalTopic:     msg.Topic,
		HeaderOriginalPartition: strconv.Itoa(int(msg.Partition)),
		HeaderOriginalOffset:    strconv.FormatInt(msg.Offset, 10),
	}
	for _, header := range msg.Headers {
		switch key := string(header.Key); key {
		case HeaderOriginalTopic, HeaderOriginalPartition, HeaderOriginalOffset:
			if stage > 0 {
				origin[key] = string(header.Value)
			}
		case HeaderFailures:
			if n, err := strconv.Atoi(string(header.Value)); err == nil && stage > 0 {
				failures = n + 1
			}
		case HeaderError:
		default:
			next.Headers = append(next.Headers, *header)
		}
	}
	add := func(key, value string) {
		next.Headers = append(next.Headers, RecordHeader{Key: []byte(key), Value: []byte(value)})
	}
	for _, key := range []string{HeaderOriginalTopic, HeaderOriginalPartition, HeaderOriginalOffset} {
		add(key, origin[key])
	}
	add(HeaderFailures, strconv.Itoa(failures))
	add(HeaderError, shortened(failure.Error(), longestErrorHeader))
	return next
}
