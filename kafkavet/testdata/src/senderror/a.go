package senderror

import "github.com/seed20e6684a/sarama"

type logger struct{}

func (logger) SendMessage(*sarama.ProducerMessage) error { return nil }

type wrapper struct{ sarama.SyncProducer }

func bad(p sarama.SyncProducer, msg *sarama.ProducerMessage) {
	p.SendMessage(msg)       // want `the error of SendMessage is not looked at`
	(p.SendMessage(msg))     // want `lost without a word`
	p.SendMessages(nil)      // want `the error of SendMessages is not looked at`
	go p.SendMessage(msg)    // want `the error of SendMessage is not looked at`
	defer p.SendMessage(msg) // want `the error of SendMessage is not looked at`
	p.CommitTxn()            // want `a transaction that failed must be aborted`
}

func extended(p sarama.ExtendedSyncProducer) {
	p.SendMessage(nil)             // want `the error of SendMessage is not looked at`
	p.SendMessageContext(nil, nil) // want `the error of SendMessageContext is not looked at`
	p.CommitTxn()                  // want `a transaction that failed must be aborted`
}

func good(p sarama.SyncProducer, msg *sarama.ProducerMessage) error {
	_, _, _ = p.SendMessage(msg)
	_ = p.CommitTxn()
	logger{}.SendMessage(msg)
	wrapper{p}.SendMessage(msg)
	if err := p.SendMessages(nil); err != nil {
		return err
	}
	if _, _, err := p.SendMessage(msg); err != nil {
		return err
	}
	p.Close()
	return p.CommitTxn()
}
