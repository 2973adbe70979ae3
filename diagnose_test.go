package sarama

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func stepsOf(b BrokerDiagnosis) map[string]DiagnosisStep {
	steps := map[string]DiagnosisStep{}
	for _, step := range b.Steps {
		steps[step.Name] = step
	}
	return steps
}

func statuses(steps []DiagnosisStep) []string {
	var all []string
	for _, step := range steps {
		all = append(all, step.Name+" "+string(step.Status))
	}
	return all
}

// patient is a broker that knows all that Diagnose asks for, and names another that is not there.
func patient(t *testing.T, gone string) *scriptedBroker {
	far := listenScripted(t, 1)
	host, port, err := net.SplitHostPort(gone)
	require.NoError(t, err)
	number, err := net.LookupPort("tcp", port)
	require.NoError(t, err)
	id := "the cluster"
	both := []*protocol.BrokerAddress{far.address, {ID: 2, Host: host, Port: int32(number)}}
	far.on(protocol.KeyMetadata, func(r *scriptedRequest) protocol.Message {
		answer := &protocol.MetadataResponse{Brokers: both, ControllerID: 1, ClusterID: &id}
		if r.Body.(*MetadataRequest).IncludeTopicAuthorizedOperations {
			answer.Topics = []*TopicMetadata{
				{Name: "orders", TopicAuthorizedOperations: 1<<AclOperationRead | 1<<AclOperationWrite},
				{Name: "audit", TopicAuthorizedOperations: 1 << AclOperationRead},
			}
		}
		return answer
	})
	far.on(protocol.KeyDescribeCluster, answer(&DescribeClusterResponse{ClusterAuthorizedOperations: 1 << AclOperationDescribe}))
	far.on(protocol.KeyDescribeConfigs, answer(&DescribeConfigsResponse{Resources: []*ResourceResponse{{Configs: []*ConfigEntry{
		{Name: "message.max.bytes", Value: "1000"}, {Name: "group.min.session.timeout.ms", Value: "6000"},
		{Name: "group.max.session.timeout.ms", Value: "9000"}, {Name: "transaction.max.timeout.ms", Value: "900000"},
		{Name: "socket.request.max.bytes", Value: "104857600"}, {Name: "connections.max.idle.ms", Value: "600000"},
	}}}}))
	return far
}

func TestDiagnose(t *testing.T) {
	gone := closedPort(t)
	far := patient(t, gone)
	conf := NewConfig()
	conf.Version = MaxVersion
	d, err := Diagnose(t.Context(), []string{far.addr()}, conf)
	require.NoError(t, err)
	require.False(t, d.OK())
	require.Len(t, d.Brokers, 2)
	require.Equal(t, []string{"DNS ok", "TCP ok", "TLS skipped", "Kafka ok", "SASL skipped", "metadata ok"}, statuses(d.Brokers[0].Steps))
	require.True(t, d.Brokers[0].OK())
	require.Equal(t, gone, d.Brokers[1].Addr)
	require.True(t, d.Brokers[1].Advertised)
	require.Equal(t, []string{"DNS ok", "TCP failed"}, statuses(d.Brokers[1].Steps))
	require.Contains(t, d.Brokers[1].Steps[1].Remedy, ProblemRefused.Remedy())
	require.Contains(t, d.Brokers[1].Steps[1].Remedy, "advertised.listeners")
	require.Equal(t, "the cluster", d.ClusterID)
	require.EqualValues(t, 1, d.Controller)
	require.Equal(t, []string{"cluster permissions ok", "topics ok", "topic audit warning"}, statuses(d.Permissions))
	require.Equal(t, []string{"message.max.bytes warning", "socket.request.max.bytes ok", "group.min.session.timeout.ms ok",
		"group.max.session.timeout.ms warning", "transaction.max.timeout.ms ok", "connections.max.idle.ms ok"}, statuses(d.Limits))
	require.Equal(t, []string{"TCP failed", "topic audit warning", "message.max.bytes warning", "group.max.session.timeout.ms warning"},
		statuses(d.Problems()))

	text := d.String()
	require.Contains(t, text, far.addr()+"\n  ok      DNS")
	require.Contains(t, text, "failed  TCP: the connection is refused")
	require.Contains(t, text, "-> larger batches are refused")
	encoded, err := json.Marshal(d)
	require.NoError(t, err)
	var back Diagnosis
	require.NoError(t, json.Unmarshal(encoded, &back))
	require.Equal(t, statuses(d.Problems()), statuses(back.Problems()))
}

