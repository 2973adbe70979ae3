package kafkavet

import (
	"fmt"
	"go/constant"
	"slices"
	"time"
)

// configRule is a state that a Config may be in, and what to say then.
type configRule struct {
	text string
	when func(*tracked) bool
}

// check returns what the first rule that is broken says; empty: none is.
func check(rules []configRule, c *tracked) string {
	for _, rule := range rules {
		if rule.when(c) {
			return rule.text
		}
	}
	return ""
}

// problem returns why a constructor refuses the Config; empty: it does not.
func (c *tracked) problem(constructor string) string {
	if problem := check(versionRules, c); problem != "" {
		return fmt.Sprintf("%s, and Version is %v", problem, c.version)
	}
	if constructor == "NewConsumerGroup" && c.version.before(0, 10, 2) {
		return fmt.Sprintf("a group needs Version to be V0_10_2_0 at least, and it is %v", c.version)
	}
	if constructor == "NewSyncProducer" {
		if problem := check(syncRules, c); problem != "" {
			return problem
		}
	}
	for _, part := range []func() string{c.idempotence, c.timing, c.sasl} {
		if problem := part(); problem != "" {
			return problem
		}
	}
	return check(refusedRules, c)
}

// futility returns what constructors take and is not what was meant; empty: nothing is.
func (c *tracked) futility() string { return check(futileRules, c) }

// versionRules are of what needs a Version.
var versionRules = []configRule{
	{"Producer.Idempotent needs V0_11_0_0", func(c *tracked) bool { return c.isOn("Producer.Idempotent") && c.version.before(0, 11) }},
	{"lz4 needs V0_10_0_0", func(c *tracked) bool { return c.is("Producer.Compression", codecLZ4) && c.version.before(0, 10) }},
	{"zstd needs V2_1_0_0", func(c *tracked) bool { return c.is("Producer.Compression", codecZSTD) && c.version.before(2, 1) }},
	{"ReadCommitted needs V0_11_0_0", func(c *tracked) bool {
		return c.is("Consumer.IsolationLevel", readCommitted) && c.version.before(0, 11)
	}},
	{"Consumer.Group.InstanceId needs V2_3_0_0", func(c *tracked) bool { return c.text("Consumer.Group.InstanceId") != "" && c.version.before(2, 3) }},
	{`Consumer.Group.Protocol "consumer" needs V4_0_0_0`, func(c *tracked) bool {
		return c.text("Consumer.Group.Protocol") == "consumer" && c.version.before(4, 0)
	}},
}

// Values of constants of the library.
const (
	codecLZ4, codecZSTD = 3, 4
	readCommitted       = 1
)

var syncRules = []configRule{
	{"a SyncProducer needs Producer.Return.Successes to be true", func(c *tracked) bool { return c.isOff("Producer.Return.Successes", false) }},
	{"a SyncProducer needs Producer.Return.Errors to be true", func(c *tracked) bool { return c.isOff("Producer.Return.Errors", true) }},
}

var refusedRules = []configRule{
	{"Producer.Transaction.ID needs Producer.Idempotent", func(c *tracked) bool {
		return c.text("Producer.Transaction.ID") != "" && c.isOff("Producer.Idempotent", false)
	}},
	{"Producer.Flush.MaxMessages must not be less than Producer.Flush.Messages", func(c *tracked) bool {
		most, known := c.integer("Producer.Flush.MaxMessages", 0)
		wanted, knownToo := c.integer("Producer.Flush.Messages", 0)
		return known && knownToo && most > 0 && most < wanted
	}},
	{"Net.Proxy.Enable needs Net.Proxy.Dialer", func(c *tracked) bool {
		return c.ours && c.isOn("Net.Proxy.Enable") && !c.isSet("Net.Proxy.Dialer")
	}},
}

