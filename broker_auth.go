package sarama

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"runtime"
	"sync"
	"time"
	"weak"

	"github.com/seed20e6684a/sarama/internal/sasl"
	"github.com/seed20e6684a/sarama/protocol"
)

// saslVersion is the version of the handshake. OAUTHBEARER came when tokens were sent in requests already.
func (l *link) saslVersion() int16 {
	if l.mechanism == SASLTypeOAuth {
		return SASLHandshakeV1
	}
	return l.conf.Net.SASL.Version
}

// authenticate has the conversation in SaslAuthenticate requests (KIP-152).
func (l *link) authenticate(ctx context.Context) error {
	l.warnOfPlainSecrets()
	steps, err := l.conversation(ctx)
	if err != nil {
		return err
	}
	if l.conf.Net.SASL.Handshake {
		if err := l.handshake(ctx); err != nil {
			return err
		}
	}
	var lifetime time.Duration
	err = sasl.Exchange(steps, func(message []byte, _ bool) ([]byte, error) {
		answer := new(SaslAuthenticateResponse)
		if err := l.exchange(ctx, l.saslAuthenticateRequest(message), answer); err != nil {
			return nil, err
		}
		if answer.Err != ErrNoError {
			return nil, refusal(answer, steps)
		}
		lifetime = time.Duration(min(max(answer.SessionLifetimeMs, 0), math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
		return answer.SaslAuthBytes, nil
	})
	if err == nil {
		l.conf.debugLog().Printf("SASL authentication successful with broker %s\n", logAddress{l.broker})
		l.session.begin(lifetime)
	} else if errors.Is(err, ErrSASLAuthenticationFailed) {
		l.tokenRefused(sasl.Secret(steps))
	}
	return err
}

func (l *link) handshake(ctx context.Context) error {
	answer := new(SaslHandshakeResponse)
	req := &SaslHandshakeRequest{Mechanism: string(l.mechanism), Version: SASLHandshakeV1}
	if err := l.exchange(ctx, req, answer); err != nil {
		return err
	}
	if !l.isReady() {
		l.stage = stageSASL
	}
	return handshakeRefusal(req, answer)
}

func handshakeRefusal(req *SaslHandshakeRequest, answer *SaslHandshakeResponse) error {
	switch answer.Err {
	case ErrNoError:
		return nil
	case ErrUnsupportedSASLMechanism:
		return Wrap(answer.Err, &mechanismRefusal{SASLMechanism(req.Mechanism), answer.EnabledMechanisms})
	}
	return fmt.Errorf("SaslHandshake: %w", answer.Err)
}

// refusal is what a broker says, without the secret that it was told: errors are read by others than those who know it.
func refusal(answer *SaslAuthenticateResponse, steps sasl.Mechanism) error {
	if answer.ErrorMessage == nil {
		return answer.Err
	}
	return Wrap(answer.Err, errors.New(printable(sasl.Redact(steps, *answer.ErrorMessage))))
}

// saslAuthenticateRequest has a version that does not depend on what the broker has: proxies that authenticate need not
// answer ApiVersions.
func (l *link) saslAuthenticateRequest(message []byte) *SaslAuthenticateRequest {
	req := &SaslAuthenticateRequest{SaslAuthBytes: message}
	if both, err := l.versionRange(protocol.KeySaslAuthenticate); err == nil {
		req.Version = both.max
	}
	return req
}

// warnedOfPlain holds the configurations whose owners know. A Config may be used for many connections.
var warnedOfPlain sync.Map // of weak.Pointer[Config]

// knowsPeer tells whether it is certain who the peer is, so that nobody in between can take its place.
func (l *link) knowsPeer() bool {
	if l.tls == nil {
		return false
	}
	c := l.conf.Net.TLS.Config
	return c == nil || !c.InsecureSkipVerify || c.VerifyConnection != nil || c.VerifyPeerCertificate != nil
}

// warnOfPlainSecrets says once that whoever is on the way learns the secret.
func (l *link) warnOfPlainSecrets() {
	if l.knowsPeer() || !tellsSecret(l.mechanism) {
		return
	}
	id := weak.Make(l.conf)
	if _, known := warnedOfPlain.LoadOrStore(id, struct{}{}); known {
		return
	}
	runtime.AddCleanup(l.conf, func(id weak.Pointer[Config]) { warnedOfPlain.Delete(id) }, id)
	if l.tls != nil {
		l.conf.log().Printf("Warning: SASL %s to broker %s, whose certificate is not verified: whoever is in between learns the secret; "+
			"unset InsecureSkipVerify in Config.Net.TLS.Config\n", l.mechanism, l.broker.addr)
		return
	}
	l.conf.log().Printf("Warning: SASL %s to broker %s without TLS: whoever can listen learns the secret; set Config.Net.TLS.Enable\n",
		l.mechanism, logAddress{l.broker})
}

// authenticateBare has the conversation in messages without Kafka's headers, before anything else is sent (KIP-43).
func (l *link) authenticateBare(nc net.Conn) error {
	stop := context.AfterFunc(l.ctx, func() { cutOff(nc) })
	defer stop()
	l.bare = nc
	defer func() { l.bare = nil }()
	l.warnOfPlainSecrets()
	steps, err := l.conversation(l.ctx)
	if err != nil {
		return err
	}
	if l.conf.Net.SASL.Handshake || isSCRAM(l.mechanism) {
		if err := l.handshakeBare(nc); err != nil {
			return err
		}
	}
	err = sasl.Exchange(steps, l.sayBare)
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the broker ended the connection during authentication, maybe as it refuses the credentials: %w", err)
	case err == nil:
		l.conf.debugLog().Printf("SASL authentication successful with broker %s\n", logAddress{l.broker})
	}
	return err
}

// sayBare is a sasl.Send. To the last message of a mechanism brokers do not answer here.
func (l *link) sayBare(message []byte, last bool) ([]byte, error) {
	sized := binary.BigEndian.AppendUint32(nil, uint32(len(message)))
	sized = append(sized, message...)
	if last {
		return nil, l.writeBare(l.bare, sized)
	}
	return l.exchangeBare(l.bare, sized)
}

// cutOff closes a connection at once: TLS would say goodbye first, and wait for a peer that does not read.
func cutOff(nc net.Conn) {
	if secure, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = secure.NetConn()
	}
	_ = nc.Close()
}

