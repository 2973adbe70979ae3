package sarama

// ProducerInterceptor sees, and may change, each message before it is partitioned and sent (KIP-42).
type ProducerInterceptor interface {
	// OnSend is called once for each message, not again for retries, in the producer's own goroutine: what it takes, all
	// messages wait for. A panic is logged, and the message goes on.
	OnSend(*ProducerMessage)
}

// ConsumerInterceptor sees, and may change, each message before the application reads it (KIP-42).
type ConsumerInterceptor interface {
	// OnConsume is called once for each message, in the goroutine of its partition. A panic is logged, and the message
	// goes on.
	OnConsume(*ConsumerMessage)
}

// interceptSend gives a message to each interceptor in turn.
func interceptSend(interceptors []ProducerInterceptor, msg *ProducerMessage) {
	for _, interceptor := range interceptors {
		safelySend(interceptor, msg)
	}
}

func safelySend(interceptor ProducerInterceptor, msg *ProducerMessage) {
	defer logInterceptorPanic("producer", interceptor)
	interceptor.OnSend(msg)
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
