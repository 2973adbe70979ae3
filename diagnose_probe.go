package sarama

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// expiresSoon is when a certificate's end is worth a warning.
const expiresSoon = 30 * 24 * time.Hour

// probe looks at one broker.
type probe struct {
	ctx   context.Context
	conf  *Config
	found *BrokerDiagnosis
	nc    net.Conn // of the steps up to TLS
}

// run takes one step after another until one fails. It returns the broker's metadata.
func (p *probe) run() *MetadataResponse {
	defer func() {
		if p.nc != nil {
			cutOff(p.nc)
		}
	}()
	for _, step := range []func() DiagnosisStep{p.resolve, p.dial, p.secure} {
		if !p.take(step) {
			return nil
		}
	}
	return p.ask()
}

func (p *probe) take(step func() DiagnosisStep) (goOn bool) {
	began := time.Now()
	s := step()
	s.Took = time.Since(began)
	p.found.Steps = append(p.found.Steps, s)
	return s.Status != DiagnosisFailed
}

func (p *probe) resolve() DiagnosisStep {
	s := DiagnosisStep{Name: "DNS", Status: DiagnosisOK}
	host, _, err := net.SplitHostPort(p.found.Addr)
	switch {
	case err != nil:
		s.Status, s.Err, s.Detail = DiagnosisFailed, err, printable(err.Error())
		s.Remedy = ProblemAddress.Remedy()
		return s
	case p.conf.Net.Proxy.Enable:
		s.Status, s.Detail = DiagnosisSkipped, "the proxy resolves names"
		return s
	case net.ParseIP(host) != nil:
		s.Detail = "it is an address already"
		return s
	}
	ctx, cancel := context.WithTimeout(p.ctx, p.conf.Net.DialTimeout)
	defer cancel()
	ips, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return failedStep("DNS", explain(stageDial, p.conf, err))
	}
	s.Detail = strings.Join(ips[:min(len(ips), 8)], ", ")
	return s
}

func (p *probe) dial() DiagnosisStep {
	ctx, cancel := context.WithTimeout(p.ctx, p.conf.Net.DialTimeout)
	defer cancel()
	nc, err := dialContext(ctx, p.conf.dialer(), p.found.Addr)
	if err != nil {
		return failedStep("TCP", explain(stageDial, p.conf, err))
	}
	p.nc = nc
	return DiagnosisStep{Name: "TCP", Status: DiagnosisOK, Detail: fmt.Sprintf("%v to %v", nc.LocalAddr(), nc.RemoteAddr())}
}

// secure looks at TLS, with all that is known of the certificate, a wrong one too.
func (p *probe) secure() DiagnosisStep {
	if !p.conf.Net.TLS.Enable {
		return DiagnosisStep{Name: "TLS", Status: DiagnosisSkipped, Detail: "Config.Net.TLS.Enable is not set"}
	}
	ctx, cancel := context.WithTimeout(p.ctx, p.conf.Net.DialTimeout)
	defer cancel()
	secure := tls.Client(p.nc, tlsConfigFor(p.found.Addr, p.conf.Net.TLS.Config))
	if err := secure.HandshakeContext(ctx); err != nil {
		return failedStep("TLS", explain(stageTLS, p.conf, err))
	}
	state := secure.ConnectionState()
	s := DiagnosisStep{Name: "TLS", Status: DiagnosisOK}
	s.Detail = tls.VersionName(state.Version) + ", " + tls.CipherSuiteName(state.CipherSuite)
	if len(state.PeerCertificates) == 0 {
		return s
	}
	certificate := state.PeerCertificates[0]
	s.Detail += fmt.Sprintf(", certificate for %s until %s", certificateNames(certificate), certificate.NotAfter.Format(time.DateOnly))
	if left := time.Until(certificate.NotAfter); left < expiresSoon {
		s.Status, s.Remedy = DiagnosisWarning, fmt.Sprintf("renew the broker's certificate within %d days", int(left.Hours()/24))
	}
	return s
}

// ask connects as a client does and asks for metadata.
func (p *probe) ask() *MetadataResponse {
	broker := NewBroker(p.found.Addr)
	var l *link
	opened := p.take(func() DiagnosisStep {
		if err := broker.Open(p.conf); err != nil {
			return failedStep("Kafka", err)
		}
		var err error
		if l, err = broker.connected(p.ctx); err != nil {
			return failedStep(p.stepOf(err), err)
		}
		s := DiagnosisStep{Name: "Kafka", Status: DiagnosisOK, Detail: fmt.Sprintf("%d APIs", len(l.versions))}
		if l.versions == nil {
			s.Detail = "Config.ApiVersionsRequest is not set"
		}
		return s
	})
	defer func() { _ = broker.Close() }()
	if !opened {
		return nil
	}
	p.found.Steps = append(p.found.Steps, authentication(p.conf, l))
	var metadata *MetadataResponse
	p.take(func() DiagnosisStep {
		request := NewMetadataRequest(p.conf.Version, nil)
		request.NoTopics = request.Version >= 1
		var err error
		if metadata, err = broker.getMetadata(p.ctx, request); err == nil {
			_, err = judgeMetadata(metadata, nil)
		}
		if err != nil {
			metadata = nil
			return failedStep("metadata", explain(stageUsed, p.conf, err))
		}
		return DiagnosisStep{Name: "metadata", Status: DiagnosisOK, Detail: fmt.Sprintf("%d brokers", len(metadata.Brokers))}
	})
	return metadata
}

// stepOf is the step that a connection failed at.
func (p *probe) stepOf(err error) string {
	var explained *ConnectionError
	if !p.conf.Net.SASL.Enable || !errors.As(err, &explained) {
		if p.conf.Net.SASL.Enable {
			return "SASL"
		}
		return "Kafka"
	}
	switch explained.Problem {
	case ProblemMechanism, ProblemCredentials, ProblemSASLNotExpected:
		return "SASL"
	case ProblemClientCertificate:
		return "TLS"
	}
	return "Kafka"
}

// authentication is the step of a connection that was made.
func authentication(conf *Config, l *link) DiagnosisStep {
	s := DiagnosisStep{Name: "SASL", Status: DiagnosisSkipped, Detail: "Config.Net.SASL.Enable is not set"}
	if !conf.Net.SASL.Enable {
		return s
	}
	s.Status, s.Detail = DiagnosisOK, string(l.mechanism)
	if conf.Net.SASL.User != "" {
		s.Detail += " as " + printable(conf.Net.SASL.User)
	}
	if l.tls == nil && tellsSecret(l.mechanism) {
		s.Status, s.Remedy = DiagnosisWarning, "whoever can listen learns the secret: set Config.Net.TLS.Enable"
	}
	return s
}