func (l *link) handshakeBare(nc net.Conn) error {
	req := &SaslHandshakeRequest{Mechanism: string(l.mechanism), Version: SASLHandshakeV0}
	id := l.broker.correlationID()
	frame, err := protocol.AppendRequest(nil, req, id, l.conf.ClientID)
	if err != nil {
		return err
	}
	answered, err := l.exchangeBare(nc, frame)
	if err != nil {
		return fmt.Errorf("SaslHandshake v0: %w", err)
	}
	if len(answered) < 4 || int32(binary.BigEndian.Uint32(answered)) != id {
		got := answered[:min(4, len(answered))]
		return PacketDecodingError{Info: fmt.Sprintf("correlation ID didn't match, wanted %d, got % x", id, got)}
	}
	answer := new(SaslHandshakeResponse)
	if err := protocol.Unmarshal(answered[4:], answer); err != nil {
		return err
	}
	return handshakeRefusal(req, answer)
}

// maxEarlyAnswer bounds what is read before the connection is authenticated.
const maxEarlyAnswer = 1 << 20

func (l *link) writeBare(nc net.Conn, message []byte) error {
	if err := nc.SetWriteDeadline(deadlineIn(l.conf.Net.WriteTimeout)); err != nil {
		return err
	}
	if _, err := nc.Write(message); err != nil {
		return err
	}
	return nc.SetDeadline(time.Time{})
}

// exchangeBare writes a message with its size and reads one.
func (l *link) exchangeBare(nc net.Conn, message []byte) ([]byte, error) {
	if err := l.writeBare(nc, message); err != nil {
		return nil, err
	}
	if err := nc.SetDeadline(deadlineIn(l.conf.Net.ReadTimeout)); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(nc, size[:]); err != nil {
		return nil, err
	}
	n := int64(binary.BigEndian.Uint32(size[:]))
	if n > min(int64(MaxResponseSize), maxEarlyAnswer) {
		return nil, foreignFrame(int32(n), fmt.Sprintf("SASL response of length %d too large", n))
	}
	answer, err := io.ReadAll(io.LimitReader(nc, n)) // grows with what comes, not with what is announced
	if err == nil && int64(len(answer)) < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	return answer, nc.SetDeadline(time.Time{})
}

func deadlineIn(timeout time.Duration) time.Time {
	if timeout <= 0 {
		return time.Time{}
	}
	return time.Now().Add(timeout)
}

func (l *link) logRefused(version int16, reason, closing error) {
	if closing == nil {
		l.conf.debugLog().Printf("Closed connection to broker %s due to SASL v%d auth error: %s\n", logAddress{l.broker}, version, reason)
		return
	}
	l.conf.log().Printf("Error while closing connection to broker %s (due to SASL v%d auth error: %s): %s\n",
		logAddress{l.broker}, version, reason, closing)
}
