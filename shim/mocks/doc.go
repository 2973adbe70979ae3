// Package mocks is github.com/seed20e6684a/sarama/mocks by the path of github.com/IBM/sarama/mocks.
package mocks
