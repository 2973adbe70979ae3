// Package script is a broker for programs that are run on two libraries: it answers as it is told, and keeps what it
// was asked.
package script

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Topic has one partition, so that no order of maps shows in requests.
const Topic = "orders"

// highest are the versions that the broker has of those requests which the libraries know in different ones.
// Beyond them each would ask in the highest of its own. Fetch ends before sessions (KIP-227), which sarama does not use.
var highest = map[int16]int16{
	0: 7, 1: 6, 2: 5, 3: 7, 8: 7, 9: 7, 10: 2, 11: 5, 12: 3, 13: 3, 14: 3, 15: 4, 16: 3, 17: 1, 19: 4, 20: 3, 22: 3, 24: 2,
	21: 1, 25: 2, 26: 2, 28: 2, 29: 1, 30: 1, 31: 1, 32: 2, 33: 1, 35: 1, 36: 1, 37: 2, 42: 1, 43: 2, 44: 0, 45: 0, 46: 0, 47: 0,
	48: 0, 49: 0, 50: 0, 51: 0, 60: 0,
}

// Env is what a program gets: a broker, and a place for what it sees.
type Env struct {
	Addr   string
	Broker *Broker

	mu    sync.Mutex // guards notes
	notes []string
}

// Broker answers each request in one way that is right, or with the codes that Fail gave it.
type Broker struct {
	listener net.Listener
	closing  chan struct{}
	wg       sync.WaitGroup

	mu       sync.Mutex // guards what follows
	conns    []net.Conn
	requests map[int16][]string
	codes    map[int16][]int16
	log      [][]byte // batches
	next     int64    // the offset after the log
	member   int
	beaten   chan struct{} // closed at the first heartbeat after a member has joined
	replies  map[int16]func(kmsg.Request) kmsg.Response
}

// New starts a broker.
func New() (*Env, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &Broker{listener: l, closing: make(chan struct{}), requests: map[int16][]string{}, codes: map[int16][]int16{}, beaten: make(chan struct{})}
	b.replies = b.defaults()
	b.wg.Add(1)
	go b.accept()
	return &Env{Addr: l.Addr().String(), Broker: b}, nil
}

var inPackage = regexp.MustCompile(`\*?\b(protocol|sarama)\.`)

// Note keeps a line of what the program saw. Names of types are the same for both libraries, and so is the address.
func (e *Env) Note(format string, args ...any) {
	line := strings.ReplaceAll(fmt.Sprintf(format, args...), e.Addr, "BROKER")
	e.mu.Lock()
	defer e.mu.Unlock()
	e.notes = append(e.notes, inPackage.ReplaceAllString(line, "sarama."))
}

// Err keeps an error: its type, and its text.
func (e *Env) Err(what string, err error) {
	e.Note("%s: %T %v", what, err, err)
}

// Close ends the broker and returns what was seen, and what was asked for by the names of the requests.
func (e *Env) Close() (notes []string, requests map[string][]string) {
	b := e.Broker
	close(b.closing)
	_ = b.listener.Close()
	b.mu.Lock()
	for _, c := range b.conns {
		_ = c.Close()
	}
	b.mu.Unlock()
	b.wg.Wait()
	requests = make(map[string][]string)
	for key, all := range b.requests {
		requests[kmsg.NameForKey(key)] = all
	}
	return e.notes, requests
}

// Fail has the next requests of a key answered with codes, one each, and those after them without one.
func (b *Broker) Fail(key int16, codes ...int16) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.codes[key] = codes
}

func (b *Broker) code(key int16) int16 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.codes[key]) == 0 {
		return 0
	}
	c := b.codes[key][0]
	b.codes[key] = b.codes[key][1:]
	return c
}

func (b *Broker) accept() {
	defer b.wg.Done()
	for {
		conn, err := b.listener.Accept()
		if err != nil {
			return
		}
		b.mu.Lock()
		b.conns = append(b.conns, conn)
		b.mu.Unlock()
		select {
		case <-b.closing:
			_ = conn.Close()
			return
		default:
		}
		b.wg.Add(1)
		go b.serve(conn)
	}
}

func (b *Broker) serve(conn net.Conn) {
	defer b.wg.Done()
	defer func() { _ = conn.Close() }()
	for {
		frame, err := readFrame(conn)
		if err != nil {
			return
		}
		reply, err := b.answer(frame)
		if err != nil {
			return
		}
		if reply == nil {
			continue
		}
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}

func readFrame(conn net.Conn) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > 1<<20 {
		return nil, errors.New("a request of more than 1 MiB")
	}
	frame := make([]byte, n)
	_, err := io.ReadFull(conn, frame)
	return frame, err
}

