package sarama

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// log returns where this configuration's clients say what Logger is for.
func (c *Config) log() StdLogger {
	if c == nil || c.Slog == nil {
		return Logger
	}
	return slogLogger{conf: c, level: slog.LevelInfo}
}

// debugLog returns where they say what DebugLogger is for.
func (c *Config) debugLog() StdLogger {
	if c == nil || c.Slog == nil {
		return DebugLogger
	}
	return slogLogger{conf: c, level: slog.LevelDebug}
}

// logOfGroup is log for lines about a group that do not name it.
func (c *Config) logOfGroup(group string) StdLogger {
	if c.Slog == nil {
		return Logger
	}
	return slogLogger{conf: c, level: slog.LevelInfo, group: group}
}

// What a line is about it prints by arguments of these types: to Logger they are the names and numbers that they are made of, and
// records have them as attributes, too.
type (
	logTopic       string
	logPartition   int32
	logGroup       string
	logMember      string
	logInstance    string
	logGeneration  int32
	logEpoch       int32 // of a member
	logTransaction string
	logNode        int32
	logBroker      struct{ of *Broker } // its id
	logAddress     struct{ of *Broker } // its address
)

// Format implements fmt.Formatter.
func (b logBroker) Format(f fmt.State, verb rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), b.of.ID())
}

// Format implements fmt.Formatter.
func (b logAddress) Format(f fmt.State, verb rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), b.of.Addr())
}

// Format implements fmt.Formatter: the name alone is printed.
func (k coordinatorKey) Format(f fmt.State, verb rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), printable(k.key))
}

// slogLogger makes records of lines.
type slogLogger struct {
	conf  *Config
	level slog.Level
	group string // if the line does not tell
}

// Print implements StdLogger.
func (l slogLogger) Print(v ...any) { l.record(func() string { return fmt.Sprint(v...) }, v) }

// Printf implements StdLogger.
func (l slogLogger) Printf(format string, v ...any) {
	l.record(func() string { return fmt.Sprintf(format, v...) }, v)
}

// Println implements StdLogger.
func (l slogLogger) Println(v ...any) { l.record(func() string { return fmt.Sprintln(v...) }, v) }

// record passes a line on. What it says of an error is a warning; attributes are the client's id, the part of the library that the
// line begins with, what it is about, and the error.
func (l slogLogger) record(text func() string, args []any) {
	level := l.level
	var failure error
	for _, arg := range args {
		if err, ok := arg.(error); ok && err != nil {
			failure = err
		}
	}
	if failure != nil && level == slog.LevelInfo {
		level = slog.LevelWarn
	}
	ctx := context.Background()
	if !l.conf.Slog.Enabled(ctx, level) {
		return
	}
	line := strings.TrimSpace(text())
	attributes := make(logAttributes, 0, 8)
	attributes.add(slog.String("client_id", l.conf.ClientID))
	if part, _, ok := strings.Cut(line, " "); ok && strings.Contains(part, "/") && !strings.Contains(part, ":") {
		attributes.add(slog.String("component", part))
	}
	if l.group != "" {
		attributes.add(slog.String("group", l.group))
	}
	for _, arg := range args {
		attributes.of(arg)
	}
	if failure != nil {
		attributes.ofError(failure)
		attributes.add(slog.Any("error", failure))
	}
	l.conf.Slog.LogAttrs(ctx, level, line, attributes...)
}

// logAttributes are those of one record, each name once.
type logAttributes []slog.Attr

func (a *logAttributes) add(attribute slog.Attr) {
	if !slices.ContainsFunc(*a, func(known slog.Attr) bool { return known.Key == attribute.Key }) {
		*a = append(*a, attribute)
	}
}

func (a *logAttributes) addInt(key string, value int32) { a.add(slog.Int64(key, int64(value))) }

// of adds what an argument of a line tells.
func (a *logAttributes) of(arg any) {
	switch arg := arg.(type) {
	case logTopic:
		a.add(slog.String("topic", string(arg)))
	case logPartition:
		a.addInt("partition", int32(arg))
	case logGroup:
		a.add(slog.String("group", string(arg)))
	case logMember:
		a.add(slog.String("member", string(arg)))
	case logInstance:
		a.add(slog.String("instance", string(arg)))
	case logGeneration:
		a.addInt("generation", int32(arg))
	case logEpoch:
		a.addInt("member_epoch", int32(arg))
	case logTransaction:
		a.add(slog.String("transactional_id", string(arg)))
	case logNode:
		a.addInt("broker_id", int32(arg))
	case logBroker:
		a.broker(arg.of)
	case logAddress:
		a.broker(arg.of)
	case coordinatorKey:
		if arg.kind == CoordinatorTransaction {
			a.add(slog.String("transactional_id", arg.key))
		} else {
			a.add(slog.String("group", arg.key))
		}
	}
}

// broker adds both of a broker's names. One that the client started from has no id yet.
func (a *logAttributes) broker(b *Broker) {
	if id := b.ID(); id >= 0 {
		a.addInt("broker_id", id)
	}
	a.add(slog.String("broker", b.Addr()))
}

// ofError adds what an error tells where the line itself does not.
func (a *logAttributes) ofError(err error) {
	var broker *BrokerError
	if errors.As(err, &broker) && !errors.Is(err, ErrOutOfBrokers) { // which is about several
		a.add(slog.String("broker", broker.Addr))
	}
	var read *ConsumerError
	if errors.As(err, &read) && read.Topic != "" {
		a.add(slog.String("topic", read.Topic))
		a.addInt("partition", read.Partition)
	}
	var sent *ProducerError
	if errors.As(err, &sent) && sent.Msg != nil {
		a.add(slog.String("topic", sent.Msg.Topic))
		a.addInt("partition", sent.Msg.Partition)
	}
}
