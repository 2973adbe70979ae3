package sarama

import (
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// inTransaction runs a test with a transactional producer in front of a coordinator at a level of transaction.version.
func inTransaction(t *testing.T, level int16, test func(t *testing.T, x *transactions)) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		x := newTransactions(t, net, rand.New(rand.NewPCG(1, 1)), 2)
		x.conf.Version = V4_1_0_0
		x.conf.Producer.Transaction.Retry.Max = 2
		x.conf.Producer.Retry.Max = 3
		x.txns.level = level
		x.start(t)
		test(t, x)
	})
}

// send sends a message and returns its outcome.
func (x *transactions) send(value string) error {
	x.producer.Input() <- &ProducerMessage{Topic: "orders", Value: StringEncoder(value)}
	select {
	case <-x.producer.Successes():
		return nil
	case err := <-x.producer.Errors():
		return err.Err
	}
}

// received counts the requests of an API that any broker got.
func (x *transactions) received(key int16) (n int) {
	for _, b := range x.brokers {
		n += len(b.received(key))
	}
	return n
}

// versions are those of an API's requests.
func (x *transactions) versions(key int16) (versions []int16) {
	for _, b := range x.brokers {
		for _, r := range b.received(key) {
			versions = append(versions, r.Version)
		}
	}
	return versions
}

func (x *transactions) close(t *testing.T) {
	x.producer.AsyncClose()
	collectLate(x.producer)
}

// TestTransactionVersions: version 2 adds nothing by itself and goes on with the epoch that the end of a transaction tells.
func TestTransactionVersions(t *testing.T) {
	for _, c := range []struct {
		level                                int16
		produce, end, offsets, adds, adGroup int
	}{
		{level: 0, produce: 11, end: 4, offsets: 4, adds: 2, adGroup: 1},
		{level: 1, produce: 11, end: 4, offsets: 4, adds: 2, adGroup: 1},
		{level: 2, produce: 13, end: 5, offsets: 5},
	} {
		inTransaction(t, c.level, func(t *testing.T, x *transactions) {
			require.NoError(t, x.producer.BeginTxn())
			require.NoError(t, x.send("a"))
			require.NoError(t, x.producer.AddMessageToTxn(&ConsumerMessage{Topic: "input", Offset: 41}, "group", nil))
			require.NoError(t, x.producer.CommitTxn())
			require.NoError(t, x.producer.BeginTxn())
			require.NoError(t, x.send("b"))
			require.NoError(t, x.producer.AbortTxn())
			x.committed[0], x.offset = []string{"a"}, 42
			x.finish(t)
			require.Equal(t, []int16{int16(c.produce), int16(c.produce)}, x.versions(protocol.KeyProduce))
			require.Equal(t, []int16{int16(c.end), int16(c.end)}, x.versions(protocol.KeyEndTxn))
			require.Equal(t, []int16{int16(c.offsets)}, x.versions(protocol.KeyTxnOffsetCommit))
			require.Equal(t, c.adds, x.received(protocol.KeyAddPartitionsToTxn))
			require.Equal(t, c.adGroup, x.received(protocol.KeyAddOffsetsToTxn))
			require.Equal(t, 1, x.received(protocol.KeyInitProducerId))
			if c.level >= 2 {
				require.EqualValues(t, 2, x.txns.epoch, "raised by each end")
			}
		})
	}
}

// TestTransactionVersionNeedsConfigVersion: requests of Kafka 4.0 are not sent if Config.Version does not allow them.
func TestTransactionVersionNeedsConfigVersion(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		x := newTransactions(t, net, rand.New(rand.NewPCG(1, 1)), 1)
		x.conf.Version = V3_9_0_0
		x.txns.level = 2
		x.start(t)
		x.drain()
		x.transact(t, "a", 3, true)
		x.finish(t)
		require.Equal(t, [3]int{0, 1, 0}, x.txns.byVersion)
	})
}

// TestUpgradeBetweenTransactions: the version changes with a transaction's end, by a raised epoch if it goes up.
func TestUpgradeBetweenTransactions(t *testing.T) {
	inTransaction(t, 1, func(t *testing.T, x *transactions) {
		x.drain()
		x.transact(t, "1", 3, true)
		require.NoError(t, x.producer.BeginTxn())
		x.txns.setLevel(2) // in the middle of a transaction
		require.True(t, x.end(t, true))
		x.transact(t, "2", 3, true) // reconnects, and hears of it at the end
		require.Equal(t, 2, x.received(protocol.KeyInitProducerId), "the epoch was raised")
		x.transact(t, "3", 3, true)
		x.txns.setLevel(1)
		x.transact(t, "4", 3, true)
		x.transact(t, "5", 3, true)
		x.finish(t)
		require.Equal(t, [3]int{0, 3, 2}, x.txns.byVersion)
		require.Equal(t, 2, x.received(protocol.KeyInitProducerId))
	})
}

