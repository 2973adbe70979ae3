package compat

import (
	"crypto/tls"
	"fmt"
	"net"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	theirs "github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	ours "github.com/seed20e6684a/sarama"
)

// A change sets fields of a Config, by their paths. Values are those of both libraries alike.
type change map[string]any

const enabled = true

func scram(mechanism string) change {
	return change{"Net.SASL.Enable": enabled, "Net.SASL.Mechanism": mechanism, "Net.SASL.User": "u", "Net.SASL.Password": "p"}
}

func kerberos(authType int) change {
	return change{
		"Net.SASL.Enable": enabled, "Net.SASL.Mechanism": "GSSAPI", "Net.SASL.GSSAPI.ServiceName": "kafka",
		"Net.SASL.GSSAPI.AuthType": authType, "Net.SASL.GSSAPI.KerberosConfigPath": "/etc/krb5.conf",
		"Net.SASL.GSSAPI.Username": "u", "Net.SASL.GSSAPI.Realm": "R", "Net.SASL.GSSAPI.Password": "p",
		"Net.SASL.GSSAPI.KeyTabPath": "k", "Net.SASL.GSSAPI.CCachePath": "c",
	}
}

func (c change) but(path string, value any) change {
	changed := change{}
	for p, v := range c {
		changed[p] = v
	}
	changed[path] = value
	return changed
}

func changes() []change {
	all := []change{
		{}, {"Net.TLS.Config": &tls.Config{}}, {"Net.SASL.User": "u"}, {"Net.SASL.Password": "p"},
		{"Net.SASL.Enable": enabled}, {"Net.SASL.Enable": enabled, "Net.SASL.User": "u"},
		{"Net.SASL.Enable": enabled, "Net.SASL.Mechanism": "SECRET"},
		{"Net.SASL.Enable": enabled, "Net.SASL.Mechanism": "OAUTHBEARER"},
		scram(""), scram("PLAIN"),
		scram("PLAIN").but("Net.SASL.Password", ""), scram("SCRAM-SHA-256").but("Net.SASL.User", ""),
		scram("SCRAM-SHA-512").but("Net.SASL.Password", ""),
		scram("PLAIN").but("Net.SASL.Version", 0),
		scram("PLAIN").but("Net.SASL.Version", 0).but("ApiVersionsRequest", false),
		kerberos(0), kerberos(1), kerberos(2), kerberos(3), kerberos(4),
		kerberos(1).but("Net.SASL.GSSAPI.Password", ""), kerberos(2).but("Net.SASL.GSSAPI.KeyTabPath", ""),
		kerberos(3).but("Net.SASL.GSSAPI.CCachePath", ""),
		{"Net.MaxOpenRequests": 1}, {"Net.MaxOpenRequests": 6}, {"Producer.Idempotent": true},
		{"Producer.Idempotent": true, "Producer.RequiredAcks": -1},
		{"Producer.Idempotent": true, "Producer.RequiredAcks": -1, "Producer.Retry.Max": 0},
		{"Producer.Idempotent": true, "Producer.RequiredAcks": -1, "Net.MaxOpenRequests": 1, "Producer.Transaction.ID": "t"},
		{"Producer.Transaction.ID": "t"}, {"Producer.Partitioner": nil},
		{"Producer.MaxMessageBytes": 100 << 20}, {"Producer.Flush.Bytes": 100 << 20}, {"Producer.Flush.Messages": 10},
		{"Producer.Flush.Messages": 10, "Producer.Flush.Frequency": time.Second},
		{"Producer.Flush.Messages": 10, "Producer.Flush.MaxMessages": 9},
		{"Producer.RequiredAcks": 2}, {"Producer.RequiredAcks": -2},
		{"Consumer.MaxWaitTime": 99 * time.Millisecond}, {"Consumer.MaxWaitTime": time.Millisecond / 2},
		{"Consumer.Offsets.Initial": 5}, {"Consumer.Offsets.Initial": -2}, {"Consumer.Offsets.CommitInterval": time.Second},
		{"Consumer.IsolationLevel": 1}, {"Consumer.IsolationLevel": 2},
		{"Consumer.Group.Session.Timeout": 2 * time.Millisecond}, {"Consumer.Group.Session.Timeout": 3 * time.Second},
		{"Consumer.Group.Heartbeat.Interval": time.Minute}, {"Consumer.Group.Rebalance.Timeout": time.Millisecond},
		{"Consumer.Group.Rebalance.Strategy": strategies{"roundrobin"}},
		{"Consumer.Group.Rebalance.GroupStrategies": strategies{}},
		{"Consumer.Group.Rebalance.GroupStrategies": strategies{"range", "nil"}},
		{"Consumer.Group.Rebalance.GroupStrategies": strategies{"range", "roundrobin", "sticky"}},
		{"Consumer.Group.Rebalance.GroupStrategies": strategies{"cooperative-sticky"}},
		{"Consumer.Group.Rebalance.GroupStrategies": strategies{"cooperative-sticky", "range"}},
		{"ClientID": "mine"}, {"ClientID": "not/valid"}, {"ClientID": ""}, {"ChannelBufferSize": -1}, {"ChannelBufferSize": 0},
		{"MetricRegistry": nil}, {"Net.LocalAddr": &net.TCPAddr{}}, {"RackID": "r"},
	}
	for _, v := range []string{"0.8.2.0", "0.9.0.0", "0.10.0.0", "0.11.0.0", "1.0.0", "2.0.0", "2.1.0", "2.3.0", "2.4.0", "4.3.1"} {
		all = append(all, change{"Version": version(v)})
	}
	for _, id := range []string{"me", ".", "..", strings.Repeat("x", 249), strings.Repeat("x", 250), "a/b", "ä"} {
		all = append(all, change{"Consumer.Group.InstanceId": id})
	}
	for codec := range 6 {
		for _, level := range []int{-1000, -4, -3, 0, 9, 10, 23} {
			all = append(all, change{"Producer.Compression": codec, "Producer.CompressionLevel": level})
		}
	}
	return append(all, numbers("", reflect.TypeFor[theirs.Config]())...)
}

