package protocol

import (
	"errors"
	"fmt"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// decodingError names the message whose body could not be read.
func decodingError(m Message, err error) error {
	return fmt.Errorf("decoding %s: %w", describe(m), causeOf(err))
}

// encodingError names the message that could not be written. What a walk itself
// failed with stays reachable.
func encodingError(m Message, err error) error {
	if errors.Is(err, wire.ErrTooLong) {
		err = PacketEncodingError{Info: err.Error()}
	}
	return fmt.Errorf("encoding %s: %w", describe(m), err)
}

// causeOf gives a failed read the error value that the API has for it.
func causeOf(err error) error {
	var own PacketDecodingError
	switch {
	case errors.As(err, &own), errors.Is(err, ErrInsufficientData), errors.Is(err, ErrDecompressedBatchTooLarge):
		return err
	case errors.Is(err, wire.ErrShort):
		return fmt.Errorf("%w (%w)", ErrInsufficientData, err)
	default:
		return PacketDecodingError{Info: err.Error()}
	}
}
