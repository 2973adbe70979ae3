package sarama

import (
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// MockSaslHandshakeResponse answers SaslHandshakeRequests.
type MockSaslHandshakeResponse struct {
	mu  sync.Mutex // guards what follows
	t   TestReporter
	res SaslHandshakeResponse
}

// NewMockSaslHandshakeResponse returns an answer without mechanisms.
func NewMockSaslHandshakeResponse(t TestReporter) *MockSaslHandshakeResponse {
	return &MockSaslHandshakeResponse{t: t}
}

// SetError sets the error.
func (mshr *MockSaslHandshakeResponse) SetError(kerror KError) *MockSaslHandshakeResponse {
	mshr.mu.Lock()
	defer mshr.mu.Unlock()
	mshr.res.Err = kerror
	return mshr
}

// SetEnabledMechanisms sets the mechanisms that the broker has.
func (mshr *MockSaslHandshakeResponse) SetEnabledMechanisms(enabledMechanisms []string) *MockSaslHandshakeResponse {
	mshr.mu.Lock()
	defer mshr.mu.Unlock()
	mshr.res.EnabledMechanisms = enabledMechanisms
	return mshr
}

// For returns the answer to a *SaslHandshakeRequest.
func (mshr *MockSaslHandshakeResponse) For(request protocol.Message) any {
	mshr.mu.Lock()
	defer mshr.mu.Unlock()
	if asked[SaslHandshakeRequest](mshr.t, mshr, request) == nil {
		return nil
	}
	res := mshr.res
	return &res
}

// MockSaslAuthenticateResponse answers SaslAuthenticateRequests.
type MockSaslAuthenticateResponse struct {
	mu  sync.Mutex // guards what follows
	t   TestReporter
	res SaslAuthenticateResponse
}

// NewMockSaslAuthenticateResponse returns an answer by which the client is authenticated.
func NewMockSaslAuthenticateResponse(t TestReporter) *MockSaslAuthenticateResponse {
	return &MockSaslAuthenticateResponse{t: t}
}

// SetError sets the error.
func (msar *MockSaslAuthenticateResponse) SetError(kerror KError) *MockSaslAuthenticateResponse {
	msar.mu.Lock()
	defer msar.mu.Unlock()
	msar.res.Err = kerror
	return msar
}

// SetAuthBytes sets the mechanism's bytes.
func (msar *MockSaslAuthenticateResponse) SetAuthBytes(saslAuthBytes []byte) *MockSaslAuthenticateResponse {
	msar.mu.Lock()
	defer msar.mu.Unlock()
	msar.res.SaslAuthBytes = saslAuthBytes
	return msar
}

// SetSessionLifetimeMs sets after how many milliseconds the client has to authenticate anew (KIP-368).
func (msar *MockSaslAuthenticateResponse) SetSessionLifetimeMs(sessionLifetimeMs int64) *MockSaslAuthenticateResponse {
	msar.mu.Lock()
	defer msar.mu.Unlock()
	msar.res.SessionLifetimeMs = sessionLifetimeMs
	return msar
}

// For returns the answer to a *SaslAuthenticateRequest.
func (msar *MockSaslAuthenticateResponse) For(request protocol.Message) any {
	msar.mu.Lock()
	defer msar.mu.Unlock()
	if asked[SaslAuthenticateRequest](msar.t, msar, request) == nil {
		return nil
	}
	res := msar.res
	return &res
}
