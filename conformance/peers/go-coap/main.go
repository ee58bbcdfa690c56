// Command peer is a plugtest server on go-coap: peer HOST PORT. As peer get|put URI FILE it moves
// one body as a client.
package main

import (
	"fmt"
	"net"
	"os"

	"github.com/plgd-dev/go-coap/v3/mux"
	coapnet "github.com/plgd-dev/go-coap/v3/net"
	"github.com/plgd-dev/go-coap/v3/options"
	"github.com/plgd-dev/go-coap/v3/tcp"
	"github.com/plgd-dev/go-coap/v3/udp"
)

func serve(host, port string) error {
	router := mux.NewRouter()
	fill(router)
	listener, err := coapnet.NewListenUDP("udp", net.JoinHostPort(host, port))
	if err != nil {
		return err
	}
	streams, err := coapnet.NewTCPListener("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return err
	}
	// What goes wrong with one client is no reason to stop; the client sees the consequence.
	ignore := options.WithErrors(func(error) {})
	ended := make(chan error, 2)
	large := options.WithMaxMessageSize(bodyMax)
	go func() { ended <- udp.NewServer(options.WithMux(router), ignore, large).Serve(listener) }()
	go func() { ended <- tcp.NewServer(options.WithMux(router), ignore).Serve(streams) }()
	return <-ended
}

func main() {
	if len(os.Args) == 4 {
		if err := transfer(os.Args[1], os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintf(os.Stderr, "go-coap: %v\n", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "go-coap: usage: peer HOST PORT")
		os.Exit(2)
	}
	if err := serve(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "go-coap: cannot serve on %s port %s: %v\n", os.Args[1], os.Args[2], err)
		os.Exit(1)
	}
}