// numbers sets each number and each duration of a Config to something below, at and around nothing.
func numbers(path string, of reflect.Type) []change {
	if of == reflect.TypeFor[theirs.KafkaVersion]() {
		return nil
	}
	var all []change
	for i := range of.NumField() {
		field := of.Field(i)
		name := strings.TrimPrefix(path+"."+field.Name, ".")
		switch {
		case field.Type.Kind() == reflect.Struct:
			all = append(all, numbers(name, field.Type)...)
		case field.Type == reflect.TypeFor[time.Duration]():
			for _, d := range []time.Duration{-1, 0, 1, time.Millisecond, 1500 * time.Microsecond, 200*time.Millisecond + 1} {
				all = append(all, change{name: d})
			}
		case field.Type.Kind() == reflect.String:
			all = append(all, change{name: ""})
		case reflect.Zero(field.Type).CanInt():
			for _, n := range []int{-1, 0, 1} {
				all = append(all, change{name: n})
			}
		}
	}
	return all
}

type (
	version    string
	strategies []string
)

func apply[C any](t *testing.T, c *C, ch change, parse func(string) any, strategy func(string) any) {
	for path, value := range ch {
		field := reflect.ValueOf(c).Elem()
		for name := range strings.SplitSeq(path, ".") {
			field = field.FieldByName(name)
		}
		switch v := value.(type) {
		case version:
			field.Set(reflect.ValueOf(parse(string(v))))
		case strategies:
			if field.Kind() != reflect.Slice {
				field.Set(reflect.ValueOf(strategy(v[0])))
				continue
			}
			slice := reflect.MakeSlice(field.Type(), len(v), len(v))
			for i, name := range v {
				if made := strategy(name); made != nil {
					slice.Index(i).Set(reflect.ValueOf(made))
				}
			}
			field.Set(slice)
		case nil:
			field.SetZero()
		default:
			require.True(t, reflect.TypeOf(value).ConvertibleTo(field.Type()), path)
			field.Set(reflect.ValueOf(value).Convert(field.Type()))
		}
	}
}

