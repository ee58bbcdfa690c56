package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/mux"
)

const (
	separateDelay = time.Second
	createdMax    = 32
)

var (
	text       = message.TextPlain
	linkFormat = message.AppLinkFormat
)

// site is the router and what it takes to list its resources.
type site struct {
	mutex     sync.Mutex
	router    *mux.Router
	order     []string
	resources map[string]*resource
}

func (s *site) add(path string, r *resource) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, before := s.resources[path]; !before {
		s.order = append(s.order, path)
	}
	s.resources[path] = r
	if err := s.router.Handle(path, r); err != nil {
		panic(err) // the paths are all from this file
	}
}

// remove says whether there was such a resource.
func (s *site) remove(path string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, present := s.resources[path]; !present {
		return false
	}
	delete(s.resources, path)
	for i, other := range s.order {
		if other == path {
			s.order = append(s.order[:i:i], s.order[i+1:]...)
			break
		}
	}
	return s.router.HandleRemove(path) == nil
}

func (s *site) has(path string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.resources[path] != nil
}

func (s *site) links() []link {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var links []link
	for _, path := range s.order {
		if r := s.resources[path]; !r.hidden {
			links = append(links, link{path, r.attributes})
		}
	}
	return links
}

func content(payload string, format message.MediaType) reply {
	return reply{code: codes.Content, payload: []byte(payload), format: format}
}

func just(format message.MediaType) func() []message.MediaType {
	return func() []message.MediaType { return []message.MediaType{format} }
}

func values(id message.OptionID, texts ...string) []message.Option {
	var made []message.Option
	for _, value := range texts {
		made = append(made, message.Option{ID: id, Value: []byte(value)})
	}
	return made
}

// fixed always has the same text.
func fixed(body string, attributes map[string]string) *resource {
	return &resource{
		attributes: attributes,
		formats:    just(text),
		methods: map[codes.Code]method{
			codes.GET: func(*request) reply { return content(body, text) },
		},
	}
}

// store keeps one representation in the format it came in.
type store struct {
	mutex   sync.Mutex
	payload []byte
	format  message.MediaType
}

func (s *store) take(q *request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.payload, s.format = q.payload, text
	if q.format != nil {
		s.format = *q.format
	}
}

func (s *store) get() ([]byte, message.MediaType) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.payload, s.format
}

// stored is replaced as a whole with PUT.
func stored(initial string) (*resource, *store) {
	s := &store{payload: []byte(initial), format: text}
	r := &resource{
		formats: func() []message.MediaType {
			_, format := s.get()
			return []message.MediaType{format}
		},
		methods: map[codes.Code]method{
			codes.GET: func(*request) reply {
				payload, format := s.get()
				return content(string(payload), format)
			},
			codes.PUT: func(q *request) reply {
				s.take(q)
				return reply{code: codes.Changed}
			},
		},
	}
	return r, s
}

// make adds what a POST made; DELETE takes it away again.
func (s *site) make(path string, q *request) {
	r, kept := stored("")
	kept.take(q)
	r.hidden = true
	delete(r.methods, codes.PUT)
	r.methods[codes.DELETE] = func(*request) reply {
		s.remove(path)
		return reply{code: codes.Deleted}
	}
	s.add(path, r)
}

func test(s *site) *resource {
	const initial = "a plain text resource"
	location := []string{"location1", "location2", "location3"}
	r, kept := stored(initial)
	r.takes = &text
	var mutex sync.Mutex
	posts := 0
	r.methods[codes.POST] = func(q *request) reply {
		mutex.Lock()
		defer mutex.Unlock()
		path := "/" + strings.Join(location, "/")
		before := s.has(path)
		s.make(path, q)
		// The text counts the executions: a duplicate that was executed twice shows.
		posts++
		done := fmt.Sprintf("post %d", posts)
		if before {
			return reply{code: codes.Changed, payload: []byte(done), format: text}
		}
		return reply{
			code: codes.Created, payload: []byte(done), format: text,
			options: values(message.LocationPath, location...),
		}
	}
	r.methods[codes.DELETE] = func(*request) reply {
		kept.take(&request{payload: []byte(initial)})
		return reply{code: codes.Deleted}
	}
	return r
}

func largeCreate(s *site) *resource {
	var mutex sync.Mutex
	var paths []string
	count := 0
	return &resource{methods: map[codes.Code]method{codes.POST: func(q *request) reply {
		mutex.Lock()
		defer mutex.Unlock()
		count++
		name := strconv.Itoa(count)
		path := "/large-create/" + name
		s.make(path, q)
		paths = append(paths, path)
		if len(paths) > createdMax {
			s.remove(paths[0])
			paths = paths[1:]
		}
		return reply{code: codes.Created, options: values(message.LocationPath, "large-create", name)}
	}}}
}

// separate answers with a message of its own, a second after the request.
func separate(q *request) reply {
	token := append(message.Token{}, q.message.Token()...)
	kind := q.message.Type()
	conn := q.conn
	time.AfterFunc(separateDelay, func() {
		m := conn.AcquireMessage(conn.Context())
		defer conn.ReleaseMessage(m)
		m.SetType(kind)
		m.SetCode(codes.Content)
		m.SetToken(token)
		m.SetContentFormat(text)
		m.SetBody(bytes.NewReader([]byte("a late answer")))
		// A client that is gone by now is nothing to report.
		_ = conn.WriteMessage(m)
	})
	return reply{}
}

