package protocol

// ConfigResourceType is the kind of resource that a configuration belongs to.
type ConfigResourceType int8

const (
	// UnknownResource is a kind that is not known here.
	UnknownResource ConfigResourceType = 0
	// TopicResource is a topic.
	TopicResource ConfigResourceType = 2
	// BrokerResource is a broker, named by its id, or all brokers with the empty name.
	BrokerResource ConfigResourceType = 4
	// BrokerLoggerResource is the loggers of a broker, named by its id (KIP-412).
	BrokerLoggerResource ConfigResourceType = 8
	// ClientMetricsResource is a subscription to metrics of clients (KIP-714).
	ClientMetricsResource ConfigResourceType = 16
	// GroupResource is a group (KIP-848).
	GroupResource ConfigResourceType = 32
)

// ConfigType is the type of a configuration entry's value (KIP-569).
type ConfigType int8

const (
	// UnknownConfigType is a type that is not told, or not known here.
	UnknownConfigType ConfigType = iota
	// BooleanConfigType is "true" or "false".
	BooleanConfigType
	// StringConfigType is any text.
	StringConfigType
	// IntConfigType is a number of 32 bits.
	IntConfigType
	// ShortConfigType is a number of 16 bits.
	ShortConfigType
	// LongConfigType is a number of 64 bits.
	LongConfigType
	// DoubleConfigType is a number with a fraction.
	DoubleConfigType
	// ListConfigType is texts, separated by commas.
	ListConfigType
	// ClassConfigType is the name of a Java class.
	ClassConfigType
	// PasswordConfigType is a text that brokers never show.
	PasswordConfigType
)
