package sarama

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// hostileBroker listens, reads each request of each connection, and answers with whatever script makes of its frame
// (without the size); nil is no answer. With hangUp it closes the connection after an answer.
type hostileBroker struct {
	script func(request []byte) []byte
	hangUp bool
}

func (h hostileBroker) listen(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			nc, err := listener.Accept()
			if err != nil {
				return
			}
			go h.serve(nc)
		}
	}()
	return listener.Addr().String()
}

func (h hostileBroker) serve(nc net.Conn) {
	defer nc.Close()
	for {
		var size [4]byte
		if _, err := io.ReadFull(nc, size[:]); err != nil {
			return
		}
		request := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(nc, request); err != nil {
			return
		}
		if answer := h.script(request); answer != nil {
			_, _ = nc.Write(answer)
			if h.hangUp {
				return
			}
		}
	}
}

// hostileConfig asks for ApiVersions only if asked is set.
func hostileConfig(asked bool) *Config {
	conf := NewConfig()
	conf.ApiVersionsRequest = asked
	return conf
}

// hurried is conf with little patience for an answer.
func hurried(conf *Config) *Config {
	conf.Net.ReadTimeout = 100 * time.Millisecond
	return conf
}

// metadataAnswer is a good answer to a Metadata request.
func metadataAnswer(request []byte) []byte {
	header, _, err := protocol.CutRequestHeader(request)
	if err != nil {
		panic(err)
	}
	response := &protocol.MetadataResponse{
		Version: header.Version,
		Brokers: []*protocol.BrokerAddress{{ID: 1, Host: "b1", Port: 9092}},
		Topics:  []*TopicMetadata{{Name: "orders", Partitions: []*PartitionMetadata{ledBy(0, 1, 0)}}},
	}
	frame := protocol.AppendResponseHeader(nil, header.Key, header.Version, header.CorrelationID)
	frame, err = protocol.AppendBody(frame, response)
	if err != nil {
		panic(err)
	}
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	return frame
}

// askHostile opens a broker, asks it for metadata, and returns the error, which must name it.
func askHostile(t *testing.T, conf *Config, h hostileBroker) error {
	t.Helper()
	b := NewBroker(h.listen(t))
	require.NoError(t, b.Open(conf))
	start := time.Now()
	_, err := b.GetMetadata(&MetadataRequest{Version: 4})
	require.Error(t, err)
	require.Less(t, time.Since(start), 10*time.Second)
	var named *BrokerError
	require.ErrorAs(t, err, &named)
	require.Equal(t, b.Addr(), named.Addr)
	_ = b.Close()
	return err
}

// hostileFrames are answers that are none, made of the good one.
var hostileFrames = map[string]func(good []byte) []byte{
	"http":       func([]byte) []byte { return []byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") },
	"tls alert":  func([]byte) []byte { return []byte("\x15\x03\x01\x00\x02\x02\x46\x15\x03\x01\x00\x02\x02\x46") },
	"zeros":      func(good []byte) []byte { return make([]byte, len(good)) },
	"ones":       func(good []byte) []byte { return bytes.Repeat([]byte{0xff}, len(good)) },
	"empty":      func(good []byte) []byte { return resized(good[:8], 4) },
	"above 2 GB": func(good []byte) []byte { return resized(good, -5) },
	"over limit": func(good []byte) []byte { return resized(good, MaxResponseSize+1) },
	"wrong id": func(good []byte) []byte {
		good[7] ^= 0x55
		return good
	},
}

func resized(frame []byte, size int32) []byte {
	binary.BigEndian.PutUint32(frame, uint32(size))
	return frame
}

func TestHostileFrames(t *testing.T) {
	for name, make := range hostileFrames {
		for _, asked := range []bool{false, true} { // the answer to Metadata, and to ApiVersions
			t.Run(name, func(t *testing.T) {
				err := askHostile(t, hostileConfig(asked), hostileBroker{script: func(request []byte) []byte {
					if asked {
						return make(resized(append(request[:0:0], 0, 0, 0, 0, request[4], request[5], request[6], request[7], 0, 0, 0, 0), 8))
					}
					return make(metadataAnswer(request))
				}})
				var decoding PacketDecodingError
				require.ErrorAs(t, err, &decoding)
				require.False(t, unsent(err) && !asked)
			})
		}
	}
}

func TestHostileBodies(t *testing.T) {
	length := len(metadataAnswer(mustRequest(t)))
	for cut := 9; cut < length; cut++ { // a whole frame with a body that ends early
		err := askHostile(t, hostileConfig(false), hostileBroker{script: func(request []byte) []byte {
			return resized(metadataAnswer(request)[:cut], int32(cut-4))
		}})
		var decoding PacketDecodingError
		require.True(t, errors.Is(err, ErrInsufficientData) || errors.As(err, &decoding), "cut at %d: %v", cut, err)
	}
	err := askHostile(t, hostileConfig(false), hostileBroker{script: func(request []byte) []byte {
		good := metadataAnswer(request)
		return resized(append(good, 1), int32(len(good)-3))
	}})
	var decoding PacketDecodingError
	require.ErrorAs(t, err, &decoding, "bytes left over")

	err = askHostile(t, hostileConfig(false), hostileBroker{script: func(request []byte) []byte {
		good := metadataAnswer(request)
		copy(good[12:], "\x7f\xff\xff\xff") // so many brokers
		return good
	}})
	require.Error(t, err)
}

func mustRequest(t *testing.T) []byte {
	frame, err := protocol.AppendRequest(nil, &MetadataRequest{Version: 4}, 1, "sarama")
	require.NoError(t, err)
	return frame[4:]
}

func TestBrokerThatDiesInTheMiddleOfAnAnswer(t *testing.T) {
	length := len(metadataAnswer(mustRequest(t)))
	for cut := 1; cut < length; cut += 3 {
		err := askHostile(t, hostileConfig(false), hostileBroker{
			script: func(request []byte) []byte { return metadataAnswer(request)[:cut] },
			hangUp: true,
		})
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "cut at %d", cut)
		require.False(t, unsent(err))
	}
}

