// A plugtest server on node-coap: server.js HOST PORT
'use strict'

const coap = require('coap')
const { createSite } = require('./site')
const { dispatch } = require('./dispatch')

const [host, port] = process.argv.slice(2)
const site = createSite()
// Address sharing, node-coap's default, would let two servers bind the same port.
const server = coap.createServer({ reuseAddr: false })

server.on('request', (request, response) => {
  dispatch(site, request, response).catch((error) => {
    process.stderr.write(`node-coap: ${error.message}\n`)
  })
})
server.on('error', (error) => {
  process.stderr.write(`node-coap: cannot serve on ${host} port ${port}: ${error.message}\n`)
  process.exit(1)
})
server.listen(Number(port), host)
