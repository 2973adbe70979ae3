package compat

import "regexp"

// A behaviour is a difference that is meant: in what the programs saw, or in their requests, it takes away what is not the
// same, by replacing it in the lines of both libraries. A line of which nothing is left is left out.
type behaviour struct {
	where, from *regexp.Regexp
	to, why     string
}

func of(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

// behaviours lists where the same program does not see or ask the same with both libraries, and why. Each is met by
// TestBehaviour, or the test fails. MIGRATION.md tells of them.
var behaviours = []behaviour{
	{of(`: Produce$`), of(` epoch=(00000000|ffffffff)`), "", "a batch's leader epoch is -1, none, as Kafka's own producer has it, and not 0"},
	{of(`: Produce$`), of(` crc=[0-9a-f]+( times=[0-9a-f]+) producer=f+ sequence=(00000000|ffffffff)`), "$1",
		"a batch of no idempotent producer has the sequence -1, none, as Kafka's own producer has it, and not 0"},
	{of(`: saw$`), of(`\*errors.joinError|sarama\.refreshError`), "joined", "the type that joins the errors of topics has no name in either's API"},
	{of(`^sync producer: saw$`), of(`^metric protocol-requests-rate-18.*`), "",
		"requests for ApiVersions are counted as others are"},
	{of(`: Fetch$`), of(`wait=(20|500) `), "",
		"a fetch waits for a short time only while more partitions are likely to join, so that they do not wait for it"},
	{of(`^interceptors and a retry: saw$`), of(`^(first|bad|last) sees .*`), "",
		"interceptors see a message once; sarama's see it with each retry, and a message of its own that ends the retries"},
	{of(`^mocks: saw$`), of(` \(Expect\w+ set at [^ ]+\)$| It is for topic orders\.$| There are 2\.$`), "",
		"what mocks report names the expectation and its line, or the message"},
	{of(`^(no mechanism|plain, refused): saw$`),
		of(`sarama\.\w+ (broker BROKER: .*)?(kafka server: [^:]+)(: as the script has it)?(: asked for .*)?$`), "$2$3",
		"errors of connections are a ConnectionError with the broker and what to do, in which errors.Is finds the reason"},
	{of(`^log$`), of(`^Warning:$`), "", "a password without TLS is warned of"},
	{of(`^log$`), of(`^(consumergroup/g|offsets/fetch)$`), "", "the states of a group's member, and what its offset manager tries again, are logged"},
	{of(`^log$`), of(`^(Retrying|producer/leader/orders/N)$`), "",
		"tries that go on are told of by the broker that the batch was for, and not for each message's partition as well"},
	{of(`^log$`), of(`^txnmgr/(add-offset-to-txn|add-partition-to-txn|endtxn|txn-offset-commit)$`), "",
		"a transaction's requests are not logged when they succeed: its transitions are"},
}
