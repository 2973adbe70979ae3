package sarama

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/seed20e6684a/sarama/internal/sasl"
	"github.com/seed20e6684a/sarama/protocol"
)

// saslVersion is the version of the handshake. OAUTHBEARER came when tokens were sent in requests already.
func (l *link) saslVersion() int16 {
	if l.conf.Net.SASL.Mechanism == SASLTypeOAuth {
		return SASLHandshakeV1
	}
	return l.conf.Net.SASL.Version
}

// mechanism begins a conversation of the configured mechanism.
func (l *link) mechanism() (sasl.Mechanism, error) {
	c := &l.conf.Net.SASL
	switch c.Mechanism {
	case SASLTypePlaintext, "":
		return sasl.Plain(c.AuthIdentity, c.User, c.Password)
	case SASLTypeOAuth:
		if c.TokenProvider == nil {
			return nil, ConfigurationError("An AccessTokenProvider instance must be provided to Net.SASL.TokenProvider")
		}
		token, err := c.TokenProvider.Token()
		if err != nil {
			return nil, fmt.Errorf("getting an access token: %w", err)
		}
		if token == nil {
			return nil, errors.New("getting an access token: token is nil")
		}
		return sasl.OAuthBearer(token.Token, token.Extensions)
	case SASLTypeSCRAMSHA256, SASLTypeSCRAMSHA512:
		if c.SCRAMClientGeneratorFunc == nil {
			return nil, ConfigurationError("A SCRAMClientGeneratorFunc function must be provided to Net.SASL.SCRAMClientGeneratorFunc")
		}
		client := c.SCRAMClientGeneratorFunc()
		if err := client.Begin(c.User, c.Password, c.SCRAMAuthzID); err != nil {
			return nil, fmt.Errorf("failed to start SCRAM exchange with the server: %w", err)
		}
		return scramSteps{client}, nil
	default:
		return nil, ConfigurationError(fmt.Sprintf("Net.SASL.Mechanism %s is not supported", c.Mechanism))
	}
}

// scramSteps makes a mechanism of a user's SCRAMClient.
type scramSteps struct{ client SCRAMClient }

func (s scramSteps) Step(challenge []byte) ([]byte, bool, error) {
	response, err := s.client.Step(string(challenge))
	if err != nil {
		return nil, true, fmt.Errorf("failed to advance the SCRAM exchange: %w", err)
	}
	return []byte(response), s.client.Done(), nil
}

// authenticate has the conversation in SaslAuthenticate requests (KIP-152).
func (l *link) authenticate(ctx context.Context) error {
	steps, err := l.mechanism()
	if err != nil {
		return err
	}
	if l.conf.Net.SASL.Handshake {
		if err := l.handshake(ctx); err != nil {
			return err
		}
	}
	var lifetime time.Duration
	err = sasl.Exchange(steps, func(message []byte) ([]byte, error) {
		answer := new(SaslAuthenticateResponse)
		if err := l.exchange(ctx, l.saslAuthenticateRequest(message), answer); err != nil {
			return nil, err
		}
		if answer.Err != ErrNoError {
			return nil, refusal(answer)
		}
		lifetime = time.Duration(answer.SessionLifetimeMs) * time.Millisecond
		return answer.SaslAuthBytes, nil
	})
	if err == nil {
		DebugLogger.Printf("SASL authentication successful with broker %s\n", l.broker.addr)
		l.session.begin(lifetime)
	}
	return err
}

func (l *link) handshake(ctx context.Context) error {
	answer := new(SaslHandshakeResponse)
	req := &SaslHandshakeRequest{Mechanism: string(l.conf.Net.SASL.Mechanism), Version: SASLHandshakeV1}
	if err := l.exchange(ctx, req, answer); err != nil {
		return err
	}
	return handshakeRefusal(req, answer)
}

func handshakeRefusal(req *SaslHandshakeRequest, answer *SaslHandshakeResponse) error {
	if answer.Err == ErrNoError {
		return nil
	}
	return Wrap(answer.Err, fmt.Errorf("asked for %s, the broker has %q", req.Mechanism, answer.EnabledMechanisms))
}

func refusal(answer *SaslAuthenticateResponse) error {
	if answer.ErrorMessage == nil {
		return answer.Err
	}
	return Wrap(answer.Err, errors.New(*answer.ErrorMessage))
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

// authenticateBare has the conversation in messages without Kafka's headers, before anything else is sent (KIP-43).
func (l *link) authenticateBare(nc net.Conn) error {
	stop := context.AfterFunc(l.ctx, func() { _ = nc.Close() })
	defer stop()
	steps, err := l.mechanism()
	if err != nil {
		return err
	}
	scram := l.conf.Net.SASL.Mechanism == SASLTypeSCRAMSHA256 || l.conf.Net.SASL.Mechanism == SASLTypeSCRAMSHA512
	if l.conf.Net.SASL.Handshake || scram {
		if err := l.handshakeBare(nc); err != nil {
			return err
		}
	}
	err = sasl.Exchange(steps, func(message []byte) ([]byte, error) {
		sized := binary.BigEndian.AppendUint32(nil, uint32(len(message)))
		return l.exchangeBare(nc, append(sized, message...))
	})
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the broker ended the connection during authentication, maybe as it refuses the credentials: %w", err)
	case err == nil:
		DebugLogger.Printf("SASL authentication successful with broker %s\n", l.broker.addr)
	}
	return err
}

func (l *link) handshakeBare(nc net.Conn) error {
	req := &SaslHandshakeRequest{Mechanism: string(l.conf.Net.SASL.Mechanism), Version: SASLHandshakeV0}
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

// maxBareAnswer bounds what is read before the connection is authenticated.
const maxBareAnswer = 1 << 20

// exchangeBare writes a message with its size and reads one.
func (l *link) exchangeBare(nc net.Conn, message []byte) ([]byte, error) {
	if err := nc.SetWriteDeadline(deadlineIn(l.conf.Net.WriteTimeout)); err != nil {
		return nil, err
	}
	if _, err := nc.Write(message); err != nil {
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
	if n > min(int64(MaxResponseSize), maxBareAnswer) {
		return nil, PacketDecodingError{Info: fmt.Sprintf("SASL response of length %d too large", n)}
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
		DebugLogger.Printf("Closed connection to broker %s due to SASL v%d auth error: %s\n", l.broker.addr, version, reason)
		return
	}
	Logger.Printf("Error while closing connection to broker %s (due to SASL v%d auth error: %s): %s\n",
		l.broker.addr, version, reason, closing)
}