// TestCoordinatorOfTransactionIsRefused: what a retry does not mend is told at once, and a constructor's error not what to do with a
// producer that there is not.
func TestCoordinatorOfTransactionIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		x := newTransactions(t, net, rand.New(rand.NewPCG(1, 1)), 2)
		x.logs.cluster.refuseCoordinator("txn", ErrTransactionalIDAuthorizationFailed)
		began := time.Now()
		_, err := NewAsyncProducer([]string{x.addr}, x.conf)
		require.ErrorIs(t, err, ErrTxnFatal)
		require.ErrorIs(t, err, ErrTransactionalIDAuthorizationFailed)
		require.ErrorContains(t, err, "; "+txnAdvice[ErrTransactionalIDAuthorizationFailed])
		require.NotContains(t, err.Error(), "must be closed")
		require.Less(t, time.Since(began), x.conf.Producer.Transaction.Retry.Backoff)
	})
	for _, level := range []int16{1, 2} {
		inTransaction(t, level, func(t *testing.T, x *transactions) {
			require.NoError(t, x.producer.BeginTxn())
			require.NoError(t, x.send("a"))
			x.logs.cluster.refuseCoordinator("group", ErrGroupAuthorizationFailed)
			began := time.Now()
			require.NoError(t, x.producer.AddMessageToTxn(&ConsumerMessage{Topic: "input", Offset: 1}, "group", nil))
			err := x.producer.CommitTxn()
			require.ErrorIs(t, err, ErrTxnMustAbort)
			require.ErrorIs(t, err, ErrGroupAuthorizationFailed)
			require.ErrorContains(t, err, "; "+readTheGroup)
			// A right may have been granted a moment ago, so that the client looks again: in one search.
			retry := &x.conf.Metadata.Retry
			require.Less(t, time.Since(began), time.Duration(retry.Max+1)*retry.Backoff)
			require.NoError(t, x.producer.AbortTxn())
			require.NoError(t, x.producer.BeginTxn())
			require.NoError(t, x.send("b"))
			require.NoError(t, x.producer.CommitTxn())
			x.close(t)
		})
	}
}

// TestFencedProducerIsFatalAndWritesNothing: the call after another producer has taken the transactional id is fatal.
func TestFencedProducerIsFatalAndWritesNothing(t *testing.T) {
	for _, level := range []int16{1, 2} {
		for name, call := range map[string]func(x *transactions) error{
			"commit": func(x *transactions) error { return x.producer.CommitTxn() },
			"abort":  func(x *transactions) error { return x.producer.AbortTxn() },
			"send, commit": func(x *transactions) error {
				if x.send("late") == nil {
					return errors.New("written")
				}
				return x.producer.CommitTxn()
			},
		} {
			t.Run(name, func(t *testing.T) {
				inTransaction(t, level, func(t *testing.T, x *transactions) {
					require.NoError(t, x.producer.BeginTxn())
					require.NoError(t, x.send("a"))
					x.txns.fence()
					err := call(x)
					require.ErrorIs(t, err, ErrTxnFatal)
					require.ErrorIs(t, err, ErrProducerFenced)
					require.NotErrorIs(t, err, ErrTxnMustAbort)
					require.ErrorContains(t, err, "; the producer must be closed; "+oneProducerPerID)
					require.ErrorContains(t, err, "transactional id "+x.conf.Producer.Transaction.ID+": ")
					require.ErrorContains(t, err, "ing the transaction: broker b")
					require.NotZero(t, x.producer.TxnStatus()&ProducerTxnFlagFatalError)
					written := x.received(protocol.KeyProduce)
					for _, again := range []func() error{
						x.producer.BeginTxn, x.producer.CommitTxn, x.producer.AbortTxn,
						func() error { return x.send("b") },
					} {
						err := again()
						require.ErrorIs(t, err, ErrTxnFatal)
						require.ErrorIs(t, err, ErrProducerFenced)
					}
					require.ErrorIs(t, x.producer.BeginTxn(), ErrTransitionNotAllowed)
					require.ErrorIs(t, x.send("b"), ErrTransactionNotReady)
					require.Equal(t, written, x.received(protocol.KeyProduce))
					x.close(t)
					require.Empty(t, x.logs.committed(0))
				})
			})
		}
	}
}

