/*
Package sarama is github.com/seed20e6684a/sarama by the path of github.com/IBM/sarama, for what you import that imports the
latter. A line in your go.mod puts it in place:

	replace github.com/IBM/sarama => github.com/seed20e6684a/sarama/shim VERSION

There is no code here: types are aliases, so that values go freely between both paths, functions call the library's, and
variables that can be assigned, such as Logger, are the library's own. README.md says more.
*/
package sarama

//go:generate env GOWORK=off go run ./internal/generate
