package sarama

import (
	"fmt"
	"regexp"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// maxIdempotentRequests is how many requests brokers remember of an idempotent producer and a partition: with more in
// flight they could not tell what they have already.
const maxIdempotentRequests = 5

// MAX_GROUP_INSTANCE_ID_LENGTH is the most characters of Config.Consumer.Group.InstanceId.
const MAX_GROUP_INSTANCE_ID_LENGTH = 249

// GROUP_INSTANCE_ID_REGEXP is what Config.Consumer.Group.InstanceId must match.
var GROUP_INSTANCE_ID_REGEXP = regexp.MustCompile(`^[0-9a-zA-Z\._\-]+$`)

// oldClientID is what brokers before Kafka 1.0 accept as Config.ClientID (KIP-190).
var oldClientID = regexp.MustCompile(`\A[A-Za-z0-9._-]+\z`)

// Validate returns a ConfigurationError that says what is wrong, if anything is. What is only unwise it logs. An empty
// Net.SASL.Mechanism it sets to PLAIN if SASL is enabled. All constructors call it.
func (c *Config) Validate() error {
	for _, warning := range configWarnings {
		if warning.when(c) {
			c.log().Println(warning.text)
		}
	}
	for _, part := range []func(*Config) error{
		rules(netRules).check, (*Config).validateSASL,
		rules(sharedRules).check,
		rules(producerRules).check, (*Config).validateCompression, rules(idempotenceRules).check,
		rules(consumerRules).check, (*Config).warnOfDeprecated, rules(groupRules).check,
		(*Config).validateStrategies, (*Config).validateInstanceID, (*Config).validateMisc,
	} {
		if err := part(c); err != nil {
			return err
		}
	}
	return nil
}

// configRule is a state that a Config may be in, and what to say then.
type configRule struct {
	text string
	when func(*Config) bool
}

type rules []configRule

// check returns the first rule that is broken.
func (r rules) check(c *Config) error {
	for _, rule := range r {
		if rule.when(c) {
			return ConfigurationError(rule.text)
		}
	}
	return nil
}

func fraction(d time.Duration) bool { return d%time.Millisecond != 0 }

var configWarnings = []configRule{
	{"Net.TLS is disabled but a non-nil configuration was provided.",
		func(c *Config) bool { return !c.Net.TLS.Enable && c.Net.TLS.Config != nil }},
	{"Net.SASL is disabled but a non-empty username was provided.",
		func(c *Config) bool { return !c.Net.SASL.Enable && c.Net.SASL.User != "" }},
	{"Net.SASL is disabled but a non-empty password was provided.",
		func(c *Config) bool { return !c.Net.SASL.Enable && c.Net.SASL.Password != "" }},
	{"Producer.RequiredAcks > 1 is deprecated and will raise an exception with kafka >= 0.8.2.0.",
		func(c *Config) bool { return c.Producer.RequiredAcks > 1 }},
	{"Producer.MaxMessageBytes must be smaller than MaxRequestSize; it will be ignored.",
		func(c *Config) bool { return c.Producer.MaxMessageBytes >= int(MaxRequestSize) }},
	{"Producer.Flush.Bytes must be smaller than MaxRequestSize; it will be ignored.",
		func(c *Config) bool { return c.Producer.Flush.Bytes >= int(MaxRequestSize) }},
	{"Producer.Flush: Bytes or Messages are set, but Frequency is not; messages may not get flushed.",
		func(c *Config) bool {
			return (c.Producer.Flush.Bytes > 0 || c.Producer.Flush.Messages > 0) && c.Producer.Flush.Frequency == 0
		}},
	{"Producer.Timeout only supports millisecond resolution; nanoseconds will be truncated.",
		func(c *Config) bool { return fraction(c.Producer.Timeout) }},
	{"Consumer.MaxWaitTime is very low, which can cause high CPU and network usage. See documentation for details.",
		func(c *Config) bool { return c.Consumer.MaxWaitTime < 100*time.Millisecond }},
	{"Consumer.MaxWaitTime only supports millisecond precision; nanoseconds will be truncated.",
		func(c *Config) bool { return fraction(c.Consumer.MaxWaitTime) }},
	{"Consumer.Offsets.Retention only supports millisecond precision; nanoseconds will be truncated.",
		func(c *Config) bool { return fraction(c.Consumer.Offsets.Retention) }},
	{"Consumer.Group.Session.Timeout only supports millisecond precision; nanoseconds will be truncated.",
		func(c *Config) bool { return fraction(c.Consumer.Group.Session.Timeout) }},
	{"Consumer.Group.Heartbeat.Interval only supports millisecond precision; nanoseconds will be truncated.",
		func(c *Config) bool { return fraction(c.Consumer.Group.Heartbeat.Interval) }},
	{"Consumer.Group.Rebalance.Timeout only supports millisecond precision; nanoseconds will be truncated.",
		func(c *Config) bool { return fraction(c.Consumer.Group.Rebalance.Timeout) }},
	{"ClientID is the default of 'sarama', you should consider setting it to something application-specific.",
		func(c *Config) bool { return c.ClientID == defaultClientID }},
}

var netRules = []configRule{
	{"Net.MaxOpenRequests must be > 0", func(c *Config) bool { return c.Net.MaxOpenRequests <= 0 }},
	{"Net.DialTimeout must be > 0", func(c *Config) bool { return c.Net.DialTimeout <= 0 }},
	{"Net.ReadTimeout must be > 0", func(c *Config) bool { return c.Net.ReadTimeout <= 0 }},
	{"Net.WriteTimeout must be > 0", func(c *Config) bool { return c.Net.WriteTimeout <= 0 }},
	{"Net.UnreachableTimeout must be <= 0 or >= 1s", func(c *Config) bool {
		return c.Net.UnreachableTimeout > 0 && c.Net.UnreachableTimeout < time.Second
	}},
	{"Net.Proxy.Dialer must not be nil when Net.Proxy.Enable is true",
		func(c *Config) bool { return c.Net.Proxy.Enable && c.Net.Proxy.Dialer == nil }},
}

var sharedRules = []configRule{
	{"Admin.Timeout must be > 0", func(c *Config) bool { return c.Admin.Timeout <= 0 }},
	{"Metadata.Retry.Max must be >= 0", func(c *Config) bool { return c.Metadata.Retry.Max < 0 }},
	{"Metadata.Retry.Backoff must be >= 0", func(c *Config) bool { return c.Metadata.Retry.Backoff < 0 }},
	{"Telemetry.Enable requires Version >= V3_7_0_0",
		func(c *Config) bool { return c.Telemetry.Enable && !c.Version.IsAtLeast(V3_7_0_0) }},
	{"Metadata.RefreshFrequency must be >= 0", func(c *Config) bool { return c.Metadata.RefreshFrequency < 0 }},
}

var producerRules = []configRule{
	{"Producer.MaxMessageBytes must be > 0", func(c *Config) bool { return c.Producer.MaxMessageBytes <= 0 }},
	{"Producer.RequiredAcks must be >= -1", func(c *Config) bool { return c.Producer.RequiredAcks < -1 }},
	{"Producer.Timeout must be > 0", func(c *Config) bool { return c.Producer.Timeout <= 0 }},
	{"Producer.Partitioner must not be nil", func(c *Config) bool { return c.Producer.Partitioner == nil }},
	{"Producer.Flush.Bytes must be >= 0", func(c *Config) bool { return c.Producer.Flush.Bytes < 0 }},
	{"Producer.Flush.Messages must be >= 0", func(c *Config) bool { return c.Producer.Flush.Messages < 0 }},
	{"Producer.Flush.Frequency must be >= 0", func(c *Config) bool { return c.Producer.Flush.Frequency < 0 }},
	{"Producer.Flush.MaxMessages must be >= 0", func(c *Config) bool { return c.Producer.Flush.MaxMessages < 0 }},
	{"Producer.Flush.MaxMessages must be >= Producer.Flush.Messages when set", func(c *Config) bool {
		return c.Producer.Flush.MaxMessages > 0 && c.Producer.Flush.MaxMessages < c.Producer.Flush.Messages
	}},
	{"Producer.Retry.Max must be >= 0", func(c *Config) bool { return c.Producer.Retry.Max < 0 }},
	{"Producer.Retry.Backoff must be >= 0", func(c *Config) bool { return c.Producer.Retry.Backoff < 0 }},
	{"Producer.DeliveryTimeout must be >= 1ms, or 0", func(c *Config) bool {
		return c.Producer.DeliveryTimeout < 0 || c.Producer.DeliveryTimeout > 0 && c.Producer.DeliveryTimeout < time.Millisecond
	}},
	{"Producer.DeliveryTimeout must be >= Producer.Flush.Frequency when set", func(c *Config) bool {
		return c.Producer.DeliveryTimeout > 0 && c.Producer.DeliveryTimeout < c.Producer.Flush.Frequency
	}},
	{"Producer.MaxBufferBytes must be >= 0", func(c *Config) bool { return c.Producer.MaxBufferBytes < 0 }},
}

var idempotenceRules = []configRule{
	{"Idempotent producer requires Version >= V0_11_0_0",
		func(c *Config) bool { return c.Producer.Idempotent && !c.Version.IsAtLeast(V0_11_0_0) }},
	{"Idempotent producer requires Producer.Retry.Max >= 1",
		func(c *Config) bool { return c.Producer.Idempotent && c.Producer.Retry.Max == 0 }},
	{"Idempotent producer requires Producer.RequiredAcks to be WaitForAll",
		func(c *Config) bool { return c.Producer.Idempotent && c.Producer.RequiredAcks != WaitForAll }},
	{"Idempotent producer requires Net.MaxOpenRequests to be 5 or less",
		func(c *Config) bool { return c.Producer.Idempotent && c.Net.MaxOpenRequests > maxIdempotentRequests }},
	{"Transactional producer requires Idempotent to be true",
		func(c *Config) bool { return c.Producer.Transaction.ID != "" && !c.Producer.Idempotent }},
}

var consumerRules = []configRule{
	{"Consumer.Fetch.Min must be > 0", func(c *Config) bool { return c.Consumer.Fetch.Min <= 0 }},
	{"Consumer.Fetch.Default must be > 0", func(c *Config) bool { return c.Consumer.Fetch.Default <= 0 }},
	{"Consumer.Fetch.Max must be >= 0", func(c *Config) bool { return c.Consumer.Fetch.Max < 0 }},
	{"Consumer.Fetch.MaxBytes must be > 0", func(c *Config) bool { return c.Consumer.Fetch.MaxBytes <= 0 }},
	{"Consumer.Share.MaxRecords must be >= 0", func(c *Config) bool { return c.Consumer.Share.MaxRecords < 0 }},
	{"Consumer.MaxBufferBytes must be >= 0", func(c *Config) bool { return c.Consumer.MaxBufferBytes < 0 }},
	{"Consumer.MaxWaitTime must be >= 1ms", func(c *Config) bool { return c.Consumer.MaxWaitTime < time.Millisecond }},
	{"Consumer.MaxProcessingTime must be > 0", func(c *Config) bool { return c.Consumer.MaxProcessingTime <= 0 }},
	{"Consumer.Retry.Backoff must be >= 0", func(c *Config) bool { return c.Consumer.Retry.Backoff < 0 }},
	{"Consumer.Retry.Max must be >= 0", func(c *Config) bool { return c.Consumer.Retry.Max < 0 }},
	{"Consumer.Offsets.AutoCommit.Interval must be > 0",
		func(c *Config) bool { return c.Consumer.Offsets.AutoCommit.Interval <= 0 }},
	{"Consumer.Offsets.Initial must be OffsetOldest or OffsetNewest", func(c *Config) bool {
		return !isPlace(c.Consumer.Offsets.Initial) && c.Consumer.Offsets.Initial != OffsetNone
	}},
	{"Consumer.Offsets.Reset must be 0, OffsetOldest, OffsetNewest, OffsetNone, OffsetAt or OffsetSince", func(c *Config) bool {
		return !isPlace(c.Consumer.Offsets.Reset) && c.Consumer.Offsets.Reset != OffsetNone && c.Consumer.Offsets.Reset != 0
	}},
	{"Consumer.Offsets.Retry.Max must be >= 0", func(c *Config) bool { return c.Consumer.Offsets.Retry.Max < 0 }},
	{"Consumer.IsolationLevel must be ReadUncommitted or ReadCommitted", func(c *Config) bool {
		return c.Consumer.IsolationLevel != ReadUncommitted && c.Consumer.IsolationLevel != ReadCommitted
	}},
}

// groupRules are those of consumer groups, and what is checked after the warnings of deprecation.
var groupRules = []configRule{
	{"ReadCommitted requires Version >= V0_11_0_0", func(c *Config) bool {
		return c.Consumer.IsolationLevel == ReadCommitted && !c.Version.IsAtLeast(V0_11_0_0)
	}},
	{"Consumer.Group.Protocol must be empty, classic or consumer", func(c *Config) bool {
		p := c.Consumer.Group.Protocol
		return p != "" && p != ConsumerGroupProtocolClassic && p != ConsumerGroupProtocolConsumer
	}},
	{"Consumer.Group.Protocol consumer requires Version >= V4_0_0_0", func(c *Config) bool {
		return c.Consumer.Group.Protocol == ConsumerGroupProtocolConsumer && !c.Version.IsAtLeast(V4_0_0_0)
	}},
	{"Consumer.Group.Session.Timeout must be >= 2ms",
		func(c *Config) bool { return c.Consumer.Group.Session.Timeout <= 2*time.Millisecond }},
	{"Consumer.Group.Heartbeat.Interval must be >= 1ms",
		func(c *Config) bool { return c.Consumer.Group.Heartbeat.Interval < time.Millisecond }},
	{"Consumer.Group.Heartbeat.Interval must be < Consumer.Group.Session.Timeout", func(c *Config) bool {
		return c.Consumer.Group.Heartbeat.Interval >= c.Consumer.Group.Session.Timeout
	}},
	{"Consumer.Group.Rebalance.GroupStrategies or Consumer.Group.Rebalance.Strategy must not be empty",
		func(c *Config) bool { return len(c.groupStrategies()) == 0 }},
	{"Consumer.Group.Rebalance.Timeout must be >= 1ms",
		func(c *Config) bool { return c.Consumer.Group.Rebalance.Timeout <= time.Millisecond }},
	{"Consumer.Group.Rebalance.Retry.Max must be >= 0",
		func(c *Config) bool { return c.Consumer.Group.Rebalance.Retry.Max < 0 }},
	{"Consumer.Group.Rebalance.Retry.Backoff must be >= 0",
		func(c *Config) bool { return c.Consumer.Group.Rebalance.Retry.Backoff < 0 }},
	{"elements in Consumer.Group.Rebalance.Strategies must not be empty", func(c *Config) bool {
		for _, strategy := range c.Consumer.Group.Rebalance.GroupStrategies {
			if strategy == nil {
				return true
			}
		}
		return false
	}},
}

// saslRules are the rules of each mechanism.
var saslRules = map[SASLMechanism][]configRule{
	SASLTypePlaintext: {saslUserRule, saslPasswordRule},
	SASLTypeOAuth: {{"An AccessTokenProvider instance must be provided to Net.SASL.TokenProvider",
		func(c *Config) bool { return c.Net.SASL.TokenProvider == nil }}},
	SASLTypeSCRAMSHA256: {saslUserRule, saslPasswordRule},
	SASLTypeSCRAMSHA512: {saslUserRule, saslPasswordRule},
	SASLTypeGSSAPI:      gssapiRules,
}

var (
	saslUserRule = configRule{"Net.SASL.User must not be empty when SASL is enabled",
		func(c *Config) bool { return c.Net.SASL.User == "" }}
	saslPasswordRule = configRule{"Net.SASL.Password must not be empty when SASL is enabled",
		func(c *Config) bool { return c.Net.SASL.Password == "" }}
)

var gssapiRules = []configRule{
	{"Net.SASL.GSSAPI.ServiceName must not be empty when GSS-API mechanism is used",
		func(c *Config) bool { return c.Net.SASL.GSSAPI.ServiceName == "" }},
	{"Net.SASL.GSSAPI.Password must not be empty when GSS-API mechanism is used and" +
		" Net.SASL.GSSAPI.AuthType = KRB5_USER_AUTH", func(c *Config) bool {
		return c.Net.SASL.GSSAPI.AuthType == KRB5_USER_AUTH && c.Net.SASL.GSSAPI.Password == ""
	}},
	{"Net.SASL.GSSAPI.KeyTabPath must not be empty when GSS-API mechanism is used and" +
		" Net.SASL.GSSAPI.AuthType = KRB5_KEYTAB_AUTH", func(c *Config) bool {
		return c.Net.SASL.GSSAPI.AuthType == KRB5_KEYTAB_AUTH && c.Net.SASL.GSSAPI.KeyTabPath == ""
	}},
	{"Net.SASL.GSSAPI.CCachePath must not be empty when GSS-API mechanism is used and" +
		" Net.SASL.GSSAPI.AuthType = KRB5_CCACHE_AUTH", func(c *Config) bool {
		return c.Net.SASL.GSSAPI.AuthType == KRB5_CCACHE_AUTH && c.Net.SASL.GSSAPI.CCachePath == ""
	}},
	{"Net.SASL.GSSAPI.AuthType is invalid. Possible values are KRB5_USER_AUTH, KRB5_KEYTAB_AUTH, and KRB5_CCACHE_AUTH",
		func(c *Config) bool {
			return c.Net.SASL.GSSAPI.AuthType < KRB5_USER_AUTH || c.Net.SASL.GSSAPI.AuthType > KRB5_CCACHE_AUTH
		}},
	{"Net.SASL.GSSAPI.KerberosConfigPath must not be empty when GSS-API mechanism is used",
		func(c *Config) bool { return c.Net.SASL.GSSAPI.KerberosConfigPath == "" }},
	{"Net.SASL.GSSAPI.Username must not be empty when GSS-API mechanism is used",
		func(c *Config) bool { return c.Net.SASL.GSSAPI.Username == "" }},
	{"Net.SASL.GSSAPI.Realm must not be empty when GSS-API mechanism is used",
		func(c *Config) bool { return c.Net.SASL.GSSAPI.Realm == "" }},
}

func (c *Config) validateSASL() error {
	if !c.Net.SASL.Enable {
		return nil
	}
	if c.Net.SASL.Mechanism == "" && len(c.Net.SASL.Mechanisms) == 0 {
		c.Net.SASL.Mechanism = SASLTypePlaintext
	}
	if c.Net.SASL.Version == SASLHandshakeV0 && c.ApiVersionsRequest {
		return ConfigurationError("ApiVersionsRequest must be disabled when SASL v0 is enabled")
	}
	for _, mechanism := range c.mechanisms() {
		of, known := saslRules[mechanism]
		if !known {
			return ConfigurationError(fmt.Sprintf(
				"The SASL mechanism configuration is invalid. Possible values are %#q, %#q, %#q, %#q and %#q",
				SASLTypeOAuth, SASLTypePlaintext, SASLTypeSCRAMSHA256, SASLTypeSCRAMSHA512, SASLTypeGSSAPI))
		}
		if err := rules(of).check(c); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) validateCompression() error {
	level := c.Producer.CompressionLevel
	switch {
	case c.Producer.Compression < CompressionNone || c.Producer.Compression > CompressionZSTD:
		return ConfigurationError(fmt.Sprintf("Producer.Compression must be one of the Compression constants, CompressionNone to CompressionZSTD, not %d",
			int8(c.Producer.Compression)))
	case c.Producer.Compression == CompressionLZ4 && !c.Version.IsAtLeast(V0_10_0_0):
		return ConfigurationError("lz4 compression requires Version >= V0_10_0_0")
	case c.Producer.Compression == CompressionZSTD && !c.Version.IsAtLeast(V2_1_0_0):
		return ConfigurationError("zstd compression requires Version >= V2_1_0_0")
	}
	err := protocol.CheckCompressionLevel(c.Producer.Compression, level)
	switch {
	case err == nil:
		return nil
	case c.Producer.Compression == CompressionGZIP:
		return ConfigurationError(fmt.Sprintf(
			"gzip compression does not work with level %d: gzip: invalid compression level: %d", level, level))
	default:
		return ConfigurationError(fmt.Sprintf("%v compression does not work with level %d: %v", c.Producer.Compression, level, err))
	}
}

func (c *Config) warnOfDeprecated() error {
	if c.Consumer.Offsets.CommitInterval != 0 {
		c.log().Println("Deprecation warning: Consumer.Offsets.CommitInterval exists for historical compatibility" +
			" and should not be used. Please use Consumer.Offsets.AutoCommit, the current value will be ignored")
	}
	if c.Consumer.Group.Rebalance.Strategy != nil {
		c.log().Println("Deprecation warning: Consumer.Group.Rebalance.Strategy exists for historical compatibility" +
			" and should not be used. Please use Consumer.Group.Rebalance.GroupStrategies")
	}
	return nil
}

func (c *Config) validateStrategies() error {
	protocol, err := selectRebalanceProtocol(c.groupStrategies())
	if err != nil {
		return err
	}
	if protocol >= RebalanceProtocolCooperative && !c.Version.IsAtLeast(V2_4_0_0) {
		return ConfigurationError("cooperative balance strategies require Version >= 2.4")
	}
	return nil
}

func (c *Config) validateInstanceID() error {
	id := c.Consumer.Group.InstanceId
	switch {
	case id == "":
		return nil
	case !c.Version.IsAtLeast(V2_3_0_0):
		return ConfigurationError("Consumer.Group.InstanceId need Version >= 2.3")
	case id == "." || id == "..":
		return ConfigurationError(`Group instance id cannot be "." or ".."`)
	case len(id) > MAX_GROUP_INSTANCE_ID_LENGTH:
		return ConfigurationError(fmt.Sprintf(
			`Group instance id cannot be longer than %v, characters: %s`, MAX_GROUP_INSTANCE_ID_LENGTH, id))
	case !GROUP_INSTANCE_ID_REGEXP.MatchString(id):
		return ConfigurationError(fmt.Sprintf(
			`Group instance id %s is illegal, it contains a character other than, '.', '_' and '-'`, id))
	}
	return nil
}

func (c *Config) validateMisc() error {
	if c.ChannelBufferSize < 0 {
		return ConfigurationError("ChannelBufferSize must be >= 0")
	}
	if !c.Version.IsAtLeast(V1_0_0_0) && !oldClientID.MatchString(c.ClientID) {
		return ConfigurationError(fmt.Sprintf("ClientID value %q is not valid for Kafka versions before 1.0.0", c.ClientID))
	}
	return nil
}
