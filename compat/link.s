// This file is empty: with it the compiler accepts functions without a body, which link_test.go takes from sarama.
