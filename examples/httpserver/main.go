// Httpserver is a web server with two producers. What users ask of it, it stores with a SyncProducer: the answer is given when
// Kafka has the record. Its access log it writes with an AsyncProducer, which delays no answer. An interrupt lets requests
// that run be answered, and both producers write what they hold.
//
//	go run ./examples/httpserver
//	go run ./examples/httpserver -brokers localhost:9092 -listen localhost:8080
//	curl -d 'two apples' localhost:8080/orders?key=customer-7
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
	"github.com/seed20e6684a/sarama/examples/internal/local"
)

const (
	logSuffix = "-log"          // of the topic that has the access log
	maxOrder  = 1 << 16         // bytes
	patience  = 5 * time.Second // for a record to be stored, and for requests that run when the server ends
)

func main() { cli.Main(run) }

type options struct {
	local.Options
	listen string
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("httpserver", flag.ContinueOnError)
	flags.StringVar(&o.listen, "listen", "localhost:8080", "`host:port` to listen on; with port 0 a free one is chosen")
	return cli.Run("httpserver", stderr, func() error {
		if err := o.Parse(flags, args, stderr, "Stores what is posted to /orders, and keeps its access log, in Kafka."); err != nil {
			return err
		}
		return serve(ctx, o, stdout, stderr)
	})
}

func serve(ctx context.Context, o options, out, errs io.Writer) error {
	addrs, stop, err := o.Start(out, o.Topic+logSuffix)
	if err != nil {
		return err
	}
	defer stop()
	s, err := newServer(addrs, o.Topic, errs)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return errors.Join(err, s.close())
	}
	fmt.Fprintf(out, "listening on http://%s\n", listener.Addr())
	web := &http.Server{Handler: s.handler(), ReadHeaderTimeout: patience}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(listener) }()
	select {
	case err = <-ended: // only if it fails
	case <-ctx.Done():
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		if err = web.Shutdown(limited); err != nil { // some requests take too long: their contexts end
			err = errors.Join(err, web.Close())
		}
		if stopped := <-ended; !errors.Is(stopped, http.ErrServerClosed) {
			err = errors.Join(err, stopped)
		}
	}
	if err := errors.Join(err, s.close()); err != nil {
		return err
	}
	fmt.Fprintf(out, "stored %d orders, logged %d requests\n", s.orders.Load(), s.logged)
	return nil
}

// server has the producers, one of each kind.
type server struct {
	topic  string
	store  sarama.SyncProducer
	access sarama.AsyncProducer
	errs   io.Writer

	running        sync.WaitGroup // requests
	orders         atomic.Int64   // stored
	drained        chan struct{}  // closed when all outcomes of access are seen, and then these are final:
	logged, failed int
}

func newServer(addrs []string, topic string, errs io.Writer) (*server, error) {
	config := sarama.NewConfig()
	config.ClientID = "httpserver"
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = true
	config.Producer.Return.Successes = true // a SyncProducer needs it
	store, err := sarama.NewSyncProducer(addrs, config)
	if err != nil {
		return nil, err
	}
	config = sarama.NewConfig()
	config.ClientID = "httpserver"
	config.Producer.RequiredAcks = sarama.WaitForLocal
	config.Producer.Compression = sarama.CompressionSnappy
	config.Producer.Flush.Frequency = 100 * time.Millisecond // a log can wait for more lines
	config.Producer.Return.Successes = true
	access, err := sarama.NewAsyncProducer(addrs, config)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return newServerOf(store, access, topic, errs), nil
}

// newServerOf is for tests, too, which have producers of their own.
func newServerOf(store sarama.SyncProducer, access sarama.AsyncProducer, topic string, errs io.Writer) *server {
	s := &server{topic: topic, store: store, access: access, errs: errs, drained: make(chan struct{})}
	go s.drain()
	return s
}

// drain takes the outcomes of the access log until the producer has ended. Were they left, the producer would stand still.
func (s *server) drain() {
	defer close(s.drained)
	successes, failures := s.access.Successes(), s.access.Errors()
	for successes != nil || failures != nil {
		select {
		case _, open := <-successes:
			if !open {
				successes = nil
				continue
			}
			s.logged++
		case failure, open := <-failures:
			if !open {
				failures = nil
				continue
			}
			s.failed++
			fmt.Fprintln(s.errs, "a line of the access log is lost:", failure)
		}
	}
}

// close ends the producers, when no request runs any more: a closed Input takes nothing.
func (s *server) close() error {
	s.running.Wait()
	s.access.AsyncClose()
	<-s.drained
	err := s.store.Close()
	if s.failed > 0 {
		err = errors.Join(err, fmt.Errorf("%d lines of the access log are lost", s.failed))
	}
	return err
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", s.order)
	return s.logs(mux)
}

// order stores what was posted. Records with the same key keep their order.
func (s *server) order(w http.ResponseWriter, r *http.Request) {
	value, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxOrder))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	message := &sarama.ProducerMessage{Topic: s.topic, Value: sarama.ByteEncoder(value)}
	if key := r.URL.Query().Get("key"); key != "" {
		message.Key = sarama.StringEncoder(key)
	}
	partition, offset, err := s.send(r.Context(), message)
	if err != nil {
		fmt.Fprintln(s.errs, "an order is not stored:", err)
		http.Error(w, "the order could not be stored", http.StatusServiceUnavailable)
		return
	}
	s.orders.Add(1)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"topic": s.topic, "partition": partition, "offset": offset})
}

// send gives up after a while where the producer can, as the real one does.
func (s *server) send(ctx context.Context, message *sarama.ProducerMessage) (int32, int64, error) {
	store, can := s.store.(sarama.ExtendedSyncProducer)
	if !can {
		return s.store.SendMessage(message)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return store.SendMessageContext(ctx, message)
}

// line is one of the access log.
type line struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
	Took   string `json:"took"`
}

// logs writes the access log; with the host as key, requests of one host stay in order.
func (s *server) logs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.running.Add(1)
		defer s.running.Done()
		began := time.Now()
		recorded := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorded, r)
		text, err := json.Marshal(line{r.Method, r.URL.Path, recorded.status, time.Since(began).String()})
		if err != nil {
			fmt.Fprintln(s.errs, "a line of the access log:", err)
			return
		}
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		s.access.Input() <- &sarama.ProducerMessage{
			Topic: s.topic + logSuffix, Key: sarama.StringEncoder(host), Value: sarama.ByteEncoder(text),
		}
	})
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}
