// This file is empty: with it the compiler accepts functions without a body, which protocol_link_test.go takes from sarama.