// answer is the whole frame that goes back, nil where none is wanted.
func (b *Broker) answer(frame []byte) ([]byte, error) {
	if len(frame) < 10 {
		return nil, io.ErrUnexpectedEOF
	}
	key, version := int16(binary.BigEndian.Uint16(frame)), int16(binary.BigEndian.Uint16(frame[2:]))
	req := kmsg.RequestForKey(key)
	if req == nil {
		return nil, fmt.Errorf("no request has the key %d", key)
	}
	req.SetVersion(version)
	body := frame[10:]
	if n := int16(binary.BigEndian.Uint16(frame[8:])); n > 0 {
		body = body[n:]
	}
	if req.IsFlexible() {
		body = body[1:]
	}
	if err := req.ReadFrom(body); err != nil {
		return nil, err
	}
	if key != int16(kmsg.Fetch) { // it keeps those that it has an answer for, since the others depend on the clock
		b.keep(key, version, text(req, body))
	}
	reply := b.replies[key]
	if reply == nil {
		return nil, fmt.Errorf("no answer to %s", kmsg.NameForKey(key))
	}
	res := reply(req)
	if p, ok := req.(*kmsg.ProduceRequest); ok && p.Acks == 0 {
		return nil, nil
	}
	out := append([]byte{0, 0, 0, 0}, frame[4:8]...)
	if res.IsFlexible() && key != 18 {
		out = append(out, 0)
	}
	out = res.AppendTo(out)
	binary.BigEndian.PutUint32(out, uint32(len(out)-4))
	return out, nil
}

// keep notes a request. What is asked again and again, as heartbeats are, is noted once.
func (b *Broker) keep(key, version int16, body string) {
	line := "v" + strconv.Itoa(int(version)) + " " + body
	b.mu.Lock()
	defer b.mu.Unlock()
	if all := b.requests[key]; len(all) == 0 || all[len(all)-1] != line {
		b.requests[key] = append(all, line)
	}
	switch kmsg.Key(key) {
	case kmsg.JoinGroup:
		b.beaten = make(chan struct{})
	case kmsg.Heartbeat:
		select {
		case <-b.beaten:
		default:
			close(b.beaten)
		}
	}
}

// AwaitHeartbeat returns when the member that joined last has sent a heartbeat. A session that ends before may have none.
func (b *Broker) AwaitHeartbeat() {
	b.mu.Lock()
	beaten := b.beaten
	b.mu.Unlock()
	select {
	case <-beaten:
	case <-b.closing:
	}
}

// text is a body in hex. Of batches of records it tells the fields apart, so that each can be compared by itself.
func text(r kmsg.Request, body []byte) string {
	switch req := r.(type) {
	case *kmsg.ApiVersionsRequest:
		return "" // it names the library
	case *kmsg.FetchRequest:
		rest := *req
		rest.MaxWaitMillis = 0
		return fmt.Sprintf("wait=%d %x", req.MaxWaitMillis, rest.AppendTo(nil))
	case *kmsg.ProduceRequest:
		for _, t := range req.Topics {
			for _, p := range t.Partitions {
				if at := bytes.Index(body, p.Records); len(p.Records) >= 61 && at >= 0 {
					r := p.Records
					return fmt.Sprintf("%x start=%x epoch=%x magic=%x crc=%x times=%x producer=%x sequence=%x records=%x %x", body[:at],
						r[:12], r[12:16], r[16], r[17:21], r[21:43], r[43:53], r[53:57], r[57:], body[at+len(r):])
				}
			}
		}
	}
	return hex.EncodeToString(body)
}

// appendBatch puts a batch at the end of the log and returns its offset.
func (b *Broker) appendBatch(batch []byte) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := b.next
	if len(batch) < 61 {
		return first
	}
	batch = bytes.Clone(batch)
	binary.BigEndian.PutUint64(batch, uint64(first))
	b.log = append(b.log, batch)
	b.next += int64(binary.BigEndian.Uint32(batch[57:]))
	return first
}

// from is the log from the batch with an offset on, and the offset after the log.
func (b *Broker) from(offset int64) ([]byte, int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := []byte{} // not nil, which is null: sarama does not read it
	for _, batch := range b.log {
		if int64(binary.BigEndian.Uint64(batch))+int64(binary.BigEndian.Uint32(batch[57:])) > offset {
			all = append(all, batch...)
		}
	}
	return all, b.next
}

// pause holds an answer to a fetch back that has no records.
func (b *Broker) pause() {
	timer := time.NewTimer(5 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.closing:
	}
}
