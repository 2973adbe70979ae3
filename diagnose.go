package sarama

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// DiagnosisStatus is how a step of a Diagnosis went.
type DiagnosisStatus string

// The states of a step.
const (
	DiagnosisOK      DiagnosisStatus = "ok"
	DiagnosisWarning DiagnosisStatus = "warning" // it works, and may not for long, or not for all
	DiagnosisFailed  DiagnosisStatus = "failed"
	DiagnosisSkipped DiagnosisStatus = "skipped" // it does not apply, or could not be looked at
)

// DiagnosisStep is one thing that was looked at.
type DiagnosisStep struct {
	Name   string          `json:"name"` // DNS, TCP, TLS, Kafka, SASL, metadata, permissions, or a setting's name
	Status DiagnosisStatus `json:"status"`
	Detail string          `json:"detail,omitempty"` // what was found
	Remedy string          `json:"remedy,omitempty"` // what to do, unless all is well
	Took   time.Duration   `json:"took,omitempty"`   // nanoseconds in JSON
	Err    error           `json:"-"`                // why it failed
}

// BrokerDiagnosis is what was found of one broker, step by step up to the first that failed.
type BrokerDiagnosis struct {
	// Addr is host and port as given, or as the broker's advertised.listeners has it.
	Addr string `json:"addr"`
	// ID is the broker's, -1 for an address that was given.
	ID int32 `json:"id"`
	// Advertised says that the cluster named the address, not the caller.
	Advertised bool            `json:"advertised"`
	Steps      []DiagnosisStep `json:"steps"`
}

// OK tells whether no step failed.
func (b *BrokerDiagnosis) OK() bool {
	return !slices.ContainsFunc(b.Steps, func(s DiagnosisStep) bool { return s.Status == DiagnosisFailed })
}

// Diagnosis is what Diagnose found. Marshalled to JSON it is a report for machines, with String for people.
type Diagnosis struct {
	// Brokers are those given, in their order, and then those that the cluster advertises at other addresses, by id.
	Brokers []BrokerDiagnosis `json:"brokers"`
	// ClusterID is empty if no broker could be asked.
	ClusterID string `json:"clusterId,omitempty"`
	// Controller is a broker's id, -1 if it is not known.
	Controller int32 `json:"controller"`
	// Permissions are what the client may do, as far as the cluster tells (Kafka 2.3, KIP-430).
	Permissions []DiagnosisStep `json:"permissions,omitempty"`
	// Limits compare the brokers' limits with the configuration.
	Limits []DiagnosisStep `json:"limits,omitempty"`
}

// OK tells whether nothing failed.
func (d *Diagnosis) OK() bool { return len(d.of(DiagnosisFailed)) == 0 }

// Problems are the steps that failed, and then those with warnings.
func (d *Diagnosis) Problems() []DiagnosisStep {
	return append(d.of(DiagnosisFailed), d.of(DiagnosisWarning)...)
}

func (d *Diagnosis) of(status DiagnosisStatus) []DiagnosisStep {
	var found []DiagnosisStep
	for _, steps := range d.parts() {
		for _, step := range steps {
			if step.Status == status {
				found = append(found, step)
			}
		}
	}
	return found
}

func (d *Diagnosis) parts() [][]DiagnosisStep {
	var parts [][]DiagnosisStep
	for i := range d.Brokers {
		parts = append(parts, d.Brokers[i].Steps)
	}
	return append(parts, d.Permissions, d.Limits)
}

// String is the report for people, a line for each step.
func (d *Diagnosis) String() string {
	var text strings.Builder
	for i := range d.Brokers {
		b := &d.Brokers[i]
		switch {
		case !b.Advertised:
			fmt.Fprintf(&text, "%s\n", b.Addr)
		default:
			fmt.Fprintf(&text, "%s (broker %d, as the cluster advertises it)\n", b.Addr, b.ID)
		}
		writeSteps(&text, b.Steps)
	}
	if d.ClusterID != "" {
		fmt.Fprintf(&text, "cluster %s, controller %d\n", printable(d.ClusterID), d.Controller)
	}
	writeSteps(&text, d.Permissions)
	writeSteps(&text, d.Limits)
	return text.String()
}

func writeSteps(text *strings.Builder, steps []DiagnosisStep) {
	for _, s := range steps {
		fmt.Fprintf(text, "  %-7s %s", s.Status, s.Name)
		if s.Detail != "" {
			text.WriteString(": " + s.Detail)
		}
		if s.Took >= time.Millisecond {
			fmt.Fprintf(text, " (%v)", s.Took.Round(time.Millisecond))
		}
		text.WriteString("\n")
		if s.Remedy != "" {
			text.WriteString("          -> " + s.Remedy + "\n")
		}
	}
}

