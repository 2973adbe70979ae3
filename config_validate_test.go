package sarama

import (
	"bytes"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDefaultsAreValid(t *testing.T) {
	var logged bytes.Buffer
	captureLog(t, &logged)
	require.NoError(t, NewConfig().Validate())
	require.Equal(t, "ClientID is the default of 'sarama', you should consider setting it to something application-specific.\n",
		logged.String())
}

func gssapi(c *Config) {
	c.Net.SASL.Enable = true
	c.Net.SASL.Mechanism = SASLTypeGSSAPI
	c.Net.SASL.GSSAPI = GSSAPIConfig{
		AuthType: KRB5_USER_AUTH, ServiceName: "kafka", KerberosConfigPath: "/etc/krb5.conf", Username: "u", Realm: "R",
		Password: "p",
	}
}

func user(c *Config, mechanism SASLMechanism) {
	c.Net.SASL.Enable = true
	c.Net.SASL.Mechanism = mechanism
	c.Net.SASL.User, c.Net.SASL.Password = "u", "p"
}

func idempotent(c *Config) {
	c.Producer.Idempotent = true
	c.Producer.RequiredAcks = WaitForAll
}

// oddStrategy declares the protocols it is given.
type oddStrategy struct {
	BalanceStrategy
	protocols []RebalanceProtocol
}

func (s oddStrategy) SupportedProtocols() []RebalanceProtocol { return s.protocols }

func TestConfigFaults(t *testing.T) {
	cooperative := oddStrategy{NewBalanceStrategyRange(), []RebalanceProtocol{RebalanceProtocolCooperative}}
	for text, change := range map[string]func(c *Config){
		"Net.MaxOpenRequests must be > 0":              func(c *Config) { c.Net.MaxOpenRequests = 0 },
		"Net.DialTimeout must be > 0":                  func(c *Config) { c.Net.DialTimeout = 0 },
		"Net.UnreachableTimeout must be <= 0 or >= 1s": func(c *Config) { c.Net.UnreachableTimeout = time.Millisecond },
		"Net.ReadTimeout must be > 0":                  func(c *Config) { c.Net.ReadTimeout = 0 },
		"Net.WriteTimeout must be > 0":                 func(c *Config) { c.Net.WriteTimeout = 0 },
		"ApiVersionsRequest must be disabled when SASL v0 is enabled": func(c *Config) {
			user(c, SASLTypePlaintext)
			c.Net.SASL.Version = SASLHandshakeV0
		},
		"Net.SASL.User must not be empty when SASL is enabled": func(c *Config) {
			user(c, SASLTypePlaintext)
			c.Net.SASL.User = ""
		},
		"Net.SASL.Password must not be empty when SASL is enabled": func(c *Config) {
			user(c, SASLTypeSCRAMSHA256)
			c.Net.SASL.Password = ""
		},
		"An AccessTokenProvider instance must be provided to Net.SASL.TokenProvider": func(c *Config) {
			user(c, SASLTypeOAuth)
		},
		"Net.Proxy.Dialer must not be nil when Net.Proxy.Enable is true": func(c *Config) { c.Net.Proxy.Enable = true },
		"The SASL mechanism configuration is invalid. Possible values are `OAUTHBEARER`, `PLAIN`, `SCRAM-SHA-256`," +
			" `SCRAM-SHA-512` and `GSSAPI`": func(c *Config) { user(c, "NTLM") },
		"Net.SASL.GSSAPI.ServiceName must not be empty when GSS-API mechanism is used": func(c *Config) {
			gssapi(c)
			c.Net.SASL.GSSAPI.ServiceName = ""
		},
		"Net.SASL.GSSAPI.Password must not be empty when GSS-API mechanism is used and Net.SASL.GSSAPI.AuthType = KRB5_USER_AUTH": func(c *Config) {
			gssapi(c)
			c.Net.SASL.GSSAPI.Password = ""
		},
		"Net.SASL.GSSAPI.KeyTabPath must not be empty when GSS-API mechanism is used and Net.SASL.GSSAPI.AuthType = KRB5_KEYTAB_AUTH": func(c *Config) {
			gssapi(c)
			c.Net.SASL.GSSAPI.AuthType = KRB5_KEYTAB_AUTH
		},
		"Net.SASL.GSSAPI.CCachePath must not be empty when GSS-API mechanism is used and Net.SASL.GSSAPI.AuthType = KRB5_CCACHE_AUTH": func(c *Config) {
			gssapi(c)
			c.Net.SASL.GSSAPI.AuthType = KRB5_CCACHE_AUTH
		},
		"Net.SASL.GSSAPI.AuthType is invalid. Possible values are KRB5_USER_AUTH, KRB5_KEYTAB_AUTH, and KRB5_CCACHE_AUTH": func(c *Config) {
			gssapi(c)
			c.Net.SASL.GSSAPI.AuthType = 0
		},
		"Net.SASL.GSSAPI.KerberosConfigPath must not be empty when GSS-API mechanism is used": func(c *Config) {
			gssapi(c)
			c.Net.SASL.GSSAPI.KerberosConfigPath = ""
		},
		"Net.SASL.GSSAPI.Username must not be empty when GSS-API mechanism is used": func(c *Config) {
			gssapi(c)
			c.Net.SASL.GSSAPI.Username = ""
		},
		"Net.SASL.GSSAPI.Realm must not be empty when GSS-API mechanism is used": func(c *Config) {
			gssapi(c)
			c.Net.SASL.GSSAPI.Realm = ""
		},
		"Admin.Timeout must be > 0":               func(c *Config) { c.Admin.Timeout = 0 },
		"Metadata.Retry.Max must be >= 0":         func(c *Config) { c.Metadata.Retry.Max = -1 },
		"Metadata.Retry.Backoff must be >= 0":     func(c *Config) { c.Metadata.Retry.Backoff = -1 },
		"Metadata.RefreshFrequency must be >= 0":  func(c *Config) { c.Metadata.RefreshFrequency = -1 },
		"Producer.MaxMessageBytes must be > 0":    func(c *Config) { c.Producer.MaxMessageBytes = 0 },
		"Producer.RequiredAcks must be >= -1":     func(c *Config) { c.Producer.RequiredAcks = -2 },
		"Producer.Timeout must be > 0":            func(c *Config) { c.Producer.Timeout = 0 },
		"Producer.Partitioner must not be nil":    func(c *Config) { c.Producer.Partitioner = nil },
		"Producer.Flush.Bytes must be >= 0":       func(c *Config) { c.Producer.Flush.Bytes = -1 },
		"Producer.Flush.Messages must be >= 0":    func(c *Config) { c.Producer.Flush.Messages = -1 },
		"Producer.Flush.Frequency must be >= 0":   func(c *Config) { c.Producer.Flush.Frequency = -1 },
		"Producer.Flush.MaxMessages must be >= 0": func(c *Config) { c.Producer.Flush.MaxMessages = -1 },
		"Producer.Retry.Max must be >= 0":         func(c *Config) { c.Producer.Retry.Max = -1 },
		"Producer.Retry.Backoff must be >= 0":     func(c *Config) { c.Producer.Retry.Backoff = -1 },
		"lz4 compression requires Version >= V0_10_0_0": func(c *Config) {
			c.Producer.Compression, c.Version = CompressionLZ4, V0_9_0_1
		},
		"zstd compression requires Version >= V2_1_0_0": func(c *Config) {
			c.Producer.Compression, c.Version = CompressionZSTD, V2_0_1_0
		},
		"Producer.Compression must be one of the Compression constants, CompressionNone to CompressionZSTD, not 99": func(c *Config) {
			c.Producer.Compression = 99
		},
		"gzip compression does not work with level 10: gzip: invalid compression level: 10": func(c *Config) {
			c.Producer.Compression, c.Producer.CompressionLevel = CompressionGZIP, 10
		},
		"Producer.Flush.MaxMessages must be >= Producer.Flush.Messages when set": func(c *Config) {
			c.Producer.Flush.Messages, c.Producer.Flush.MaxMessages = 3, 2
		},
		"Idempotent producer requires Version >= V0_11_0_0": func(c *Config) {
			idempotent(c)
			c.Version = V0_10_2_2
		},
		"Idempotent producer requires Producer.Retry.Max >= 1": func(c *Config) {
			idempotent(c)
			c.Producer.Retry.Max = 0
		},
		"Idempotent producer requires Producer.RequiredAcks to be WaitForAll": func(c *Config) { c.Producer.Idempotent = true },
		"Idempotent producer requires Net.MaxOpenRequests to be 5 or less": func(c *Config) {
			idempotent(c)
			c.Net.MaxOpenRequests = 6
		},
		"Transactional producer requires Idempotent to be true": func(c *Config) { c.Producer.Transaction.ID = "t" },
		"Consumer.Fetch.Min must be > 0":                        func(c *Config) { c.Consumer.Fetch.Min = 0 },
		"Consumer.Fetch.Default must be > 0":                    func(c *Config) { c.Consumer.Fetch.Default = 0 },
		"Consumer.Fetch.Max must be >= 0":                       func(c *Config) { c.Consumer.Fetch.Max = -1 },
		"Consumer.Fetch.MaxBytes must be > 0":                   func(c *Config) { c.Consumer.Fetch.MaxBytes = 0 },
		"Consumer.MaxWaitTime must be >= 1ms":                   func(c *Config) { c.Consumer.MaxWaitTime = time.Microsecond },
		"Consumer.MaxProcessingTime must be > 0":                func(c *Config) { c.Consumer.MaxProcessingTime = 0 },
		"Consumer.Retry.Backoff must be >= 0":                   func(c *Config) { c.Consumer.Retry.Backoff = -1 },
		"Consumer.Retry.Max must be >= 0":                       func(c *Config) { c.Consumer.Retry.Max = -1 },
		"Consumer.Offsets.AutoCommit.Interval must be > 0":      func(c *Config) { c.Consumer.Offsets.AutoCommit.Interval = 0 },
		"Consumer.Offsets.Initial must be OffsetOldest or OffsetNewest": func(c *Config) {
			c.Consumer.Offsets.Initial = 0
		},
		"Consumer.Offsets.Retry.Max must be >= 0": func(c *Config) { c.Consumer.Offsets.Retry.Max = -1 },
		"Consumer.IsolationLevel must be ReadUncommitted or ReadCommitted": func(c *Config) {
			c.Consumer.IsolationLevel = 2
		},
		"ReadCommitted requires Version >= V0_11_0_0": func(c *Config) {
			c.Consumer.IsolationLevel, c.Version = ReadCommitted, V0_10_2_2
		},
		"Consumer.Group.Session.Timeout must be >= 2ms": func(c *Config) {
			c.Consumer.Group.Session.Timeout = 2 * time.Millisecond
		},
		"Consumer.Group.Heartbeat.Interval must be >= 1ms": func(c *Config) { c.Consumer.Group.Heartbeat.Interval = 0 },
		"Consumer.Group.Heartbeat.Interval must be < Consumer.Group.Session.Timeout": func(c *Config) {
			c.Consumer.Group.Heartbeat.Interval = c.Consumer.Group.Session.Timeout
		},
		"Consumer.Group.Rebalance.GroupStrategies or Consumer.Group.Rebalance.Strategy must not be empty": func(c *Config) {
			c.Consumer.Group.Rebalance.GroupStrategies = nil
		},
		"Consumer.Group.Rebalance.Timeout must be >= 1ms": func(c *Config) {
			c.Consumer.Group.Rebalance.Timeout = time.Millisecond
		},
		"Consumer.Group.Rebalance.Retry.Max must be >= 0":     func(c *Config) { c.Consumer.Group.Rebalance.Retry.Max = -1 },
		"Consumer.Group.Rebalance.Retry.Backoff must be >= 0": func(c *Config) { c.Consumer.Group.Rebalance.Retry.Backoff = -1 },
		"elements in Consumer.Group.Rebalance.Strategies must not be empty": func(c *Config) {
			c.Consumer.Group.Rebalance.GroupStrategies = []BalanceStrategy{nil}
		},
		"Consumer.Group.Rebalance.GroupStrategies do not have a commonly supported rebalance protocol": func(c *Config) {
			c.Consumer.Group.Rebalance.GroupStrategies = []BalanceStrategy{cooperative, NewBalanceStrategyRange()}
		},
		`balance strategy "range" declares unsupported rebalance protocol unknown(7)`: func(c *Config) {
			c.Consumer.Group.Rebalance.Strategy = oddStrategy{NewBalanceStrategyRange(), []RebalanceProtocol{7}}
		},
		"cooperative balance strategies require Version >= 2.4": func(c *Config) {
			c.Consumer.Group.Rebalance.GroupStrategies, c.Version = []BalanceStrategy{cooperative}, V2_3_1_0
		},
		"Consumer.Group.InstanceId need Version >= 2.3": func(c *Config) {
			c.Consumer.Group.InstanceId, c.Version = "me", V2_2_2_0
		},
		`Group instance id cannot be "." or ".."`: func(c *Config) { c.Consumer.Group.InstanceId = ".." },
		"Group instance id cannot be longer than 249, characters: " + strings.Repeat("x", 250): func(c *Config) {
			c.Consumer.Group.InstanceId = strings.Repeat("x", 250)
		},
		"Group instance id a/b is illegal, it contains a character other than, '.', '_' and '-'": func(c *Config) {
			c.Consumer.Group.InstanceId = "a/b"
		},
		"ChannelBufferSize must be >= 0": func(c *Config) { c.ChannelBufferSize = -1 },
		`ClientID value "a/b" is not valid for Kafka versions before 1.0.0`: func(c *Config) {
			c.ClientID, c.Version = "a/b", V0_11_0_2
		},
	} {
		c := NewConfig()
		change(c)
		require.Equal(t, ConfigurationError(text), c.Validate())
	}
}

func TestConfigWarnings(t *testing.T) {
	millis := " only supports millisecond precision; nanoseconds will be truncated."
	odd := time.Second + 1
	for text, change := range map[string]func(c *Config){
		"Net.TLS is disabled but a non-nil configuration was provided.":                              func(c *Config) { c.Net.TLS.Config = &tls.Config{} },
		"Net.SASL is disabled but a non-empty username was provided.":                                func(c *Config) { c.Net.SASL.User = "u" },
		"Net.SASL is disabled but a non-empty password was provided.":                                func(c *Config) { c.Net.SASL.Password = "secret" },
		"Producer.RequiredAcks > 1 is deprecated and will raise an exception with kafka >= 0.8.2.0.": func(c *Config) { c.Producer.RequiredAcks = 2 },
		"Producer.MaxMessageBytes must be smaller than MaxRequestSize; it will be ignored.": func(c *Config) {
			c.Producer.MaxMessageBytes = int(MaxRequestSize)
		},
		"Producer.Flush.Bytes must be smaller than MaxRequestSize; it will be ignored.": func(c *Config) {
			c.Producer.Flush.Bytes, c.Producer.Flush.Frequency = int(MaxRequestSize), time.Second
		},
		"Producer.Flush: Bytes or Messages are set, but Frequency is not; messages may not get flushed.": func(c *Config) {
			c.Producer.Flush.Messages = 2
		},
		"Producer.Timeout only supports millisecond resolution; nanoseconds will be truncated.": func(c *Config) {
			c.Producer.Timeout = odd
		},
		"Consumer.MaxWaitTime is very low, which can cause high CPU and network usage. See documentation for details.": func(c *Config) {
			c.Consumer.MaxWaitTime = 99 * time.Millisecond
		},
		"Consumer.MaxWaitTime" + millis:              func(c *Config) { c.Consumer.MaxWaitTime = odd },
		"Consumer.Offsets.Retention" + millis:        func(c *Config) { c.Consumer.Offsets.Retention = odd },
		"Consumer.Group.Session.Timeout" + millis:    func(c *Config) { c.Consumer.Group.Session.Timeout = 5 * odd },
		"Consumer.Group.Heartbeat.Interval" + millis: func(c *Config) { c.Consumer.Group.Heartbeat.Interval = odd },
		"Consumer.Group.Rebalance.Timeout" + millis:  func(c *Config) { c.Consumer.Group.Rebalance.Timeout = odd },
		"Deprecation warning: Consumer.Offsets.CommitInterval exists for historical compatibility and should not be used." +
			" Please use Consumer.Offsets.AutoCommit, the current value will be ignored": func(c *Config) {
			c.Consumer.Offsets.CommitInterval = time.Second
		},
		"Deprecation warning: Consumer.Group.Rebalance.Strategy exists for historical compatibility and should not be used." +
			" Please use Consumer.Group.Rebalance.GroupStrategies": func(c *Config) {
			c.Consumer.Group.Rebalance.Strategy = NewBalanceStrategyRange()
		},
	} {
		var logged bytes.Buffer
		captureLog(t, &logged)
		c := NewConfig()
		c.ClientID = "mine"
		change(c)
		require.NoError(t, c.Validate())
		require.Equal(t, text+"\n", logged.String())
	}
}

func TestIdempotentProducersMayHaveFiveRequestsInFlight(t *testing.T) {
	for requests := 1; requests <= 5; requests++ {
		c := NewConfig()
		idempotent(c)
		c.Net.MaxOpenRequests = requests
		require.NoError(t, c.Validate())
	}
}

func TestValidConfigs(t *testing.T) {
	for name, change := range map[string]func(c *Config){
		"SASL's mechanism is PLAIN if none is named": func(c *Config) { user(c, "") },
		"SASL version 0": func(c *Config) {
			user(c, SASLTypePlaintext)
			c.Net.SASL.Version, c.ApiVersionsRequest = SASLHandshakeV0, false
		},
		"Kerberos":             gssapi,
		"any client id":        func(c *Config) { c.ClientID = "a/b c" },
		"gzip without a level": func(c *Config) { c.Producer.Compression = CompressionGZIP },
		"gzip 1":               func(c *Config) { c.Producer.Compression, c.Producer.CompressionLevel = CompressionGZIP, 1 },
		"no buffers":           func(c *Config) { c.ChannelBufferSize = 0 },
		"static member":        func(c *Config) { c.Consumer.Group.InstanceId = strings.Repeat("x", 249) },
	} {
		c := NewConfig()
		change(c)
		require.NoError(t, c.Validate(), name)
		if c.Net.SASL.Enable {
			require.NotEmpty(t, c.Net.SASL.Mechanism)
		}
	}
}
