package protocol

import "fmt"

// ConfigSource tells where the value of a configuration entry comes from.
type ConfigSource int8

const (
	// SourceUnknown is a source that is not told, or not known here.
	SourceUnknown ConfigSource = iota
	// SourceTopic is the topic's own configuration.
	SourceTopic
	// SourceDynamicBroker is one broker's dynamic configuration.
	SourceDynamicBroker
	// SourceDynamicDefaultBroker is the dynamic configuration of all brokers.
	SourceDynamicDefaultBroker
	// SourceStaticBroker is a broker's configuration file.
	SourceStaticBroker
	// SourceDefault is the built-in default.
	SourceDefault
)

var configSources = [...]string{"Unknown", "Topic", "DynamicBroker", "DynamicDefaultBroker", "StaticBroker", "Default"}

// String returns the source's name.
func (s ConfigSource) String() string {
	if s < 0 || int(s) >= len(configSources) {
		return fmt.Sprintf("Source Invalid: %d", int(s))
	}
	return configSources[s]
}