const (
	diagnosesAtOnce = 8
	mostDiagnosed   = 100 // of the brokers that a cluster advertises
)

// Diagnose looks at what a client needs, step by step: for each of the given addresses (host:port), and each that the
// cluster advertises, its name, TCP connection, TLS with the certificate, Kafka's protocol, SASL and metadata; then what the
// client may do, and the brokers' limits against the configuration. It changes nothing. A nil conf is NewConfig's.
//
// What is wrong is in the Diagnosis, with the remedy. It returns an error, a ConfigurationError, only if it cannot begin.
// When ctx ends it returns what it has found; without that, each connection has Config.Net.DialTimeout and ReadTimeout.
func Diagnose(ctx context.Context, addrs []string, conf *Config) (*Diagnosis, error) {
	if conf == nil {
		conf = NewConfig()
	}
	if err := conf.Validate(); err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, ConfigurationError("You must provide at least one broker address")
	}
	d := &Diagnosis{Controller: -1}
	for _, addr := range addrs {
		d.Brokers = append(d.Brokers, BrokerDiagnosis{Addr: addr, ID: -1})
	}
	found := diagnoseAll(ctx, conf, d.Brokers)
	for _, metadata := range found {
		if metadata != nil {
			d.followMetadata(ctx, conf, metadata)
			break
		}
	}
	return d, nil
}

// diagnoseAll looks at some brokers at a time, and returns the metadata that each of them gave, or nil.
func diagnoseAll(ctx context.Context, conf *Config, brokers []BrokerDiagnosis) []*MetadataResponse {
	found := make([]*MetadataResponse, len(brokers))
	places := make(chan struct{}, diagnosesAtOnce)
	var work sync.WaitGroup
	for i := range brokers {
		places <- struct{}{}
		work.Add(1)
		go withRecover(func() {
			defer work.Done()
			defer func() { <-places }()
			p := probe{ctx: ctx, conf: conf, found: &brokers[i]}
			found[i] = p.run()
		})
	}
	work.Wait()
	return found
}

// followMetadata looks at all brokers that the cluster advertises, and asks the first that can be reached for the rest.
func (d *Diagnosis) followMetadata(ctx context.Context, conf *Config, metadata *MetadataResponse) {
	d.Controller = metadata.ControllerID
	if metadata.ClusterID != nil {
		d.ClusterID = *metadata.ClusterID
	}
	var advertised []BrokerDiagnosis
	for _, b := range metadata.Brokers[:min(len(metadata.Brokers), mostDiagnosed)] {
		given := func(g BrokerDiagnosis) bool { return g.Addr == b.Addr() }
		if !slices.ContainsFunc(d.Brokers, given) {
			advertised = append(advertised, BrokerDiagnosis{Addr: b.Addr(), ID: b.ID(), Advertised: true})
		}
	}
	slices.SortFunc(advertised, func(a, b BrokerDiagnosis) int { return int(a.ID) - int(b.ID) })
	diagnoseAll(ctx, conf, advertised)
	for i := range advertised {
		for j := range advertised[i].Steps {
			if s := &advertised[i].Steps[j]; s.Status == DiagnosisFailed {
				s.Remedy = strings.TrimPrefix(s.Remedy+"; the cluster names this address, see the broker's advertised.listeners", "; ")
			}
		}
	}
	d.Brokers = append(d.Brokers, advertised...)

	for _, b := range metadata.Brokers {
		reached := func(g BrokerDiagnosis) bool { return g.Addr == b.Addr() && g.OK() }
		if slices.ContainsFunc(d.Brokers, reached) && d.askOne(ctx, conf, b.another()) {
			return
		}
	}
}

// askOne asks a broker for permissions and limits.
func (d *Diagnosis) askOne(ctx context.Context, conf *Config, broker *Broker) bool {
	if broker.Open(conf) != nil {
		return false
	}
	defer func() { _ = broker.Close() }()
	if _, err := broker.connected(ctx); err != nil {
		return false
	}
	d.Permissions = diagnosePermissions(ctx, broker)
	d.Limits = diagnoseLimits(ctx, conf, broker)
	return true
}

// failedStep is the step that an error ended.
func failedStep(name string, err error) DiagnosisStep {
	s := DiagnosisStep{Name: name, Status: DiagnosisFailed, Err: err, Detail: printable(err.Error())}
	var explained *ConnectionError
	if errors.As(err, &explained) {
		s.Remedy = explained.Problem.Remedy()
		s.Detail = explained.Problem.String()
		if explained.Detail != "" {
			s.Detail += " (" + explained.Detail + ")"
		}
		s.Detail += ": " + printable(explained.Err.Error())
	}
	return s
}
