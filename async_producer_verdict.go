package sarama

import (
	"errors"

	"github.com/seed20e6684a/sarama/protocol"
)

// batchAction is what becomes of a batch that was in flight.
type batchAction uint8

const (
	settleBatch batchAction = iota // its messages are delivered
	retryBatch                     // it is sent again
	splitBatch                     // its halves are sent
	failBatch                      // its messages have failed
)

// verdict is what an answer, or the lack of one, means for a batch.
type verdict struct {
	action     batchAction
	trouble    trouble // of the partition, before anything is sent again
	collateral bool    // the batch failed because one before it has; that is no try of its own
	doubtful   bool    // the broker may have written it
	err        error
}

// attempt is what the judgement of a batch depends on besides the answer.
type attempt struct {
	messages      int
	retries       int  // before this one
	first         bool // no batch before it is unsettled
	doubtful      bool // a try before this one may have written it
	hinted        bool // the answer tells of another leader
	followed      bool // batches that were sent after it may be written before it, if it is sent again
	idempotent    bool
	transactional bool
}

// judgeAnswer decides by a partition's answer.
func judgeAnswer(code KError, a attempt) verdict {
	switch code {
	case ErrNoError, ErrDuplicateSequenceNumber:
		return verdict{}
	case ErrMessageSizeTooLarge, ErrMessageSetSizeTooLarge:
		if a.messages > 1 && !a.followed {
			return verdict{action: splitBatch, err: code}
		}
		return verdict{action: failBatch, err: code}
	case ErrOutOfOrderSequenceNumber:
		if a.idempotent && !a.first {
			return verdict{action: retryBatch, collateral: true, err: code}
		}
		return judgeBrokenSequence(code, a)
	case ErrUnknownProducerID, ErrInvalidProducerEpoch:
		if a.doubtful {
			// What the broker knew of the producer is gone: it can not be told whether the batch was written before.
			return verdict{action: failBatch, err: code}
		}
		return judgeBrokenSequence(code, a)
	case ErrConcurrentTransactions:
		if a.transactional {
			return verdict{action: retryBatch, trouble: needsTurn, err: code}
		}
	case ErrNotLeaderForPartition, ErrFencedLeaderEpoch:
		return judgeMoved(code, a)
	case ErrRequestTimedOut, ErrNotEnoughReplicasAfterAppend:
		return verdict{action: retryBatch, trouble: needsBackoff | needsLeader, doubtful: true, err: code}
	}
	if protocol.Retriable(code) {
		return verdict{action: retryBatch, trouble: needsBackoff | needsLeader, err: code}
	}
	return verdict{action: failBatch, err: code}
}

// judgeMoved decides where to go when another broker leads: to the leader that the answer tells of (KIP-951), or the one that
// metadata have, at once the first time; after that the news may take a while to get around.
func judgeMoved(code KError, a attempt) verdict {
	v := verdict{action: retryBatch, trouble: needsLeader, err: code}
	switch {
	case a.retries > 0:
		v.trouble |= needsBackoff
	case a.hinted:
		v.trouble = followsHint
	}
	return v
}

// judgeBrokenSequence decides what to do when the broker does not know the batches before this one: the sequence starts
// anew with a raised epoch (KIP-360). That of a transaction cannot, so the transaction has to be aborted.
func judgeBrokenSequence(code KError, a attempt) verdict {
	if !a.idempotent || a.transactional {
		return verdict{action: failBatch, err: code}
	}
	return verdict{action: retryBatch, trouble: needsIdentity, err: code}
}

// judgeFailure decides by the error of a request that was not answered.
func judgeFailure(err error) verdict {
	var unencodable PacketEncodingError
	switch {
	case errors.As(err, &unencodable), errors.Is(err, ErrTransactionNotReady), errors.Is(err, ErrUnsupportedVersion):
		// Nothing is wrong with the connection, and a retry would fail alike.
		return verdict{action: failBatch, err: err}
	case errors.Is(err, ErrIncompleteResponse):
		return verdict{action: failBatch, doubtful: true, err: err}
	}
	return verdict{action: retryBatch, trouble: needsBackoff | needsLeader, doubtful: !unsent(err), err: err}
}
