package sarama

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"time"

	"golang.org/x/net/proxy"

	"github.com/seed20e6684a/sarama/internal/sasl"
)

// redactedText stands where a secret would.
const redactedText = sasl.Redacted

func redacted(secret string) string {
	if secret == "" {
		return ""
	}
	return redactedText
}

// hidden stands for a value that may hold secrets of its own: it shows its type alone.
type hidden struct{ value any }

// Format implements fmt.Formatter.
func (h hidden) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "(%T)", h.value) }

// hiddenProvider and hiddenDialer are hidden values that fit where their kind is wanted.
type (
	hiddenProvider struct {
		hidden
		AccessTokenProvider
	}
	hiddenDialer struct {
		hidden
		proxy.Dialer
	}
)

// withoutSecrets is a copy to be printed.
func (c Config) withoutSecrets() Config {
	c.Net.SASL.Password = redacted(c.Net.SASL.Password)
	c.Net.SASL.GSSAPI.Password = redacted(c.Net.SASL.GSSAPI.Password)
	if c.Net.SASL.TokenProvider != nil {
		c.Net.SASL.TokenProvider = hiddenProvider{hidden: hidden{c.Net.SASL.TokenProvider}}
	}
	if c.Net.Proxy.Dialer != nil { // it may hold the proxy's password
		c.Net.Proxy.Dialer = hiddenDialer{hidden: hidden{c.Net.Proxy.Dialer}}
	}
	return c
}

// Format implements fmt.Formatter for all verbs, as fmt prints structs, but without passwords and tokens.
func (c Config) Format(f fmt.State, verb rune) {
	type bare Config // without this method
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), bare(c.withoutSecrets()))
}

// MarshalJSON implements json.Marshaler for logs: secrets are left out, and of functions and interfaces there is only the
// type. It is not read back.
func (c Config) MarshalJSON() ([]byte, error) {
	return json.Marshal(plainValue(reflect.ValueOf(c.withoutSecrets())))
}

// Format implements fmt.Formatter for all verbs, as fmt prints structs, but without the password.
func (c GSSAPIConfig) Format(f fmt.State, verb rune) {
	type bare GSSAPIConfig
	c.Password = redacted(c.Password)
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), bare(c))
}

// MarshalJSON implements json.Marshaler for logs, without the password. It is not read back.
func (c GSSAPIConfig) MarshalJSON() ([]byte, error) {
	c.Password = redacted(c.Password)
	return json.Marshal(plainValue(reflect.ValueOf(c)))
}

// Format implements fmt.Formatter without the token.
func (t AccessToken) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "access token with extensions %q", t.Extensions)
}

// Format implements fmt.Formatter without the secret.
func (c OIDCConfig) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "OIDC client "+c.ClientID)
}

// MarshalJSON implements json.Marshaler for logs, without the secret. It is not read back.
func (c OIDCConfig) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"TokenURL": redacted(c.TokenURL), "ClientID": c.ClientID, "Scopes": c.Scopes})
}

// plainValue is a value made of what JSON has.
func plainValue(v reflect.Value) any {
	switch value := v.Interface().(type) {
	case time.Duration:
		return value.String()
	case KafkaVersion:
		return value.String()
	}
	switch v.Kind() {
	case reflect.Struct:
		fields := map[string]any{}
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				fields[field.Name] = plainValue(v.Field(i))
			}
		}
		return fields
	case reflect.Slice:
		elements := []any{}
		for i := range v.Len() {
			elements = append(elements, plainValue(v.Index(i)))
		}
		return elements
	case reflect.Func, reflect.Interface, reflect.Pointer, reflect.Map, reflect.Chan:
		if v.IsNil() {
			return nil
		}
		if v.Kind() == reflect.Interface {
			return plainInterface(v)
		}
		return fmt.Sprintf("(%s)", v.Type())
	}
	return v.Interface()
}

func plainInterface(v reflect.Value) any {
	switch value := v.Interface().(type) {
	case hiddenProvider:
		return fmt.Sprint(value.hidden)
	case hiddenDialer:
		return fmt.Sprint(value.hidden)
	}
	return fmt.Sprintf("(%s)", v.Elem().Type())
}
