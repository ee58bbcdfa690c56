// Moves one body with node-coap's client: transfer.js get|put URI FILE
'use strict'

const fs = require('node:fs')
const coap = require('coap')

const SZX_1024 = 6

const [method, uri, file] = process.argv.slice(2)
const { hostname, port, pathname, search } = new URL(uri)
const request = coap.request({
  hostname,
  port: Number(port),
  pathname,
  query: search.slice(1),
  method: method.toUpperCase()
})

function fail (text) {
  process.stderr.write(`node-coap: ${text}\n`)
  process.exit(1)
}

request.on('error', (error) => fail(error.message))
request.on('response', (response) => {
  if (!response.code.startsWith('2.')) {
    fail(response.code)
  }
  if (method === 'get') {
    fs.writeFileSync(file, response.payload)
  }
  process.exit(0)
})
if (method === 'put') {
  request.setOption('Content-Format', 'application/octet-stream')
  // Asks node-coap to send the payload in blocks of that size.
  request.setOption('Block1', Buffer.of(SZX_1024))
  request.write(fs.readFileSync(file))
}
request.end()
