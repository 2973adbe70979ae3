package sarama

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// log returns where this configuration's clients say what Logger is for.
func (c *Config) log() StdLogger {
	if c == nil || c.Slog == nil {
		return Logger
	}
	return slogLogger{c, slog.LevelInfo}
}

// debugLog returns where they say what DebugLogger is for.
func (c *Config) debugLog() StdLogger {
	if c == nil || c.Slog == nil {
		return DebugLogger
	}
	return slogLogger{c, slog.LevelDebug}
}

// slogLogger makes records of lines.
type slogLogger struct {
	conf  *Config
	level slog.Level
}

// Print implements StdLogger.
func (l slogLogger) Print(v ...any) { l.record(func() string { return fmt.Sprint(v...) }, v) }

// Printf implements StdLogger.
func (l slogLogger) Printf(format string, v ...any) {
	l.record(func() string { return fmt.Sprintf(format, v...) }, v)
}

// Println implements StdLogger.
func (l slogLogger) Println(v ...any) { l.record(func() string { return fmt.Sprintln(v...) }, v) }

// record passes a line on. What it says of an error is a warning; the error is an attribute, too, as are the part of the library
// that the line begins with and the client's id.
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
	attributes := make([]slog.Attr, 0, 3)
	attributes = append(attributes, slog.String("client_id", l.conf.ClientID))
	if part, _, ok := strings.Cut(line, " "); ok && strings.Contains(part, "/") && !strings.Contains(part, ":") {
		attributes = append(attributes, slog.String("component", part))
	}
	if failure != nil {
		attributes = append(attributes, slog.Any("error", failure))
	}
	l.conf.Slog.LogAttrs(ctx, level, line, attributes...)
}
