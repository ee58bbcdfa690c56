package main

import (
	"fmt"
	"sort"
	"strings"
)

// link is one entry of a CoRE link-format document (RFC 6690). An attribute with an empty
// value is a flag, written by its name alone.
type link struct {
	href       string
	attributes map[string]string
}

func (l link) String() string {
	names := make([]string, 0, len(l.attributes))
	for name := range l.attributes {
		names = append(names, name)
	}
	sort.Strings(names)
	text := "<" + l.href + ">"
	for _, name := range names {
		switch value := l.attributes[name]; {
		case value == "":
			text += ";" + name
		case strings.Trim(value, "0123456789") == "":
			text += ";" + name + "=" + value
		default:
			text += fmt.Sprintf(";%s=\"%s\"", name, value)
		}
	}
	return text
}

// matches applies one filter of RFC 6690 section 4.1: rt, if, rel and ct hold values apart by
// spaces that match one by one, and a trailing star makes the pattern a prefix.
func (l link) matches(query string) bool {
	name, pattern, hasPattern := strings.Cut(query, "=")
	value, present := l.attributes[name]
	if name == "href" {
		value, present = l.href, true
	}
	if !present || !hasPattern {
		return present
	}
	candidates := []string{value}
	switch name {
	case "rt", "if", "rel", "ct":
		candidates = append(candidates, strings.Fields(value)...)
	}
	for _, candidate := range candidates {
		prefix := strings.TrimSuffix(pattern, "*")
		if candidate == pattern || prefix != pattern && strings.HasPrefix(candidate, prefix) {
			return true
		}
	}
	return false
}

func formatLinks(links []link, queries []string) string {
	texts := make([]string, 0, len(links))
next:
	for _, l := range links {
		for _, query := range queries {
			if !l.matches(query) {
				continue next
			}
		}
		texts = append(texts, l.String())
	}
	return strings.Join(texts, ",")
}
