package sarama

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// TestEachRequestHasItsMethod calls every method of Broker that takes a request and returns a response: the request must
// arrive as what it is, and the answer must come back.
func TestEachRequestHasItsMethod(t *testing.T) {
	arrived := make(chan int16, 1)
	conf := hostileConfig(false)
	conf.Version = MaxVersion
	b := openAt(t, hostileBroker{script: func(request []byte) []byte {
		header, _, err := protocol.CutRequestHeader(request)
		if err != nil {
			panic(err)
		}
		arrived <- header.Key
		return emptyAnswer(header)
	}}.listen(t), conf)

	called := 0
	broker := reflect.ValueOf(b)
	for i := range broker.NumMethod() {
		method, name := broker.Method(i), broker.Type().Method(i).Name
		if method.Type().NumIn() != 1 || method.Type().NumOut() != 2 {
			continue
		}
		request := reflect.New(method.Type().In(0).Elem())
		message := request.Interface().(protocol.Message)
		switch r := message.(type) { // whose zero values ask for what version 0 does not have, or for no answer
		case *ProduceRequest:
			r.RequiredAcks = WaitForAll
		case *ListTransactionsRequest:
			r.DurationFilter = -1
		}
		out := method.Call([]reflect.Value{request})
		require.Nil(t, out[1].Interface(), "%s: %v", name, out[1].Interface())
		require.False(t, out[0].IsNil(), name)
		require.Equal(t, protocol.KeyOf(message), <-arrived, name)
		called++
	}
	require.Equal(t, 46, called)
}

func TestCreateAclsTellsOfFailures(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	far.on(protocol.KeyCreateAcls, answer(&CreateAclsResponse{AclCreationResponses: []*AclCreationResponse{
		{}, {Err: ErrInvalidRequest}, {Err: ErrSecurityDisabled},
	}}))
	response, err := openBroker(t, network.config(), far).CreateAcls(&CreateAclsRequest{})
	require.Len(t, response.AclCreationResponses, 3)
	for _, cause := range []error{ErrCreateACLs, ErrInvalidRequest, ErrSecurityDisabled} {
		require.ErrorIs(t, err, cause)
	}
}

func emptyAnswer(header protocol.RequestHeader) []byte {
	response, err := protocol.NewResponse(header.Key, header.Version)
	if err != nil {
		panic(err)
	}
	frame := protocol.AppendResponseHeader(nil, header.Key, header.Version, header.CorrelationID)
	if frame, err = protocol.AppendBody(frame, response); err != nil {
		panic(err)
	}
	return resized(frame, int32(len(frame)-4))
}
