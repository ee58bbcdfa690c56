package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/mux"
)

const observePeriod = 2 * time.Second

// observer is one registration; go-coap leaves the list of them to the application.
type observer struct {
	conn     mux.Conn
	token    message.Token
	kind     message.Type
	sequence uint32
}

func (o *observer) key() string {
	return o.conn.RemoteAddr().String() + " " + o.token.String()
}

func (o *observer) notify(body string) error {
	m := o.conn.AcquireMessage(o.conn.Context())
	defer o.conn.ReleaseMessage(m)
	m.SetType(o.kind)
	m.SetCode(codes.Content)
	m.SetToken(o.token)
	m.SetObserve(o.sequence)
	m.SetContentFormat(text)
	m.SetBody(bytes.NewReader([]byte(body)))
	return o.conn.WriteMessage(m)
}

// counter is a text that changes by itself, and those who want to know.
type counter struct {
	mutex     sync.Mutex
	count     int
	observers map[string]*observer
}

func (c *counter) body() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return fmt.Sprintf("count %d", c.count)
}

func (c *counter) forget(key string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.observers, key)
}

func (c *counter) tick() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.count++
	body := fmt.Sprintf("count %d", c.count)
	for key, o := range c.observers {
		o.sequence++
		snapshot := *o
		go func(key string) {
			// go-coap has retransmitted by then: the client is gone (RFC 7641 section 4.5).
			if err := snapshot.notify(body); err != nil {
				c.forget(key)
			}
		}(key)
	}
}

func (c *counter) get(q *request) reply {
	answer := content(c.body(), text)
	wanted, err := q.message.Observe()
	if err != nil {
		return answer
	}
	o := &observer{
		conn:  q.conn,
		token: append(message.Token{}, q.message.Token()...),
		kind:  q.message.Type(),
		// The registration is answered with this number, each notification with a higher one.
		sequence: 1,
	}
	if wanted != 0 {
		c.forget(o.key())
		return answer
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if before, again := c.observers[o.key()]; again {
		o.sequence = before.sequence + 1
	}
	c.observers[o.key()] = o
	number := make([]byte, 4)
	binary.BigEndian.PutUint32(number, o.sequence)
	number = bytes.TrimLeft(number, "\x00")
	answer.options = []message.Option{{ID: message.Observe, Value: number}}
	return answer
}

func observable() *resource {
	c := &counter{observers: map[string]*observer{}}
	go func() {
		for range time.Tick(observePeriod) {
			c.tick()
		}
	}()
	return &resource{
		attributes: map[string]string{"obs": ""},
		formats:    just(text),
		methods:    map[codes.Code]method{codes.GET: c.get},
	}
}
