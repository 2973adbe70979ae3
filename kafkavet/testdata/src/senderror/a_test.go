package senderror

import "github.com/seed20e6684a/sarama"

func helper(p sarama.SyncProducer) { p.SendMessage(nil) }