func TestBrokerThatNeverAnswers(t *testing.T) {
	silent := hostileBroker{script: func([]byte) []byte { return nil }}
	stuck := hostileBroker{script: func(request []byte) []byte {
		good := metadataAnswer(request)
		return good[:len(good)-1]
	}}
	for name, h := range map[string]hostileBroker{"silent": silent, "stuck": stuck} {
		t.Run(name, func(t *testing.T) {
			err := askHostile(t, hurried(hostileConfig(false)), h)
			var network net.Error
			require.ErrorAs(t, err, &network)
			require.True(t, network.Timeout())
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			require.False(t, unsent(err))
		})
	}
	t.Run("versions", func(t *testing.T) {
		err := askHostile(t, hurried(hostileConfig(true)), silent)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
	t.Run("tls", func(t *testing.T) {
		conf := hostileConfig(true)
		conf.Net.TLS.Enable = true
		conf.Net.DialTimeout = 100 * time.Millisecond
		listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel, and that is all
		require.NoError(t, err)
		defer listener.Close()
		b := NewBroker(listener.Addr().String())
		require.NoError(t, b.Open(conf))
		_, err = b.Connected()
		var network net.Error
		require.ErrorAs(t, err, &network)
		require.True(t, network.Timeout())
	})
}

// TestAnnouncedSizesCostNothing has a broker announce answers just below the limit and send little of them.
func TestAnnouncedSizesCostNothing(t *testing.T) {
	before := allocatedBytes()
	for range 5 {
		err := askHostile(t, hostileConfig(false), hostileBroker{
			script: func(request []byte) []byte { return resized(metadataAnswer(request), MaxResponseSize) },
			hangUp: true,
		})
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	require.Less(t, allocatedBytes()-before, uint64(8<<20), "bytes allocated for five announcements of 100 MiB")
}

func allocatedBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// TestHostileAnswersToEachAPI sends the same garbage as the body of the answer to each API.
func TestHostileAnswersToEachAPI(t *testing.T) {
	garbage := bytes.Repeat([]byte{0x7f, 0xff, 0xff, 0xff, 0x00}, 50)
	conf := hostileConfig(false)
	conf.Version = MaxVersion
	addr := hostileBroker{script: func(request []byte) []byte {
		frame := append([]byte{0, 0, 0, 0}, request[4:8]...)
		return resized(append(frame, garbage...), int32(4+len(garbage)))
	}}.listen(t)
	b := NewBroker(addr)
	require.NoError(t, b.Open(conf))
	defer b.Close()
	for _, api := range protocol.APIs() {
		for version := api.MinVersion; version <= protocol.MaxVersionFor(api.Key, MaxVersion); version++ {
			request, err := protocol.NewRequest(api.Key, version)
			require.NoError(t, err)
			response, err := protocol.NewResponse(api.Key, version)
			require.NoError(t, err)
			require.Error(t, b.call(t.Context(), request, response), "%s v%d", api.Name, version)
		}
	}
	connected, err := b.Connected()
	require.True(t, connected, "frames were valid, it is their bodies that were not: %v", err)
}
