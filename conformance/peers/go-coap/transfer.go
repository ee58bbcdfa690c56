package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/message/pool"
	"github.com/plgd-dev/go-coap/v3/net/blockwise"
	"github.com/plgd-dev/go-coap/v3/options"
	"github.com/plgd-dev/go-coap/v3/tcp"
	"github.com/plgd-dev/go-coap/v3/udp"
)

const (
	bodyMax         = 4 * 1024 * 1024 // go-coap's own is 64 KiB
	transferTimeout = 2 * time.Minute
)

// peerConn is what a transfer needs of a connection of either kind.
type peerConn interface {
	Get(ctx context.Context, path string, opts ...message.Option) (*pool.Message, error)
	Put(ctx context.Context, path string, format message.MediaType, body io.ReadSeeker,
		opts ...message.Option) (*pool.Message, error)
	Close() error
}

func dial(target *url.URL) (peerConn, error) {
	size := options.WithMaxMessageSize(bodyMax)
	blocks := options.WithBlockwise(true, blockwise.SZX1024, transferTimeout)
	if target.Scheme == "coap+tcp" {
		return tcp.Dial(target.Host, size, blocks)
	}
	return udp.Dial(target.Host, size, blocks)
}

// transfer moves one body: get URI into the file, or put the file there.
func transfer(method, uri, file string) error {
	target, err := url.Parse(uri)
	if err != nil {
		return err
	}
	conn, err := dial(target)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), transferTimeout)
	defer cancel()
	var response *pool.Message
	if method == "put" {
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		response, err = conn.Put(ctx, target.Path, message.AppOctets, bytes.NewReader(body))
		if err != nil {
			return err
		}
	} else {
		response, err = conn.Get(ctx, target.Path)
		if err != nil {
			return err
		}
	}
	if response.Code() >= codes.BadRequest {
		return fmt.Errorf("%v", response.Code())
	}
	if method == "put" {
		return nil
	}
	body, err := response.ReadBody()
	if err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o644)
}
