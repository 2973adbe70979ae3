package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/exampletest"
	"github.com/seed20e6684a/sarama/mocks"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRun posts orders to a server with a Kafka inside the program, and interrupts it.
func TestRun(t *testing.T) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var out exampletest.Output
	posted := 0
	exampletest.RunUntil(t, run, &out, func() bool {
		_, url, found := strings.Cut(out.Lines()[len(out.Lines())-1], "listening on ")
		if !found {
			return false
		}
		for posted < 10 {
			answer, err := client.Post(url+"/orders?key=customer-7", "text/plain", strings.NewReader("two apples"))
			if err != nil || answer.StatusCode != http.StatusCreated {
				return false
			}
			posted++
			body, err := io.ReadAll(answer.Body)
			if err != nil || answer.Body.Close() != nil || !strings.Contains(string(body), `"offset":`) {
				return false
			}
		}
		return true
	}, "-listen", "127.0.0.1:0")
	require.Equal(t, "stored 10 orders, logged 10 requests", out.Lines()[len(out.Lines())-1])
}

// TestAnswers by mocks of both producers.
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		method, body string
		store        func(*mocks.SyncProducer)
		status       int
	}{
		"stored":   {http.MethodPost, "a pear", func(p *mocks.SyncProducer) { p.ExpectSendMessageAndSucceed() }, http.StatusCreated},
		"refused":  {http.MethodPost, "a pear", func(p *mocks.SyncProducer) { p.ExpectSendMessageAndFail(sarama.ErrNotEnoughReplicas) }, http.StatusServiceUnavailable},
		"too long": {http.MethodPost, strings.Repeat("x", maxOrder+1), func(*mocks.SyncProducer) {}, http.StatusRequestEntityTooLarge},
		"method":   {http.MethodGet, "", func(*mocks.SyncProducer) {}, http.StatusMethodNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			config := mocks.NewTestConfig()
			config.Producer.Return.Successes = true
			store, access := mocks.NewSyncProducer(t, config), mocks.NewAsyncProducer(t, config)
			c.store(store)
			access.ExpectInputWithMessageCheckerFunctionAndSucceed(func(m *sarama.ProducerMessage) error {
				text, err := m.Value.Encode()
				if err != nil || m.Topic != "fruit-log" || !strings.Contains(string(text), `"method":"`+c.method+`","path":"/orders"`) {
					return errors.New(m.Topic + ": " + string(text))
				}
				return nil
			})
			var errs strings.Builder
			s := newServerOf(store, access, "fruit", &errs)
			w := httptest.NewRecorder()
			s.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, "/orders", strings.NewReader(c.body)))
			require.Equal(t, c.status, w.Code)
			require.NoError(t, s.close())
			require.Equal(t, 1, s.logged)
		})
	}
}

func TestLostLinesOfTheLog(t *testing.T) {
	config := mocks.NewTestConfig()
	store, access := mocks.NewSyncProducer(t, nil), mocks.NewAsyncProducer(t, config)
	access.ExpectInputAndFail(sarama.ErrMessageSizeTooLarge)
	var errs strings.Builder
	s := newServerOf(store, access, "fruit", &errs)
	s.handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	require.ErrorContains(t, s.close(), "1 lines of the access log are lost")
	require.Contains(t, errs.String(), "a line of the access log is lost")
}

func TestCommands(t *testing.T) {
	require.Equal(t, 2, run(t.Context(), []string{"nope"}, io.Discard, io.Discard))
	require.Equal(t, 1, run(t.Context(), []string{"-listen", "256.0.0.1:1"}, io.Discard, io.Discard))
	require.Equal(t, 1, run(t.Context(), []string{"-brokers", "127.0.0.1:1"}, io.Discard, io.Discard))
}