// futileRules are of settings that have no effect, or not the one that was meant.
var futileRules = []configRule{
	{"messages may wait for ever: Producer.Flush.Bytes and Producer.Flush.Messages need Producer.Flush.Frequency", func(c *tracked) bool {
		return (c.isPositive("Producer.Flush.Bytes") || c.isPositive("Producer.Flush.Messages")) && !c.isSet("Producer.Flush.Frequency")
	}},
	{"connections are not encrypted: Net.TLS.Config needs Net.TLS.Enable", func(c *tracked) bool {
		return c.isSet("Net.TLS.Config") && c.isOff("Net.TLS.Enable", false)
	}},
	{"nobody logs in: Net.SASL.User needs Net.SASL.Enable", func(c *tracked) bool {
		return c.isSet("Net.SASL.User") && c.isOff("Net.SASL.Enable", false)
	}},
}

func (c *tracked) idempotence() string {
	if !c.isOn("Producer.Idempotent") {
		return ""
	}
	if acks, known := c.integer("Producer.RequiredAcks", 1); known && acks != -1 {
		return "Producer.Idempotent needs Producer.RequiredAcks to be WaitForAll"
	}
	most := int64(5)
	if !c.ours {
		most = 1
	}
	if n, known := c.integer("Net.MaxOpenRequests", 5); known && n > most {
		return fmt.Sprintf("Producer.Idempotent needs Net.MaxOpenRequests to be %d at most", most)
	}
	if n, known := c.integer("Producer.Retry.Max", 3); known && n == 0 {
		return "Producer.Idempotent needs Producer.Retry.Max to be more than 0"
	}
	return ""
}

func (c *tracked) timing() string {
	beat, known := c.integer("Consumer.Group.Heartbeat.Interval", int64(3*time.Second))
	session, knownToo := c.integer("Consumer.Group.Session.Timeout", int64(10*time.Second))
	if known && knownToo && beat >= session {
		return fmt.Sprintf("Consumer.Group.Heartbeat.Interval (%v) must be less than Session.Timeout (%v), a third of it at most",
			time.Duration(beat), time.Duration(session))
	}
	return ""
}

// withPassword are the SASL mechanisms that need a user and a password; the empty one stands for PLAIN.
var withPassword = []string{"", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}

// sasl returns what is wrong with a name and a password.
func (c *tracked) sasl() string {
	mechanism, set := c.values["Net.SASL.Mechanism"]
	switch {
	case !c.isOn("Net.SASL.Enable"), c.isSet("Net.SASL.Mechanisms"), set && mechanism == nil:
		return ""
	case set && constant.StringVal(mechanism) == "OAUTHBEARER" && !c.isSet("Net.SASL.TokenProvider"):
		return "OAUTHBEARER needs Net.SASL.TokenProvider"
	case set && !slices.Contains(withPassword, constant.StringVal(mechanism)):
		return ""
	}
	for _, field := range []string{"User", "Password"} {
		value, set := c.values["Net.SASL."+field]
		if !set || value != nil && constant.StringVal(value) == "" {
			return "Net.SASL." + field + " must not be empty"
		}
	}
	return ""
}

// isSet reports whether a setting was given a value, known or not.
func (c *tracked) isSet(path string) bool {
	_, set := c.values[path]
	return set
}

// isOn reports whether a switch that is off by default is surely on.
func (c *tracked) isOn(path string) bool {
	v := c.values[path]
	return v != nil && v.Kind() == constant.Bool && constant.BoolVal(v)
}

// isOff reports whether a switch is surely off.
func (c *tracked) isOff(path string, byDefault bool) bool {
	v, set := c.values[path]
	if !set {
		return !byDefault
	}
	return v != nil && v.Kind() == constant.Bool && !constant.BoolVal(v)
}

// is reports whether a setting surely has a value, which is not its default.
func (c *tracked) is(path string, value int64) bool {
	n, known := c.integer(path, value-1)
	return known && n == value
}

func (c *tracked) isPositive(path string) bool {
	n, known := c.integer(path, 0)
	return known && n > 0
}

// text returns a setting that is surely a text; empty: it is not, or it is empty.
func (c *tracked) text(path string) string {
	if v := c.values[path]; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return ""
}

// integer returns a setting, or its default; known is false if it was set to what is not known.
func (c *tracked) integer(path string, byDefault int64) (value int64, known bool) {
	v, set := c.values[path]
	switch {
	case !set:
		return byDefault, true
	case v == nil || v.Kind() != constant.Int:
		return 0, false
	}
	return constant.Int64Val(v)
}
