package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/message/pool"
	"github.com/plgd-dev/go-coap/v3/net/blockwise"
	"github.com/plgd-dev/go-coap/v3/options"
	"github.com/plgd-dev/go-coap/v3/udp"
)

const (
	bodyMax         = 4 * 1024 * 1024 // go-coap's own is 64 KiB
	transferTimeout = 2 * time.Minute
)

// transfer moves one body: get URI into the file, or put the file there.
func transfer(method, uri, file string) error {
	target, err := url.Parse(uri)
	if err != nil {
		return err
	}
	conn, err := udp.Dial(target.Host, options.WithMaxMessageSize(bodyMax),
		options.WithBlockwise(true, blockwise.SZX1024, transferTimeout))
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