// TestLeaderThatKnowsAHigherEpochWithoutAFence: the transaction is lost, the producer is not.
func TestLeaderThatKnowsAHigherEpochWithoutAFence(t *testing.T) {
	for _, level := range []int16{1, 2} {
		inTransaction(t, level, func(t *testing.T, x *transactions) {
			require.NoError(t, x.producer.BeginTxn())
			require.NoError(t, x.send("a"))
			x.logs.fault = func() scriptedFault { return scriptedFault{code: ErrInvalidProducerEpoch} }
			err := x.send("b")
			require.ErrorIs(t, err, ErrInvalidProducerEpoch)
			require.ErrorIs(t, err, ErrTxnMustAbort)
			require.ErrorIs(t, x.producer.CommitTxn(), ErrTxnMustAbort)
			require.ErrorIs(t, x.producer.CommitTxn(), ErrTxnMustAbort)
			require.NoError(t, x.producer.AbortTxn())
			x.logs.fault = nil
			require.NoError(t, x.producer.BeginTxn())
			require.NoError(t, x.send("c"))
			require.NoError(t, x.producer.CommitTxn())
			x.committed[0] = []string{"c"}
			x.finish(t)
		})
	}
}

// TestAbortableTransaction: what the brokers call abortable is, and the next transaction goes well.
func TestAbortableTransaction(t *testing.T) {
	inTransaction(t, 2, func(t *testing.T, x *transactions) {
		require.NoError(t, x.producer.BeginTxn())
		require.NoError(t, x.send("a"))
		x.logs.fault = func() scriptedFault { return scriptedFault{code: ErrTransactionAbortable} }
		err := x.send("b")
		require.ErrorIs(t, err, ErrTransactionAbortable)
		require.ErrorIs(t, err, ErrTxnMustAbort)
		x.logs.fault = nil
		err = x.send("c")
		require.ErrorIs(t, err, ErrTransactionNotReady)
		require.ErrorIs(t, err, ErrTxnMustAbort)
		err = x.producer.CommitTxn()
		require.ErrorIs(t, err, ErrTransactionAbortable)
		require.ErrorContains(t, err, "transactional id "+x.conf.Producer.Transaction.ID+": sending to topic orders: ")
		require.NoError(t, x.producer.AbortTxn())
		require.NoError(t, x.producer.BeginTxn())
		require.NoError(t, x.send("d"))
		require.NoError(t, x.producer.CommitTxn())
		x.committed[0] = []string{"d"}
		x.finish(t)
	})
}

// TestEndThatNobodyAnswers: the answer to a commit is lost until the tries are used up. The same call again tells that it is
// committed, an abort says so, too, and in version 1 the epoch is raised, lest a late request end the next transaction.
func TestEndThatNobodyAnswers(t *testing.T) {
	for _, level := range []int16{1, 2} {
		for _, abort := range []bool{false, true} {
			inTransaction(t, level, func(t *testing.T, x *transactions) {
				require.NoError(t, x.producer.BeginTxn())
				require.NoError(t, x.send("a"))
				deaf := func(key int16) mishap {
					if key == protocol.KeyEndTxn {
						return cutAfterAction
					}
					return noMishap
				}
				x.setMishap(deaf)
				err := x.producer.CommitTxn()
				require.ErrorIs(t, err, ErrTxnRetriable)
				require.ErrorIs(t, x.producer.CommitTxn(), ErrTxnRetriable)
				x.setMishap(nil)
				if abort {
					require.Equal(t, ErrTxnAlreadyCommitted, x.producer.AbortTxn())
				} else {
					require.NoError(t, x.producer.CommitTxn())
				}
				require.Equal(t, ProducerTxnFlagReady, x.producer.TxnStatus())
				require.EqualValues(t, 1, x.txns.epoch)
				require.Equal(t, 3-int(level), x.received(protocol.KeyInitProducerId))
				require.NoError(t, x.producer.BeginTxn())
				require.NoError(t, x.send("b"))
				require.NoError(t, x.producer.CommitTxn())
				x.committed[0] = []string{"a", "b"}
				x.finish(t)
			})
		}
	}
}

// TestEndThatNobodyHears: the commit never reaches the coordinator, so the transaction can still be aborted.
func TestEndThatNobodyHears(t *testing.T) {
	inTransaction(t, 2, func(t *testing.T, x *transactions) {
		require.NoError(t, x.producer.BeginTxn())
		require.NoError(t, x.send("a"))
		x.setMishap(func(key int16) mishap {
			if key == protocol.KeyEndTxn {
				return cutAfterRequest
			}
			return noMishap
		})
		require.ErrorIs(t, x.producer.CommitTxn(), ErrTxnRetriable)
		x.setMishap(nil)
		require.NoError(t, x.producer.AbortTxn())
		x.finish(t)
	})
}

