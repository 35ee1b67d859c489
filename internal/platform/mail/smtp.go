package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"beffroi/internal/platform/fault"
)

// patience bounds a whole conversation with a server.
const patience = time.Minute

// Server is the mail server through which letters leave.
type Server struct {
	host    string
	options []gomail.Option
}

// schemes are the ways to speak to a server, with their ports.
var schemes = map[string]struct {
	port int
	tls  gomail.Option
}{
	"smtp":       {587, gomail.WithTLSPolicy(gomail.TLSMandatory)}, // STARTTLS, without which nothing is said
	"smtps":      {465, gomail.WithSSL()},
	"smtp+plain": {25, gomail.WithTLSPolicy(gomail.NoTLS)}, // in the clear: for a server on the same machine
}

// ParseServer reads the address of a mail server:
//
//	smtp://user@mail.example.org:587    STARTTLS, certificate checked
//	smtps://user@mail.example.org:465   TLS from the first byte
//	smtp+plain://127.0.0.1:25           in the clear
//
// ?helo=NAME is the name by which we greet it, ?ca=FILE holds certificates of an
// authority of one's own. The password comes apart, never in an address that
// other users of the machine see.
func ParseServer(address, password string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, serverFault("smtp.url", "://", err) // the error repeats the address, which may hold a password
	}
	scheme, ok := schemes[u.Scheme]
	switch _, inside := u.User.Password(); {
	case !ok || u.Hostname() == "" || strings.Trim(u.Path, "/") != "":
		return nil, serverFault("smtp.url", u.Redacted(), nil)
	case inside:
		return nil, serverFault("smtp.password", u.Redacted(), nil)
	case u.User.Username() != "" && password == "":
		return nil, serverFault("smtp.nopassword", u.Redacted(), nil)
	}
	port := scheme.port
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return nil, serverFault("smtp.url", u.Redacted(), err)
		}
	}
	s := &Server{host: u.Hostname(), options: []gomail.Option{scheme.tls, gomail.WithPort(port), gomail.WithTimeout(patience), gomail.WithoutNoop()}}
	if user := u.User.Username(); user != "" {
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user), gomail.WithPassword(password))
	}
	return s, s.refine(u)
}

// refine reads what stands behind the question mark.
func (s *Server) refine(u *url.URL) error {
	for name, values := range u.Query() {
		switch value := values[len(values)-1]; {
		case name == "helo" && value != "":
			s.options = append(s.options, gomail.WithHELO(value))
		case name == "ca":
			config, err := trust(value, s.host)
			if err != nil {
				return serverFault("smtp.ca", value, err)
			}
			s.options = append(s.options, gomail.WithTLSConfig(config))
		default:
			return serverFault("smtp.url", u.Redacted(), nil)
		}
	}
	if _, err := s.client(); err != nil {
		return serverFault("smtp.url", u.Redacted(), err)
	}
	return nil
}

func serverFault(code, value string, err error) error {
	return &fault.Error{Kind: fault.BadRequest, Code: code, Args: fault.Args{"value": value}, Err: err}
}

// faults of the server's address:
// i18n: fault.smtp.url fault.smtp.password fault.smtp.nopassword fault.smtp.ca

// trust is the configuration of TLS that also trusts the certificates of a file.
func trust(path, host string) (*tls.Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, err
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate in PEM")
	}
	return &tls.Config{RootCAs: pool, ServerName: host, MinVersion: tls.VersionTLS12}, nil
}

// client is made anew for each conversation: it costs nothing beside one.
func (s *Server) client() (*gomail.Client, error) { return gomail.NewClient(s.host, s.options...) }

// outcome is what a server said to a letter.
type outcome struct {
	delivered bool
	final     bool   // 5xx: it never will
	nobody    bool   // the address itself is at fault
	answer    string // in the server's words
}

// post hands a message over. What happens after the server took it does not
// matter any more.
func (s *Server) post(ctx context.Context, m *gomail.Msg) outcome {
	client, err := s.client()
	if err != nil {
		return outcome{answer: err.Error()}
	}
	talk, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return outcome{answer: err.Error()} // a password refused is for the operator to mend, not for the letter to end
	}
	defer func() {
		_ = client.CloseWithSMTPClient(talk)
		_ = talk.Close()
	}()
	err = client.SendWithSMTPClient(talk, m)
	if m.IsDelivered() {
		return outcome{delivered: true, answer: m.ServerResponse()}
	}
	return refusal(err)
}

// refusal reads what kept a server from taking a letter.
func refusal(err error) outcome {
	o := outcome{answer: "?"}
	if err != nil {
		o.answer = err.Error()
	}
	e, ok := errors.AsType[*gomail.SendError](err)
	if !ok {
		return o
	}
	code := e.ErrorCode()
	o.final = code >= 500
	if o.final && e.Reason == gomail.ErrSMTPRcptTo {
		if status := e.EnhancedStatusCode(); status != "" {
			o.nobody = hopeless(status)
		} else {
			o.nobody = slices.Contains([]int{550, 551, 553}, code)
		}
	}
	return o
}

// hopeless tells whether a status (RFC 3463) says that the address itself is
// wrong: there is no such mailbox, or it is disabled. A full mailbox, a letter
// that is too long or not wanted today says nothing about tomorrow.
func hopeless(status string) bool {
	class, rest, _ := strings.Cut(status, ".")
	return class == "5" && (strings.HasPrefix(rest, "1.") || rest == "2.0" || rest == "2.1")
}

// check speaks to the server as if a letter of a sender were to leave, and
// leaves again; it gives the address that answered.
func (s *Server) check(ctx context.Context, sender string) (string, error) {
	client, err := s.client()
	if err != nil {
		return "", err
	}
	talk, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return "", fmt.Errorf("mail: %s: %w", client.ServerAddr(), err)
	}
	defer talk.Close()
	if err := talk.Mail(sender); err != nil {
		return "", fmt.Errorf("mail: %s refuses the sender %s: %w", client.ServerAddr(), sender, err)
	}
	if err := talk.Reset(); err != nil {
		return "", fmt.Errorf("mail: %s: %w", client.ServerAddr(), err)
	}
	return client.ServerAddr(), client.CloseWithSMTPClient(talk)
}
