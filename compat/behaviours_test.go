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
	{of(`^mocks.*: saw$`), of(` \(Expect\w+ set at [^ ]+\)$| It is for topic orders\.$| There are 2\.$`), "",
		"what mocks report names the expectation and its line, or the message"},
	{of(`^(no mechanism|plain, refused): saw$`),
		of(`sarama\.\w+ (broker BROKER: .*)?(kafka server: [^:]+)(: as the script has it)?(: asked for .*)?$`), "$2$3",
		"errors of connections are a ConnectionError with the broker and what to do, in which errors.Is finds the reason"},
	{of(`^log$`), of(`^Warning:$`), "", "a password without TLS is warned of"},
	{of(`^log$`), of(`^(consumergroup/g|offsets/(fetch|commit))$`), "", "the states of a group's member, and what its offset manager tries again, are logged"},
	{of(`^log$`), of(`^(Retrying|producer/leader/orders/N)$`), "",
		"tries that go on are told of by the broker that the batch was for, and not for each message's partition as well"},
	{of(`^(debug )?log$`), of(`^txnmgr/(add-offset-to-txn|add-partition-to-txn|endtxn|txn-offset-commit)$`), "",
		"a transaction's requests are not logged when they succeed: its transitions are"},
	{of(`^debug log$`), of(`^txnmgr/init-producer-id$`), "", "a producer id that was got is told of once, in the log"},
	{of(`^log$`), of(`^(Failed|client/brokers)$`), "", "a broker that is given up is told of by the client, and not by its connection as well"},
	{of(`^admin, cluster: saw$`), of(`(to delete records: )(orders-0: |missing-0: )|(in progress): as the script has it$`), "$1$3",
		"errors of records that were to be deleted and partitions that were to move name the partition, and what the broker says"},
	{of(`^admin, cluster: Metadata$`), of(`.*6d697373696e670[01]$|^v7 ffffffff00$`), "",
		"records are not deleted from a topic that would be created for it, and the controller is asked for again"},
	{of(`^admin, configs: saw$`), of(`(\*errors\.errorString|sarama\.unknownNodeError) could`), "could",
		"the error of a broker that there is not has a type of its own, in which errors.Is finds its class"},
	{of(`^admin, configs: saw$`), of(`(\*strconv\.NumError|\*fmt\.wrapError the name of a broker's resource .*:) strconv`), "strconv",
		"the error of a broker's name that is no id says so, and wraps what it was"},
	{of(`^group: saw$`), of(`^consume: (sarama\.KError|\*fmt\.wrapError joining group g: broker BROKER: .*:) (kafka server: [^;]+)(; .*)?$`), "consume: $2",
		"errors that joining again does not mend name group, coordinator and remedy, and errors.Is finds the code"},
	{of(`^admin, configs: DescribeConfigs$`), of(`^v2 .*01$`), "",
		"each broker is asked for its own configuration, and any for topics; sarama asks the last resource's broker for all"},
	{of(`^(admin, configs|admin, groups|lookups): saw$`),
		of(`^(list|producer id): (<nil> <nil>|.*(run out of available brokers to talk to|no available broker|client that was closed))$`), "",
		"what is asked of a closed client is ErrClosedClient; sarama has no broker then, or nothing at all to tell of"},
	{of(`^flush: Produce$`), of(`.* records=[0-9a-f]{8}9c07[0-9a-f]{0,20}(6d|62){100,}.*`), "",
		"a batch has all that has come until it is sent, so that more than Flush asks for may be together"},
	{of(`^metrics: saw$`), of(`^metric protocol-requests-rate-(11|14|18).*`), "",
		"JoinGroup and SyncGroup have a connection of their own, whose metrics end with it, and ApiVersions is counted"},
}
