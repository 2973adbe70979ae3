package sasl

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// Prepare is SASLprep (RFC 4013): texts that look the same become the same. It fails for what must not be in names and
// passwords; its errors do not hold the text, and read on after what the text is.
//
// Kafka itself compares bytes. That makes no difference for ASCII, nor for anything else in the usual composed form.
func Prepare(text string) (string, error) {
	if isPrintableASCII(text) {
		return text, nil
	}
	if !utf8.ValidString(text) {
		return "", errors.New("is not valid UTF-8")
	}
	prepared := norm.NFKC.String(strings.Map(mapped, text))
	if strings.ContainsFunc(prepared, isProhibited) {
		return "", errors.New("holds a character that SASLprep (RFC 4013) does not allow")
	}
	if !sameDirection(prepared) {
		return "", errors.New("mixes directions of writing as SASLprep (RFC 4013) does not allow")
	}
	return prepared, nil
}

func isPrintableASCII(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// mapped is what a character is taken for: spaces are the space, and what is commonly mapped to nothing is nothing.
func mapped(r rune) rune {
	switch {
	case r == 0x00AD || r == 0x034F || r == 0x1806 || r >= 0x180B && r <= 0x180D || r >= 0x200C && r <= 0x200D ||
		r == 0x2060 || r >= 0xFE00 && r <= 0xFE0F || r == 0xFEFF:
		return -1
	case r == 0x200B || r != ' ' && unicode.Is(unicode.Zs, r):
		return ' '
	}
	return r
}

// prohibited characters are those of section 2.3, beyond those that the Unicode tables name by themselves.
var prohibited = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0, Hi: 0x1F, Stride: 1}, {Lo: 0x007F, Hi: 0x009F, Stride: 1}, // controls: C.2.1 and C.2.2 of RFC 3454
		{Lo: 0x0340, Hi: 0x0341, Stride: 1}, // C.8, as are others below
		{Lo: 0x06DD, Hi: 0x06DD, Stride: 1}, {Lo: 0x070F, Hi: 0x070F, Stride: 1}, {Lo: 0x180E, Hi: 0x180E, Stride: 1},
		{Lo: 0x200E, Hi: 0x200F, Stride: 1}, {Lo: 0x2028, Hi: 0x202E, Stride: 1}, {Lo: 0x2060, Hi: 0x2063, Stride: 1}, {Lo: 0x206A, Hi: 0x206F, Stride: 1},
		{Lo: 0x2FF0, Hi: 0x2FFB, Stride: 1}, // C.7
		{Lo: 0xFEFF, Hi: 0xFEFF, Stride: 1},
		{Lo: 0xFFF9, Hi: 0xFFFD, Stride: 1}, // C.6
	},
	R32: []unicode.Range32{{Lo: 0x1D173, Hi: 0x1D17A, Stride: 1}, {Lo: 0xE0001, Hi: 0xE0001, Stride: 1}, {Lo: 0xE0020, Hi: 0xE007F, Stride: 1}}, // C.9
}

func isProhibited(r rune) bool {
	return unicode.Is(prohibited, r) || r != ' ' && unicode.Is(unicode.Zs, r) || // C.1.2
		unicode.In(r, unicode.Co, unicode.Cs, unicode.Noncharacter_Code_Point) // C.3 to C.5
}

// sameDirection is section 6 of RFC 3454: with a character that is written from right to left there is none from left to
// right, and the first and the last are such.
func sameDirection(text string) bool {
	var left, right bool
	for _, r := range text {
		switch class(r) {
		case bidi.L:
			left = true
		case bidi.R, bidi.AL:
			right = true
		}
	}
	if !right {
		return true
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	return !left && isRight(first) && isRight(last)
}

func isRight(r rune) bool { return class(r) == bidi.R || class(r) == bidi.AL }

func class(r rune) bidi.Class {
	properties, _ := bidi.LookupRune(r)
	return properties.Class()
}
