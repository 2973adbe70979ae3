package compress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

const (
	gzipLowest  = gzip.StatelessCompression
	gzipHighest = gzip.BestCompression
)

type gzipWriter struct {
	*gzip.Writer
	out *sliceWriter
}

// sliceWriter appends to a slice what is written.
type sliceWriter struct{ b []byte }

func (w *sliceWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// gzipWriters are the free encoders of each level.
var gzipWriters = func() (lists [gzipHighest - gzipLowest + 1]freeList[gzipWriter]) {
	for i := range lists {
		lists[i] = newFreeList(func() gzipWriter {
			out := new(sliceWriter)
			w, err := gzip.NewWriterLevel(out, i+gzipLowest)
			if err != nil {
				panic(err) // all levels of the list exist
			}
			return gzipWriter{w, out}
		})
	}
	return lists
}()

func appendGzip(dst, src []byte, level int) ([]byte, error) {
	if level == LevelDefault {
		level = gzip.DefaultCompression
	}
	list := gzipWriters[level-gzipLowest]
	w := list.get()
	w.out.b = dst
	w.Reset(w.out)
	_, err := w.Write(src)
	err = errors.Join(err, w.Close())
	out := w.out.b
	w.out.b = nil
	list.put(w)
	return out, err
}

type gzipReader struct {
	gzip.Reader
	in bytes.Reader
}

var gzipReaders = newFreeList(func() *gzipReader { return new(gzipReader) })

func decompressGzip(dst, src []byte, limit int) ([]byte, error) {
	r := gzipReaders.get()
	defer gzipReaders.put(r)
	r.in.Reset(src)
	defer r.in.Reset(nil)
	if err := r.Reset(&r.in); err != nil {
		return dst, ended(err)
	}
	start := len(dst)
	dst = room(dst, firstRoom(src, Gzip, limit))
	for {
		dst = moreRoom(dst, 1, start, limit)
		free := dst[len(dst):cap(dst)]
		if rest := left(dst, start, limit); rest < len(free) {
			free = free[:rest+1] // one byte too many tells
		}
		n, err := r.Read(free)
		dst = dst[:len(dst)+n]
		switch {
		case left(dst, start, limit) < 0:
			return dst, ErrTooLarge
		case errors.Is(err, io.EOF):
			return dst, nil
		case err != nil:
			return dst, ended(err)
		}
	}
}

// ended makes the end of the data before the end of the format an error of its own kind.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// gzipSize is the size in the trailer, modulo 2^32. Of several members it is the last one's.
func gzipSize(src []byte) int {
	if len(src) < 18 {
		return 0
	}
	return int(binary.LittleEndian.Uint32(src[len(src)-4:]))
}