func TestDiagnoseWithoutPermissions(t *testing.T) {
	far := patient(t, closedPort(t))
	far.on(protocol.KeyDescribeConfigs, answer(&DescribeConfigsResponse{Resources: []*ResourceResponse{{ErrorCode: int16(ErrClusterAuthorizationFailed)}}}))
	conf := NewConfig()
	conf.Version = V2_0_0_0
	d, err := Diagnose(t.Context(), []string{far.addr()}, conf)
	require.NoError(t, err)
	require.Equal(t, []string{"permissions skipped"}, statuses(d.Permissions))
	require.Equal(t, []string{"limits skipped"}, statuses(d.Limits))
}

func TestDiagnoseSASL(t *testing.T) {
	far := patient(t, "127.0.0.1:1")
	far.has("PLAIN")
	conf := NewConfig()
	conf.Net.SASL.Enable, conf.Net.SASL.User, conf.Net.SASL.Password = true, "alice", "canary"
	d, err := Diagnose(t.Context(), []string{far.addr()}, conf)
	require.NoError(t, err)
	sasl := stepsOf(d.Brokers[0])["SASL"]
	require.Equal(t, DiagnosisWarning, sasl.Status)
	require.Equal(t, "PLAIN as alice", sasl.Detail)

	conf.Net.SASL.Mechanism = SASLTypeSCRAMSHA512
	d, err = Diagnose(t.Context(), []string{far.addr()}, conf)
	require.NoError(t, err)
	sasl = stepsOf(d.Brokers[0])["SASL"]
	require.Equal(t, DiagnosisFailed, sasl.Status)
	require.Contains(t, sasl.Detail, `the broker has ["PLAIN"]`)
	require.Equal(t, ProblemMechanism.Remedy(), sasl.Remedy)
	requireNoCanary(t, d.String())
}

func TestDiagnoseTLS(t *testing.T) {
	certificate, pool := selfSigned(t)
	addr := stubbornPeer(t, stubbornTLS(certificate, func(nc *tls.Conn, ended <-chan struct{}) { _, _ = io.Copy(io.Discard, nc) }))
	conf := stubbornConfig(pool)
	conf.Net.DialTimeout = unhurried
	d, err := Diagnose(t.Context(), []string{addr}, conf)
	require.NoError(t, err)
	secure := stepsOf(d.Brokers[0])["TLS"]
	require.Equal(t, DiagnosisWarning, secure.Status, "it ends in an hour")
	require.Contains(t, secure.Detail, `TLS 1.3, TLS_AES_128_GCM_SHA256, certificate for ["kafka.example" "127.0.0.1"] until`)
	require.Contains(t, secure.Remedy, "renew")
	require.Equal(t, DiagnosisFailed, stepsOf(d.Brokers[0])["Kafka"].Status)

	conf.Net.TLS.Config.RootCAs = nil
	d, err = Diagnose(t.Context(), []string{addr}, conf)
	require.NoError(t, err)
	require.Equal(t, []string{"DNS ok", "TCP ok", "TLS failed"}, statuses(d.Brokers[0].Steps))
	require.Equal(t, ProblemCertificateAuthority.Remedy(), d.Brokers[0].Steps[2].Remedy)
}

func TestDiagnoseFaultsAndContext(t *testing.T) {
	var fault ConfigurationError
	_, err := Diagnose(t.Context(), nil, nil)
	require.ErrorAs(t, err, &fault)
	bad := NewConfig()
	bad.Net.DialTimeout = 0
	_, err = Diagnose(t.Context(), []string{"x:1"}, bad)
	require.ErrorAs(t, err, &fault)
	d, err := Diagnose(t.Context(), []string{"without port", "broker.invalid:1"}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"DNS failed"}, statuses(d.Brokers[0].Steps))
	require.Equal(t, ProblemNameNotResolved.Remedy(), d.Brokers[1].Steps[0].Remedy)

	addr := stubbornPeer(t, func(_ net.Conn, ended <-chan struct{}) { <-ended })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	d, err = Diagnose(ctx, []string{addr}, nil)
	require.NoError(t, err)
	require.False(t, d.OK())
	require.Less(t, time.Since(start), 5*time.Second)
	require.True(t, strings.HasPrefix(d.String(), addr))
}
