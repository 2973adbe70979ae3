package sarama

// ProducerInterceptor sees, and may change, each message before it is partitioned and sent (KIP-42).
type ProducerInterceptor interface {
	// OnSend is called once for each message, not again for retries, in the producer's own goroutine: what it takes, all
	// messages wait for. A panic is logged, and the message goes on, unless Config.Producer.FailOnInterceptorPanic is set.
	OnSend(*ProducerMessage)
}

// ProducerAcknowledgementInterceptor is a ProducerInterceptor that also sees what became of each message (KIP-42). An
// interceptor in Config.Producer.Interceptors is one if it has the method.
type ProducerAcknowledgementInterceptor interface {
	ProducerInterceptor

	// OnAcknowledgement is called once for each message, before it comes back: with nil when it is acknowledged, its Partition
	// and Offset set, or with what it failed with. It runs where answers are seen to, AsyncProducer's goroutine for outcomes or a
	// SyncProducer's connection: what it takes, other outcomes wait for. A panic is logged.
	OnAcknowledgement(msg *ProducerMessage, err error)
}

// ConsumerInterceptor sees, and may change, each message before the application reads it (KIP-42).
type ConsumerInterceptor interface {
	// OnConsume is called once for each message, in the goroutine of its partition. A panic is logged, and the message
	// goes on.
	OnConsume(*ConsumerMessage)
}

// acknowledged returns those interceptors that want to know what became of messages.
func acknowledged(interceptors []ProducerInterceptor) []ProducerAcknowledgementInterceptor {
	var of []ProducerAcknowledgementInterceptor
	for _, interceptor := range interceptors {
		if a, ok := interceptor.(ProducerAcknowledgementInterceptor); ok {
			of = append(of, a)
		}
	}
	return of
}

// interceptSend gives a message to each interceptor in turn. With fail it panics if one of them does.
func interceptSend(interceptors []ProducerInterceptor, fail bool, msg *ProducerMessage) {
	for _, interceptor := range interceptors {
		if fail {
			interceptor.OnSend(msg)
			continue
		}
		safelySend(interceptor, msg)
	}
}

func safelySend(interceptor ProducerInterceptor, msg *ProducerMessage) {
	defer logInterceptorPanic("producer", interceptor)
	interceptor.OnSend(msg)
}

// interceptAcknowledgement tells each interceptor in turn what became of a message.
func interceptAcknowledgement(interceptors []ProducerAcknowledgementInterceptor, msg *ProducerMessage, err error) {
	for _, interceptor := range interceptors {
		safelyAcknowledge(interceptor, msg, err)
	}
}

func safelyAcknowledge(interceptor ProducerAcknowledgementInterceptor, msg *ProducerMessage, err error) {
	defer logInterceptorPanic("producer", interceptor)
	interceptor.OnAcknowledgement(msg, err)
}

// interceptConsume gives a message to each interceptor in turn.
func interceptConsume(interceptors []ConsumerInterceptor, msg *ConsumerMessage) {
	for _, interceptor := range interceptors {
		safelyConsume(interceptor, msg)
	}
}

func safelyConsume(interceptor ConsumerInterceptor, msg *ConsumerMessage) {
	defer logInterceptorPanic("consumer", interceptor)
	interceptor.OnConsume(msg)
}

// logInterceptorPanic is deferred around one call of an interceptor.
func logInterceptorPanic(kind string, interceptor any) {
	if reason := recover(); reason != nil {
		Logger.Printf("Error when calling %s interceptor: %v, %v", kind, interceptor, reason)
	}
}
