// The plugtest resources. Each resource is an object of methods by name; a method takes
// the request of dispatch.js and returns a reply {code, format, payload, options}, or a promise
// of one. What the resource must know of RFC 7252 itself (conditions, Accept) is in dispatch.js.
'use strict'

const { createHash } = require('node:crypto')
const { formatLinks, filterLinks } = require('./links')

const TEXT = 0
const LINK_FORMAT = 40
const XML = 41

const SEPARATE_MS = 1000
const OBSERVE_MS = 2000
const CREATED_MAX = 32

const LARGE = Array.from({ length: 25 }, (_, line) =>
  `line ${String(line).padStart(2, '0')} of a text too long for one block `.padEnd(63, '.') + '\n'
).join('')

const reply = (code, payload, format = TEXT, options = {}) => ({ code, payload, format, options })
const content = (payload, format) => reply('2.05', payload, format)
const empty = (code, options = {}) => ({ code, options })
// node-coap reads entity tags as text, so these are made of ASCII characters.
const etagOf = (payload) =>
  Buffer.from(createHash('sha256').update(payload).digest('hex').slice(0, 8))

// A resource that always exists and has one text.
function fixed (text, attributes = {}) {
  return { attributes, format: TEXT, GET: () => content(text) }
}

// A resource that a client replaces as a whole with PUT, in any format.
function stored (initial, attributes = {}) {
  const state = { payload: Buffer.from(initial), format: TEXT }
  return {
    attributes,
    get format () { return state.format },
    GET: () => content(state.payload, state.format),
    PUT: (request) => {
      state.payload = request.payload
      state.format = request.contentFormat ?? TEXT
      return empty('2.04')
    },
    state
  }
}

function testResource (site) {
  const initial = 'a plain text resource'
  const created = '/location1/location2/location3'
  let text = initial
  let posts = 0
  return {
    attributes: {},
    format: TEXT,
    accepts: [TEXT],
    GET: () => content(text),
    PUT: (request) => {
      text = request.payload
      return empty('2.04')
    },
    // The text counts the executions, so that a duplicate that was executed twice shows.
    POST: (request) => {
      const before = site.has(created)
      const made = stored(request.payload)
      delete made.PUT
      made.hidden = true
      made.DELETE = () => {
        site.delete(created)
        return empty('2.02')
      }
      site.set(created, made)
      posts += 1
      const options = before ? {} : { 'Location-Path': ['location1', 'location2', 'location3'] }
      return reply(before ? '2.04' : '2.01', `post ${posts}`, TEXT, options)
    },
    DELETE: () => {
      text = initial
      return empty('2.02')
    }
  }
}

// Exists only between a PUT and a DELETE (If-None-Match is meant for this one).
function createResource () {
  let made = null
  return {
    attributes: {},
    hidden: true,
    get exists () { return made !== null },
    get format () { return made?.format ?? TEXT },
    GET: () => made.GET(),
    PUT: (request) => {
      if (made !== null) {
        return made.PUT(request)
      }
      made = stored('')
      made.PUT(request)
      return empty('2.01')
    },
    DELETE: () => {
      made = null
      return empty('2.02')
    }
  }
}

function largeCreate (site) {
  const paths = []
  let count = 0
  return {
    attributes: {},
    POST: (request) => {
      count += 1
      const path = `/large-create/${count}`
      const made = stored('')
      made.PUT(request)
      delete made.PUT
      made.hidden = true
      made.DELETE = () => {
        site.delete(path)
        return empty('2.02')
      }
      site.set(path, made)
      paths.push(path)
      if (paths.length > CREATED_MAX) {
        site.delete(paths.shift())
      }
      return empty('2.01', { 'Location-Path': ['large-create', String(count)] })
    }
  }
}

function validate () {
  const resource = stored('a text that an entity tag stands for')
  const etag = () => etagOf(resource.state.payload)
  Object.defineProperty(resource, 'etag', { get: etag })
  resource.accepts = [TEXT]
  resource.GET = (request) => {
    if (request.etags.some((known) => known.equals(etag()))) {
      return empty('2.03', { ETag: etag() })
    }
    return reply('2.05', resource.state.payload, TEXT, { ETag: etag() })
  }
  return resource
}

function observable () {
  let count = 0
  const observers = new Set()
  setInterval(() => {
    count += 1
    observers.forEach((write) => write(`count ${count}`))
  }, OBSERVE_MS).unref()
  const GET = () => content(`count ${count}`)
  return { attributes: { obs: true }, format: TEXT, observers, GET }
}

function multiFormat () {
  return {
    attributes: { ct: '0 41' },
    formats: [TEXT, XML],
    GET: (request) => request.accept === XML
      ? content('<text>one thing in two formats</text>', XML)
      : content('one thing in two formats')
  }
}

function locationQuery () {
  return {
    ...fixed('created here'),
    POST: () => empty('2.01', {
      'Location-Path': ['location-query'],
      'Location-Query': ['first=1', 'second=2']
    })
  }
}

function discovery (site) {
  const links = () => [...site]
    .filter(([, resource]) => resource.hidden !== true)
    .map(([href, resource]) => ({ href, attributes: resource.attributes }))
  return {
    attributes: { ct: LINK_FORMAT },
    format: LINK_FORMAT,
    GET: (request) => content(formatLinks(filterLinks(links(), request.queries)), LINK_FORMAT)
  }
}

function createSite () {
  const site = new Map()
  const sub = [1, 2, 3].map((n) => `/path/sub${n}`)
  const add = (path, resource) => site.set(path, resource)
  add('/', { ...fixed('coapspec reference peer: node-coap'), hidden: true })
  add('/.well-known/core', discovery(site))
  add('/test', testResource(site))
  add('/seg1/seg2/seg3', fixed('three segments'))
  add('/query', { ...fixed(''), GET: ({ queries }) => content(queries.join('\n') || 'no query') })
  add('/separate', {
    ...fixed(''),
    GET: () => new Promise((resolve) => setTimeout(resolve, SEPARATE_MS, content('a late answer')))
  })
  add('/large', fixed(LARGE, { sz: LARGE.length }))
  add('/large-update', stored('nothing uploaded yet'))
  add('/large-create', largeCreate(site))
  add('/large-post', {
    attributes: {},
    POST: ({ payload }) => reply('2.04', String(payload).toUpperCase())
  })
  add('/obs', observable())
  add('/location-query', locationQuery())
  add('/multi-format', multiFormat())
  add('/validate', validate())
  add('/create1', createResource())
  add('/link1', fixed('link 1', { rt: 'Type1 Type2', if: 'If1' }))
  add('/link2', fixed('link 2', { rt: 'Type2 Type3', if: 'If2' }))
  add('/link3', fixed('link 3', { rt: 'Type1 Type3', if: 'foo' }))
  add('/path', {
    attributes: { ct: LINK_FORMAT },
    format: LINK_FORMAT,
    GET: () => content(formatLinks(sub.map((href) => ({ href, attributes: {} }))), LINK_FORMAT)
  })
  sub.forEach((path) => add(path, fixed(path)))
  return site
}

module.exports = { createSite }
