package main

import (
	"bytes"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/mux"
)

// request is what the resources look at.
type request struct {
	path    string
	queries []string
	payload []byte
	format  *message.MediaType
	accept  *message.MediaType
	etags   [][]byte
	message *mux.Message
	conn    mux.Conn
}

// reply is what they give back; without a code there is no answer now, and go-coap sends an
// empty acknowledgement to a confirmable request.
type reply struct {
	code    codes.Code
	payload []byte
	format  message.MediaType
	options []message.Option
}

type method func(*request) reply

// resource is one path. go-coap's router knows the path; methods, conditional requests and
// Accept are left to the application and handled here for all resources.
type resource struct {
	attributes map[string]string
	hidden     bool
	methods    map[codes.Code]method
	// formats GET can give, none: whatever it is stored in.
	formats func() []message.MediaType
	// takes is the one format PUT accepts, nil: any.
	takes  *message.MediaType
	exists func() bool
	etag   func() []byte
}

func (r *resource) isThere() bool {
	return r.exists == nil || r.exists()
}

func allOptions(m *mux.Message, id message.OptionID) [][]byte {
	var values [][]byte
	for _, option := range m.Options() {
		if option.ID == id {
			values = append(values, append([]byte{}, option.Value...))
		}
	}
	return values
}

// conditionFails is RFC 7252 section 5.10.8: an empty If-Match means "exists", any other one
// must be the entity tag the resource has now.
func (r *resource) conditionFails(m *mux.Message) bool {
	if m.HasOption(message.IfNoneMatch) && r.isThere() {
		return true
	}
	wanted := allOptions(m, message.IfMatch)
	if len(wanted) == 0 {
		return false
	}
	if !r.isThere() {
		return true
	}
	for _, tag := range wanted {
		if len(tag) == 0 || r.etag != nil && bytes.Equal(tag, r.etag()) {
			return false
		}
	}
	return true
}

// unacceptable is RFC 7252 section 5.10.4.
func (r *resource) unacceptable(accept *message.MediaType) bool {
	if accept == nil || r.formats == nil {
		return false
	}
	for _, format := range r.formats() {
		if format == *accept {
			return false
		}
	}
	return true
}

func (r *resource) answer(q *request) reply {
	code := q.message.Code()
	handle, known := r.methods[code]
	switch {
	case !known:
		return reply{code: codes.MethodNotAllowed}
	case r.conditionFails(q.message):
		return reply{code: codes.PreconditionFailed}
	case code == codes.GET && !r.isThere():
		return reply{code: codes.NotFound}
	case code == codes.GET && r.unacceptable(q.accept):
		return reply{code: codes.NotAcceptable}
	case code == codes.PUT && r.takes != nil && q.format != nil && *q.format != *r.takes:
		return reply{code: codes.UnsupportedMediaType}
	}
	return handle(q)
}

func read(w mux.ResponseWriter, m *mux.Message) (*request, error) {
	q := &request{message: m, conn: w.Conn(), path: m.RouteParams.Path}
	for _, query := range allOptions(m, message.URIQuery) {
		q.queries = append(q.queries, string(query))
	}
	q.etags = allOptions(m, message.ETag)
	if format, err := m.ContentFormat(); err == nil {
		q.format = &format
	}
	if accept, err := m.Accept(); err == nil {
		q.accept = &accept
	}
	var err error
	if m.Body() != nil {
		q.payload, err = m.ReadBody()
	}
	return q, err
}

// ServeCOAP makes a resource a handler of go-coap's router.
func (r *resource) ServeCOAP(w mux.ResponseWriter, m *mux.Message) {
	q, err := read(w, m)
	answer := reply{code: codes.BadRequest}
	if err == nil {
		answer = r.answer(q)
	}
	if answer.code == 0 {
		return
	}
	var body *bytes.Reader
	if answer.payload == nil {
		err = w.SetResponse(answer.code, answer.format, nil, answer.options...)
	} else {
		body = bytes.NewReader(answer.payload)
		err = w.SetResponse(answer.code, answer.format, body, answer.options...)
	}
	// The one error there is says that the client wants no such answer (RFC 7967): so be it.
	_ = err
}
