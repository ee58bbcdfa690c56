// CoRE link format (RFC 6690): a list of links as text, and the query filter on it.
'use strict'

// An attribute is a string, a number (written bare), or true for a flag such as obs.
function formatAttribute (name, value) {
  if (value === true) {
    return name
  }
  return typeof value === 'number' ? `${name}=${value}` : `${name}="${value}"`
}

function formatLinks (links) {
  return links.map(({ href, attributes }) => {
    const parts = Object.entries(attributes).map(([name, value]) => formatAttribute(name, value))
    return [`<${href}>`, ...parts].join(';')
  }).join(',')
}

// RFC 6690 section 4.1: rt, if and rel hold space-separated values that match one by one,
// and a trailing star makes the pattern a prefix. A link without the attribute never matches.
function matches (link, query) {
  const separator = query.indexOf('=')
  const name = separator < 0 ? query : query.slice(0, separator)
  const value = name === 'href' ? link.href : link.attributes[name]
  if (value === undefined) {
    return false
  }
  if (separator < 0) {
    return true
  }
  const pattern = query.slice(separator + 1)
  const whole = value === true ? '' : String(value)
  const isList = ['rt', 'if', 'rel', 'ct'].includes(name)
  const candidates = isList ? [whole, ...whole.split(' ')] : [whole]
  if (pattern.endsWith('*')) {
    return candidates.some((candidate) => candidate.startsWith(pattern.slice(0, -1)))
  }
  return candidates.includes(pattern)
}

function filterLinks (links, queries) {
  return links.filter((link) => queries.every((query) => matches(link, query)))
}

module.exports = { formatLinks, filterLinks }
