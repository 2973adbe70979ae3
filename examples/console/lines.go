package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// chunkLines is how many lines are passed on together at most.
const chunkLines = 256

// chunk is lines that were there at once; end says that no more follow, with the reason if that is not the input's end.
type chunk struct {
	lines [][]byte
	end   bool
	err   error
}

// readChunks passes on lines, those that have come without waiting for others, until the input or ctx ends.
func readChunks(ctx context.Context, in io.Reader, limit int, chunks chan<- chunk) {
	r := bufio.NewReaderSize(in, 1<<16)
	var c chunk
	for number := 1; !c.end; number++ {
		line, err := readLine(r, limit)
		switch {
		case err == nil:
			c.lines = append(c.lines, line)
		case errors.Is(err, io.EOF):
			c.end = true
		default:
			c.end, c.err = true, fmt.Errorf("standard input, line %d: %w", number, err)
		}
		if len(c.lines) < chunkLines && !c.end && hasLine(r) {
			continue
		}
		select {
		case chunks <- c:
			c.lines = nil
		case <-ctx.Done():
			return
		}
	}
}

// hasLine tells whether a line can be read without waiting.
func hasLine(r *bufio.Reader) bool {
	buffered, _ := r.Peek(r.Buffered())
	return bytes.IndexByte(buffered, '\n') >= 0
}

// readLine returns the next line, without its end, in memory of its own. The last one need not have an end.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	line := []byte{}
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			line = line[:len(line)-1]
			return line, tooLong(line, limit)
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, tooLong(line, limit)
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > limit:
			return nil, tooLong(line, limit)
		}
	}
}

func tooLong(line []byte, limit int) error {
	if len(line) > limit {
		return fmt.Errorf("longer than -max-message-bytes (%d)", limit)
	}
	return nil
}
