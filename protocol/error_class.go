package protocol

// ErrorClass is what several error codes have in common. errors.Is finds it in every error that wraps such a code:
//
//	if errors.Is(err, protocol.ErrNotFound) { ... }
type ErrorClass uint8

// The classes of error codes.
const (
	// ErrNotAuthorized is the class of codes that say that the client may not do that.
	ErrNotAuthorized ErrorClass = iota + 1
	// ErrNotFound is the class of codes that say that a topic, group, broker or another resource does not exist.
	ErrNotFound
	// ErrAlreadyExists is the class of codes that say that a resource exists already.
	ErrAlreadyExists
	// ErrInvalidArgument is the class of codes that say that what was asked for can never be done: a name, number or
	// setting is not valid.
	ErrInvalidArgument
)

var errorClasses = [...]struct {
	text string
	bit  reaction
}{
	ErrNotAuthorized:   {"not authorized", denied},
	ErrNotFound:        {"not found", missing},
	ErrAlreadyExists:   {"already exists", exists},
	ErrInvalidArgument: {"invalid argument", invalid},
}

// Error implements error.
func (c ErrorClass) Error() string {
	if int(c) < len(errorClasses) && c > 0 {
		return "kafka: " + errorClasses[c].text
	}
	return "kafka: no class of errors"
}

// Is tells whether target is the class of a code, for errors.Is.
func (err KError) Is(target error) bool {
	class, ok := target.(ErrorClass)
	return ok && class != 0 && class == ClassOf(err)
}

// ClassOf returns the class of an error code, or 0 if it has none.
func ClassOf(err KError) ErrorClass {
	row := rowOf(err)
	if row == nil {
		return 0
	}
	for class, c := range errorClasses {
		if c.bit != 0 && row.does&c.bit != 0 {
			return ErrorClass(class)
		}
	}
	return 0
}
