// Package smtpd is a real mail server on loopback for tests: it takes letters,
// greylists, refuses, breaks off, is slow, speaks STARTTLS and asks for
// passwords.
package smtpd

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Envelope is a letter as the server took it.
type Envelope struct {
	From string
	To   []string
	Helo string
	User string // who signed in, "" for nobody
	TLS  bool
	Data []byte
}

// Message reads the letter.
func (e Envelope) Message(t testing.TB) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(e.Data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Refusal is an answer in the words of the protocol, such as 451, 4.7.1.
func Refusal(code int, enhanced [3]int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode(enhanced), Message: text}
}

// Step is a moment of the conversation.
type Step string

// The steps at which a server may refuse.
const (
	From Step = "MAIL FROM"
	To   Step = "RCPT TO"
	Data Step = "DATA"
)

// Server is a running server. Set its fields before the first letter.
type Server struct {
	Addr     string // host:port
	CA       string // file with the certificate to trust, "" without TLS
	User     string // who may send, everybody when empty
	Password string
	// Answer decides on a step; address is the sender's or the recipient's.
	Answer func(step Step, address string) error
	// Drop ends the connection once the letter has been read.
	Drop bool
	// Took is told of each letter before the client hears that it is taken.
	Took func(Envelope)

	mu  sync.Mutex
	got []Envelope
}

// Letters are the letters taken so far.
func (s *Server) Letters() []Envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// Plain starts a server without encryption.
func Plain(t testing.TB) *Server { return start(t, nil, false) }

// StartTLS starts a server that offers STARTTLS.
func StartTLS(t testing.TB) *Server { return start(t, certificate(t), false) }

// TLS starts a server that is encrypted from the first byte.
func TLS(t testing.TB) *Server { return start(t, certificate(t), true) }

func start(t testing.TB, cert *tls.Certificate, implicit bool) *Server {
	t.Helper()
	s := &Server{}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	server.Domain, server.AllowInsecureAuth = "mail.test", true
	server.ReadTimeout, server.WriteTimeout = 10*time.Second, 10*time.Second
	server.ErrorLog = log.New(io.Discard, "", 0) // connections that break off are what is tested
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = l.Addr().String()
	if cert != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}}
		s.CA = filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(s.CA, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if implicit {
		l = tls.NewListener(l, server.TLSConfig)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = l.Close() // a server that has not begun to listen would not hear Close
		_ = server.Close()
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return s
}

// certificate is its own authority, for 127.0.0.1.
func certificate(t testing.TB) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// session is one conversation.
type session struct {
	server *Server
	conn   *smtp.Conn
	now    Envelope
	user   string
}

func (s *session) Reset() { s.now = Envelope{} }

func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string {
	if s.server.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.User || password != s.server.Password {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) answer(step Step, address string) error {
	if s.server.User != "" && s.user == "" {
		return smtp.ErrAuthRequired
	}
	if s.server.Answer == nil {
		return nil
	}
	return s.server.Answer(step, address)
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	_, encrypted := s.conn.TLSConnectionState()
	s.now = Envelope{From: from, Helo: s.conn.Hostname(), TLS: encrypted, User: s.user}
	return s.answer(From, from)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.now.To = append(s.now.To, to)
	return s.answer(To, to)
}

func (s *session) Data(r io.Reader) (err error) {
	if s.now.Data, err = io.ReadAll(r); err != nil {
		return err
	}
	if err := s.answer(Data, s.now.From); err != nil {
		return err
	}
	if s.server.Drop {
		return s.conn.Conn().Close()
	}
	s.server.mu.Lock()
	s.server.got = append(s.server.got, s.now)
	s.server.mu.Unlock()
	if s.server.Took != nil {
		s.server.Took(s.now)
	}
	return nil
}
