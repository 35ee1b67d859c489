// Package clamd asks ClamAV's daemon whether a file holds a virus. It speaks
// INSTREAM (clamd(8)): the bytes travel over the connection, so that the daemon
// needs no access to our folder and may be on another machine.
package clamd

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// patience bounds one conversation.
const patience = 2 * time.Minute

// ErrAddress says that an address is neither tcp:HOST:PORT nor unix:PATH.
var ErrAddress = errors.New("clamd: the address is neither tcp:HOST:PORT nor unix:PATH")

// Client asks one daemon. It keeps no connection: clamd closes each one.
type Client struct{ network, address string }

// New reads tcp:HOST:PORT or unix:PATH. Nothing is asked of the daemon yet.
func New(address string) (*Client, error) {
	network, rest, ok := strings.Cut(address, ":")
	if !ok || rest == "" || network != "tcp" && network != "unix" {
		return nil, fmt.Errorf("%w: %q", ErrAddress, address)
	}
	return &Client{network, rest}, nil
}

// Scan sends a file. finding is the name of what was found in it, "" when it is
// clean. An error means that nobody knows: it must not count as clean.
func (c *Client) Scan(ctx context.Context, r io.Reader) (finding string, err error) {
	reply, err := c.ask(ctx, "INSTREAM", r)
	if err != nil {
		return "", err
	}
	answer := strings.TrimPrefix(reply, "stream: ")
	if answer == "OK" {
		return "", nil
	}
	if finding, found := strings.CutSuffix(answer, " FOUND"); found && finding != "" {
		return finding, nil
	}
	return "", fmt.Errorf("clamd: it answered %.200q", reply)
}

// Ping tells whether the daemon is there, and its version with that of its
// signatures.
func (c *Client) Ping(ctx context.Context) (version string, err error) {
	return c.ask(ctx, "VERSION", nil)
}

func (c *Client) ask(ctx context.Context, command string, body io.Reader) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, c.network, c.address)
	if err != nil {
		return "", fmt.Errorf("clamd: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	_, sending := io.WriteString(conn, "z"+command+"\x00")
	if sending == nil && body != nil {
		sending = send(conn, body)
	}
	// A daemon that has seen enough answers and closes before all is sent: its
	// answer says more than the broken pipe.
	reply, err := io.ReadAll(io.LimitReader(conn, 4096))
	text := strings.TrimRight(string(reply), "\x00\n")
	if text == "" {
		return "", errors.Join(errors.New("clamd: no answer"), sending, err)
	}
	return text, nil
}

// send writes chunks, each after its length in four bytes; length 0 ends them.
func send(w io.Writer, r io.Reader) error {
	buffer := make([]byte, 4+64<<10)
	for {
		n, err := io.ReadFull(r, buffer[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buffer, uint32(n))
			if _, err := w.Write(buffer[:4+n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			_, err := w.Write([]byte{0, 0, 0, 0})
			return err
		}
		if err != nil {
			return err
		}
	}
}