// lines is a logger that keeps what it is told.
type lines struct{ got []string }

func (l *lines) Print(v ...any)                 { l.got = append(l.got, fmt.Sprint(v...)) }
func (l *lines) Printf(format string, v ...any) { l.got = append(l.got, fmt.Sprintf(format, v...)) }
func (l *lines) Println(v ...any)               { l.got = append(l.got, fmt.Sprintln(v...)) }

func validateOurs(t *testing.T, chs []change) (text string, log []string, mechanism string) {
	logger := &lines{}
	ours.Logger = logger
	c := ours.NewConfig()
	for _, ch := range chs {
		apply(t, c, ch, func(s string) any { v, _ := ours.ParseKafkaVersion(s); return v }, ourStrategy)
	}
	if err := c.Validate(); err != nil {
		var configuration ours.ConfigurationError
		require.ErrorAs(t, err, &configuration)
		text = err.Error()
	}
	return text, logger.got, string(c.Net.SASL.Mechanism)
}

func validateTheirs(t *testing.T, chs []change) (text string, log []string, mechanism string) {
	logger := &lines{}
	theirs.Logger = logger
	c := theirs.NewConfig()
	for _, ch := range chs {
		apply(t, c, ch, func(s string) any { v, _ := theirs.ParseKafkaVersion(s); return v }, theirStrategy)
	}
	if c.Producer.Idempotent && c.Net.MaxOpenRequests > 1 && c.Net.MaxOpenRequests <= 5 {
		c.Net.MaxOpenRequests = 1 // which of the two is more, said in MIGRATION.md
	}
	if err := c.Validate(); err != nil {
		text = strings.Replace(err.Error(), "MaxOpenRequests to be 1)", "MaxOpenRequests to be 5 or less)", 1)
	}
	return text, logger.got, string(c.Net.SASL.Mechanism)
}

func ourStrategy(name string) any {
	switch name {
	case "range":
		return ours.NewBalanceStrategyRange()
	case "roundrobin":
		return ours.NewBalanceStrategyRoundRobin()
	case "sticky":
		return ours.NewBalanceStrategySticky()
	case "cooperative-sticky":
		return ours.NewBalanceStrategyCooperativeSticky()
	}
	return nil
}

func theirStrategy(name string) any {
	switch name {
	case "range":
		return theirs.NewBalanceStrategyRange()
	case "roundrobin":
		return theirs.NewBalanceStrategyRoundRobin()
	case "sticky":
		return theirs.NewBalanceStrategySticky()
	case "cooperative-sticky":
		return theirs.NewBalanceStrategyCooperativeSticky()
	}
	return nil
}

// strict matches what sarama finds out when it is to compress, or not at all: codecs and levels that there are not.
var strict = regexp.MustCompile(`\(((lz4|zstd) compression does not work with level|Producer\.Compression must be one of)`)

// TestConfigValidatesAlike makes every change by itself and with every other: with two faults the same one is named.
func TestConfigValidatesAlike(t *testing.T) {
	theirLogger, ourLogger := theirs.Logger, ours.Logger
	defer func() { theirs.Logger, ours.Logger = theirLogger, ourLogger }()
	all := changes()
	faults := map[string]bool{}
	for i, first := range all {
		for _, second := range all[i:] {
			chs := []change{first, second}
			text, log, mechanism := validateOurs(t, chs)
			if strict.MatchString(text) {
				continue
			}
			wantText, wantLog, wantMechanism := validateTheirs(t, chs)
			require.Equal(t, wantText, text, "%v", chs)
			require.Equal(t, wantLog, log, "%v", chs)
			require.Equal(t, wantMechanism, mechanism, "%v", chs)
			faults[text] = true
		}
	}
	require.Greater(t, len(faults), 60, "the changes reach the rules")
	t.Logf("%d changes, %d faults", len(all), len(faults))
}
