package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"strconv"
	"strings"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

// verb prints one part of a record.
type verb func(*bufio.Writer, *sarama.ConsumerMessage)

var verbs = map[byte]verb{
	't': func(w *bufio.Writer, m *sarama.ConsumerMessage) { _, _ = w.WriteString(m.Topic) },
	'p': func(w *bufio.Writer, m *sarama.ConsumerMessage) { number(w, int64(m.Partition)) },
	'o': func(w *bufio.Writer, m *sarama.ConsumerMessage) { number(w, m.Offset) },
	'k': func(w *bufio.Writer, m *sarama.ConsumerMessage) { _, _ = w.Write(m.Key) },
	's': func(w *bufio.Writer, m *sarama.ConsumerMessage) { _, _ = w.Write(m.Value) },
	'K': func(w *bufio.Writer, m *sarama.ConsumerMessage) { number(w, size(m.Key)) },
	'S': func(w *bufio.Writer, m *sarama.ConsumerMessage) { number(w, size(m.Value)) },
	'T': func(w *bufio.Writer, m *sarama.ConsumerMessage) { number(w, m.Timestamp.UnixMilli()) },
	'h': printHeaders,
	'%': func(w *bufio.Writer, _ *sarama.ConsumerMessage) { _ = w.WriteByte('%') },
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', '0': 0, '\\': '\\'}

// compile makes a function of a format.
func compile(format string) (func(*bufio.Writer, *sarama.ConsumerMessage), error) {
	var steps []verb
	for i := 0; i < len(format); i++ {
		c := format[i]
		if c != '%' && c != '\\' {
			steps = append(steps, literal(c))
			continue
		}
		if i++; i == len(format) {
			return nil, cli.UsageError(fmt.Sprintf("-format ends after %q", c))
		}
		if c == '%' {
			v, ok := verbs[format[i]]
			if !ok {
				return nil, cli.UsageError(fmt.Sprintf("-format: there is no %%%c", format[i]))
			}
			steps = append(steps, v)
			continue
		}
		e, ok := escapes[format[i]]
		if !ok {
			return nil, cli.UsageError(fmt.Sprintf("-format: there is no \\%c", format[i]))
		}
		steps = append(steps, literal(e))
	}
	return func(w *bufio.Writer, m *sarama.ConsumerMessage) {
		for _, step := range steps {
			step(w, m)
		}
	}, nil
}

func literal(c byte) verb {
	return func(w *bufio.Writer, _ *sarama.ConsumerMessage) { _ = w.WriteByte(c) }
}

func number(w *bufio.Writer, n int64) {
	var buf [20]byte
	_, _ = w.Write(strconv.AppendInt(buf[:0], n, 10))
}

func size(b []byte) int64 {
	if b == nil {
		return -1
	}
	return int64(len(b))
}

func printHeaders(w *bufio.Writer, m *sarama.ConsumerMessage) {
	var all []string
	for _, h := range m.Headers {
		all = append(all, string(h.Key)+"="+string(h.Value))
	}
	_, _ = w.WriteString(strings.Join(all, ","))
}

func logger(w io.Writer) sarama.StdLogger {
	return log.New(w, "[sarama] ", log.Ltime|log.Lmicroseconds)
}
