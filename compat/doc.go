// Package compat holds the library against other implementations of Kafka's
// protocol. It is a module of its own, so that the library needs none of them.
package compat
