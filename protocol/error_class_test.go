package protocol

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErrorCodesHaveOneClassAtMost(t *testing.T) {
	for _, row := range errorTable {
		n := 0
		for _, bit := range []reaction{denied, missing, exists, invalid} {
			if row.does&bit != 0 {
				n++
			}
		}
		require.LessOrEqual(t, n, 1, row.name)
	}
}

func TestErrorsAreFoundByTheirClass(t *testing.T) {
	for code, class := range map[KError]ErrorClass{
		ErrTopicAuthorizationFailed: ErrNotAuthorized,
		ErrGroupIDNotFound:          ErrNotFound,
		ErrUnknownTopicOrPartition:  ErrNotFound,
		ErrTopicAlreadyExists:       ErrAlreadyExists,
		ErrPolicyViolation:          ErrInvalidArgument,
	} {
		err := fmt.Errorf("topic orders: %w", code)
		for other := ErrNotAuthorized; other <= ErrInvalidArgument; other++ {
			require.Equal(t, other == class, errors.Is(err, other), "%v is %v", code, other)
		}
		require.ErrorIs(t, err, code)
	}
	for _, code := range []KError{ErrNoError, ErrNotController, ErrUnknown, 30000, -30000} {
		require.Zero(t, ClassOf(code))
		require.NotErrorIs(t, code, ErrorClass(0))
	}
	require.EqualError(t, ErrNotFound, "kafka: not found")
	require.EqualError(t, ErrorClass(0), "kafka: no class of errors")
	require.EqualError(t, ErrorClass(9), "kafka: no class of errors")
}