func validate() *resource {
	r, kept := stored("a text that an entity tag stands for")
	r.takes = &text
	r.etag = func() []byte {
		payload, _ := kept.get()
		sum := sha256.Sum256(payload)
		return sum[:4]
	}
	r.methods[codes.GET] = func(q *request) reply {
		tag := []message.Option{{ID: message.ETag, Value: r.etag()}}
		for _, known := range q.etags {
			if bytes.Equal(known, tag[0].Value) {
				return reply{code: codes.Valid, options: tag}
			}
		}
		payload, format := kept.get()
		return reply{code: codes.Content, payload: payload, format: format, options: tag}
	}
	return r
}

// create exists only between a PUT and a DELETE.
func create() *resource {
	r, kept := stored("")
	var mutex sync.Mutex
	there := false
	set := func(now bool) bool {
		mutex.Lock()
		defer mutex.Unlock()
		before := there
		there = now
		return before
	}
	r.hidden = true
	r.exists = func() bool {
		mutex.Lock()
		defer mutex.Unlock()
		return there
	}
	r.methods[codes.PUT] = func(q *request) reply {
		kept.take(q)
		if set(true) {
			return reply{code: codes.Changed}
		}
		return reply{code: codes.Created}
	}
	r.methods[codes.DELETE] = func(*request) reply {
		set(false)
		return reply{code: codes.Deleted}
	}
	return r
}

func multiFormat() *resource {
	r := fixed("one thing in two formats", map[string]string{"ct": "0 41"})
	r.formats = func() []message.MediaType { return []message.MediaType{text, message.AppXML} }
	plain := r.methods[codes.GET]
	r.methods[codes.GET] = func(q *request) reply {
		if q.accept != nil && *q.accept == message.AppXML {
			return content("<text>one thing in two formats</text>", message.AppXML)
		}
		return plain(q)
	}
	return r
}

func locationQuery() *resource {
	r := fixed("created here", nil)
	r.methods[codes.POST] = func(*request) reply {
		made := values(message.LocationPath, "location-query")
		made = append(made, values(message.LocationQuery, "first=1", "second=2")...)
		return reply{code: codes.Created, options: made}
	}
	return r
}

func large() string {
	var lines strings.Builder
	for line := 0; line < 25; line++ {
		start := fmt.Sprintf("line %02d of a text too long for one block ", line)
		lines.WriteString(start + strings.Repeat(".", 63-len(start)) + "\n")
	}
	return lines.String()
}

func document(links func() []link, filtered bool, attributes map[string]string) *resource {
	r := &resource{attributes: attributes, formats: just(linkFormat)}
	r.methods = map[codes.Code]method{codes.GET: func(q *request) reply {
		var queries []string
		if filtered {
			queries = q.queries
		}
		return content(formatLinks(links(), queries), linkFormat)
	}}
	return r
}

// fill puts the plugtest resources on the router.
func fill(router *mux.Router) {
	s := &site{router: router, resources: map[string]*resource{}}
	root := fixed("coapspec reference peer: go-coap", nil)
	root.hidden = true
	s.add("/", root)
	s.add("/.well-known/core", document(s.links, true, map[string]string{"ct": "40"}))
	s.add("/test", test(s))
	s.add("/seg1/seg2/seg3", fixed("three segments", nil))
	s.add("/query", &resource{formats: just(text), methods: map[codes.Code]method{
		codes.GET: func(q *request) reply {
			if len(q.queries) == 0 {
				return content("no query", text)
			}
			return content(strings.Join(q.queries, "\n"), text)
		},
	}})
	s.add("/separate", &resource{
		formats: just(text), methods: map[codes.Code]method{codes.GET: separate},
	})
	s.add("/large", fixed(large(), map[string]string{"sz": strconv.Itoa(len(large()))}))
	update, _ := stored("nothing uploaded yet")
	s.add("/large-update", update)
	s.add("/large-create", largeCreate(s))
	s.add("/large-post", &resource{methods: map[codes.Code]method{
		codes.POST: func(q *request) reply {
			return reply{code: codes.Changed, payload: bytes.ToUpper(q.payload), format: text}
		},
	}})
	s.add("/obs", observable())
	s.add("/location-query", locationQuery())
	s.add("/multi-format", multiFormat())
	s.add("/validate", validate())
	s.add("/create1", create())
	s.add("/link1", fixed("link 1", map[string]string{"rt": "Type1 Type2", "if": "If1"}))
	s.add("/link2", fixed("link 2", map[string]string{"rt": "Type2 Type3", "if": "If2"}))
	s.add("/link3", fixed("link 3", map[string]string{"rt": "Type1 Type3", "if": "foo"}))
	var subs []link
	for n := 1; n <= 3; n++ {
		subs = append(subs, link{href: fmt.Sprintf("/path/sub%d", n)})
	}
	s.add("/path", document(func() []link { return subs }, false, map[string]string{"ct": "40"}))
	for _, sub := range subs {
		s.add(sub.href, fixed(sub.href, nil))
	}
}