func (x *transactions) setMishap(m func(int16) mishap) {
	synctest.Wait() // nobody reads the old one
	for _, b := range x.brokers {
		b.setMishap(m)
	}
}

// TestSlowCoordinator: the transaction before is completed late; that costs no retry of the messages.
func TestSlowCoordinator(t *testing.T) {
	for _, level := range []int16{1, 2} {
		inTransaction(t, level, func(t *testing.T, x *transactions) {
			x.txns.slow = 150 * time.Millisecond
			x.conf.Producer.Retry.Max = 1 // fewer than the times that the coordinator asks to wait
			x.conf.Producer.Transaction.Retry.Max = 50
			x.drain()
			for range 5 {
				x.transact(t, "a", 5, true)
			}
			x.finish(t)
		})
	}
}

// TestGroupThatHasMovedOn: offsets of a member that is not in its group's generation any more abort the transaction.
func TestGroupThatHasMovedOn(t *testing.T) {
	for _, code := range []KError{ErrIllegalGeneration, ErrUnknownMemberId, ErrFencedInstancedId, ErrStaleMemberEpoch, ErrTransactionAbortable} {
		inTransaction(t, 2, func(t *testing.T, x *transactions) {
			require.NoError(t, x.producer.BeginTxn())
			require.NoError(t, x.send("a"))
			for _, b := range x.brokers {
				b.on(protocol.KeyTxnOffsetCommit, answer(&TxnOffsetCommitResponse{
					Topics: map[string][]*PartitionError{"input": {{Partition: 0, Err: code}}},
				}))
			}
			require.NoError(t, x.producer.AddMessageToTxn(&ConsumerMessage{Topic: "input", Offset: 1}, "group", nil))
			err := x.producer.CommitTxn()
			require.ErrorIs(t, err, code)
			require.ErrorIs(t, err, ErrTxnMustAbort)
			require.ErrorContains(t, err, ": committing offsets of group group: broker b")
			require.ErrorContains(t, err, ": input-0: ")
			require.ErrorContains(t, err, "; the transaction must be aborted")
			require.NoError(t, x.producer.AbortTxn())
			x.finish(t)
		})
	}
}

// TestOffsetsThatAnAnswerLeavesOut are not taken for committed: they are sent again, and without an answer for them there is no commit.
func TestOffsetsThatAnAnswerLeavesOut(t *testing.T) {
	for _, level := range []int16{0, 2} {
		for _, omissions := range []int{1, 3} {
			inTransaction(t, level, func(t *testing.T, x *transactions) {
				left := omissions
				for _, b := range x.brokers {
					b.on(protocol.KeyTxnOffsetCommit, func(r *scriptedRequest) protocol.Message {
						if left == 0 {
							return x.txns.commitOffsets(r)
						}
						left--
						return &TxnOffsetCommitResponse{}
					})
				}
				require.NoError(t, x.producer.BeginTxn())
				require.NoError(t, x.send("a"))
				require.NoError(t, x.producer.AddMessageToTxn(&ConsumerMessage{Topic: "input", Offset: 41}, "group", nil))
				err := x.producer.CommitTxn()
				if omissions > x.conf.Producer.Transaction.Retry.Max {
					require.ErrorIs(t, err, ErrTxnRetriable)
					require.ErrorIs(t, err, ErrTxnOffsetCommit)
					require.ErrorIs(t, err, ErrIncompleteResponse)
					err = x.producer.CommitTxn()
				}
				require.NoError(t, err)
				x.committed[0], x.offset = []string{"a"}, 42
				x.finish(t)
			})
		}
	}
}

// TestCallsThatDoNotFit: sarama's own errors, as they are.
func TestCallsThatDoNotFit(t *testing.T) {
	inTransaction(t, 2, func(t *testing.T, x *transactions) {
		require.Equal(t, ErrTransactionNotReady, x.send("a"))
		require.Equal(t, ErrTransactionNotReady, x.producer.AddOffsetsToTxn(nil, "group"))
		var config ConfigurationError
		require.ErrorAs(t, x.producer.AddOffsetsToTxn(nil, ""), &config)
		require.ErrorAs(t, x.producer.AddOffsetsToTxnWithGroupMetadata(nil, nil), &config)
		require.NoError(t, x.producer.BeginTxn())
		require.Equal(t, ErrTransitionNotAllowed, x.producer.BeginTxn())
		require.NoError(t, x.producer.CommitTxn(), "of nothing")
		require.Zero(t, x.received(protocol.KeyEndTxn))
		x.finish(t)
	})
}
