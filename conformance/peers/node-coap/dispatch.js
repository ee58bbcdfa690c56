// From a node-coap request to a resource and back. node-coap leaves to the application what
// a resource is, which methods it has, conditional requests and Accept; that is done here.
// Everything else (message layer, options, blocks) is node-coap's own business.
'use strict'

const METHODS = { '0.01': 'GET', '0.02': 'POST', '0.03': 'PUT', '0.04': 'DELETE' }
const FORMATS = { 0: 'text/plain', 40: 'application/link-format', 41: 'application/xml' }

const valuesOf = (request, name) => request.options
  .filter((option) => option.name === name)
  .map((option) => option.value)

// node-coap gives a format it knows as a media type and any other as a number.
function formatNumber (value) {
  const known = Object.entries(FORMATS).find(([, type]) => type === value)
  return known === undefined ? value : Number(known[0])
}

function readRequest (incoming) {
  return {
    path: incoming.url.split('?', 1)[0],
    queries: valuesOf(incoming, 'Uri-Query').map(String),
    payload: incoming.payload,
    accept: formatNumber(incoming.headers.Accept),
    contentFormat: formatNumber(incoming.headers['Content-Format']),
    etags: valuesOf(incoming, 'ETag').map((value) => Buffer.from(value)),
    ifMatch: valuesOf(incoming, 'If-Match'),
    ifNoneMatch: valuesOf(incoming, 'If-None-Match').length > 0
  }
}

// RFC 7252 section 5.10.8: without a resource no If-Match holds; an empty value means
// "exists", any other one must be the entity tag it has now.
function conditionFails (request, resource) {
  const exists = resource !== undefined && resource.exists !== false
  if (request.ifNoneMatch && exists) {
    return true
  }
  return request.ifMatch.length > 0 && !(exists && request.ifMatch.some((wanted) =>
    wanted.length === 0 || (resource.etag !== undefined && resource.etag.equals(wanted))))
}

// RFC 7252 section 5.10.4: Accept names the one format the client can take.
function unacceptable (request, resource) {
  const formats = resource.formats ?? (resource.format === undefined ? [] : [resource.format])
  return request.accept !== undefined && formats.length > 0 && !formats.includes(request.accept)
}

async function answer (site, code, request) {
  const resource = site.get(request.path)
  const method = METHODS[code]
  if (resource === undefined) {
    return { code: method === undefined ? '4.05' : '4.04' }
  }
  if (method === undefined || resource[method] === undefined) {
    return { code: '4.05' }
  }
  if (conditionFails(request, resource)) {
    return { code: '4.12' }
  }
  if (method === 'GET' && resource.exists === false) {
    return { code: '4.04' }
  }
  if (method === 'GET' && unacceptable(request, resource)) {
    return { code: '4.06' }
  }
  const format = request.contentFormat
  if (method === 'PUT' && format !== undefined && resource.accepts?.includes(format) === false) {
    return { code: '4.15' }
  }
  return await resource[method](request)
}

function write (response, { code, payload, format, options = {} }) {
  response.statusCode = code
  for (const [name, value] of Object.entries(options)) {
    response.setOption(name, Array.isArray(value) ? value.map((one) => Buffer.from(one)) : value)
  }
  if (payload === undefined) {
    response.end()
    return
  }
  // A stored representation may have a format without a name here: then the number goes out.
  response.setOption('Content-Format', FORMATS[format] ?? format)
  response.end(Buffer.from(payload))
}

// With Observe 0 node-coap hands out a stream: each write is a notification, and the stream
// finishes when the client is gone.
function observe (response, resource, first) {
  const notify = (text) => response.write(text)
  response.on('finish', () => resource.observers.delete(notify))
  response.setOption('Content-Format', FORMATS[first.format])
  resource.observers.add(notify)
  response.write(first.payload)
}

async function dispatch (site, incoming, response) {
  // An answer that is never acknowledged is reported as an error of the response.
  response.on('error', () => {})
  const request = readRequest(incoming)
  const resource = site.get(request.path)
  const result = await answer(site, incoming.code, request)
  const observing = incoming.headers.Observe === 0 && incoming.code === '0.01'
  if (observing && result.code === '2.05' && resource.observers !== undefined) {
    observe(response, resource, result)
  } else {
    write(response, result)
  }
}

module.exports = { dispatch }
