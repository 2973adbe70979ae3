package compress

import (
	"fmt"
	"testing"
)

func BenchmarkAppend(b *testing.B) {
	for _, size := range []string{"words", "words-64k", "words-250k"} {
		text := texts()[size]
		for _, codec := range codecs[1:] {
			b.Run(fmt.Sprintf("%s/%s", nameOf(codec), size), func(b *testing.B) {
				dst := make([]byte, 0, 2*len(text))
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Append(dst, text, codec, LevelDefault); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkDecompress(b *testing.B) {
	for _, size := range []string{"words", "words-64k", "words-250k"} {
		text := texts()[size]
		for _, codec := range codecs[1:] {
			packed, err := Append(nil, text, codec, LevelDefault)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/%s", nameOf(codec), size), func(b *testing.B) {
				dst := make([]byte, 0, SizeHint(packed, codec))
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Decompress(dst, packed, codec, 0); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
