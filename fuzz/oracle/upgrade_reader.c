/* upgrade_reader.c -- see upgrade_reader.h. Each question goes through all of the head anew. */
#include "oracle/upgrade_reader.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PLAIN_MAX 8000U /* a longer head need not be taken */

struct span {
  const char *p;
  size_t n;
};

static struct span
cut(struct span *rest, const char *separator) {
  size_t width = strlen(separator);
  struct span part = {rest->p, 0};
  const char *found = rest->n < width ? NULL : memmem(rest->p, rest->n, separator, width);

  part.n = found ? (size_t)(found - rest->p) : rest->n;
  width = found ? width : 0;
  rest->p += part.n + width;
  rest->n -= part.n + width;
  return part;
}

static struct span
trim(struct span s) {
  while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
    s.p++;
    s.n--;
  }
  while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
    s.n--;
  return s;
}

static int
is(struct span s, const char *word) {
  return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

static int
is_nocase(struct span s, const char *word) {
  return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

/* Elements of lists in all lines of field `name`: how many there are, how many are `word`. */
struct found {
  unsigned int lines;
  unsigned int elements;
  unsigned int matching;
  unsigned int empty; /* to be passed over, or not: RFC 9110 5.6.1 is about lists only */
  struct span value;  /* of the last line */
};

static struct found
find(struct span head, const char *name, const char *word,
     int (*same)(struct span s, const char *word)) {
  struct found f = {0, 0, 0, 0, {NULL, 0}};

  cut(&head, "\r\n");
  while (head.n > 0) {
    struct span line = cut(&head, "\r\n");
    struct span field = cut(&line, ":");

    if (!is_nocase(field, name))
      continue;
    f.lines++;
    f.value = trim(line);
    f.empty += f.value.n == 0 || f.value.p[f.value.n - 1] == ',';
    while (line.n > 0) {
      struct span element = trim(cut(&line, ","));

      f.elements += element.n > 0;
      f.empty += element.n == 0;
      f.matching += same(element, word);
    }
  }
  return f;
}

/* RFC 9112 2.2, 5: lines end with CR LF, names are tokens. 0: not even that; 2: nothing unusual. */
static int
form(struct span head) {
  int plain = head.n <= PLAIN_MAX;
  size_t i;

  for (i = 0; i < head.n; i++) {
    unsigned char c = (unsigned char)head.p[i];

    if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
      return 0;
    if ((c == '\n') != (i > 0 && head.p[i - 1] == '\r'))
      return 0;
    plain &= c < 0x7f && c != '\t';
  }
  cut(&head, "\r\n");
  while (head.n > 2) {
    struct span line = cut(&head, "\r\n");
    struct span field = cut(&line, ":");

    if (field.n == 0 || field.p[field.n] != ':')
      return 0;
    for (i = 0; i < field.n; i++) {
      unsigned char c = (unsigned char)field.p[i];

      if (c >= 0x80 || (!isalnum(c) && strchr("!#$%&'*+-.^_`|~", c) == NULL))
        return 0;
    }
  }
  return plain ? 2 : 1;
}

/* Sixteen bytes in base64 (RFC 6455 4.1 item 7). */
static int
is_key(struct span s) {
  size_t i;

  if (s.n != 24 || s.p[22] != '=' || s.p[23] != '=')
    return 0;
  for (i = 0; i < 22; i++) {
    if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '+' && s.p[i] != '/')
      return 0;
  }
  return 1;
}

/* Its last character carries two bits: the others should be zero (RFC 4648 3.5). */
static int
is_canonical_key(struct span s) {
  return is_key(s) && memchr("AQgw", s.p[21], 4) != NULL;
}

/* A list as everyone writes it: one line, and something between any two commas. */
static int
is_plain_list(struct found f) {
  return f.lines == 1 && f.empty == 0;
}

/* What makes a head that could be taken one that need not be. */
static int
has_unusual_field(struct span head, int is_request) {
  return find(head, "Content-Length", "", is).lines +
             find(head, "Transfer-Encoding", "", is).lines +
             (is_request ? 0 : find(head, "Sec-WebSocket-Extensions", "", is).lines) >
         0;
}

enum upgrade_verdict
upgrade_request(const uint8_t *bytes, size_t len) {
  static const char path[] = "/.well-known/coap";
  struct span head = {(const char *)bytes, len};
  struct span rest = head;
  struct span line = cut(&rest, "\r\n");
  struct span method = cut(&line, " ");
  struct span target = cut(&line, " ");
  size_t n = sizeof(path) - 1;
  struct found host = find(head, "Host", "", is);
  struct found upgrade = find(head, "Upgrade", "websocket", is_nocase);
  struct found connection = find(head, "Connection", "Upgrade", is_nocase);
  struct found version = find(head, "Sec-WebSocket-Version", "13", is);
  struct found key = find(head, "Sec-WebSocket-Key", "", is);
  struct found protocol = find(head, "Sec-WebSocket-Protocol", "coap", is);
  int shape = form(head);

  if (shape == 0 || !is(method, "GET") || !is(line, "HTTP/1.1"))
    return UPGRADE_WRONG;
  if (!is(target, path) &&
      !(target.n > n + 7 && strncasecmp(target.p, "http://", 7) == 0 &&
        strchr("/:@", target.p[7]) == NULL && memcmp(target.p + target.n - n, path, n) == 0))
    return UPGRADE_WRONG;
  /* Each item of RFC 6455 4.2.1, those that stand once only by RFC 9112 3.2 and RFC 6455 11.3. */
  if (host.lines != 1 || upgrade.matching == 0 || connection.matching == 0 || version.lines != 1 ||
      version.matching != 1 || key.lines != 1 || !is_key(key.value) || protocol.matching == 0)
    return UPGRADE_WRONG;
  return shape == 2 && is(target, path) && host.value.n > 0 &&
                 is_nocase(upgrade.value, "websocket") && is(version.value, "13") &&
                 is_canonical_key(key.value) && is_plain_list(protocol) &&
                 is_plain_list(connection) && !has_unusual_field(head, 1)
             ? UPGRADE_RIGHT
             : UPGRADE_OPEN;
}

enum upgrade_verdict
upgrade_answer(const uint8_t *bytes, size_t len, const char *accept) {
  struct span head = {(const char *)bytes, len};
  struct span rest = head;
  struct span line = cut(&rest, "\r\n");
  struct span status;
  struct found upgrade = find(head, "Upgrade", "websocket", is_nocase);
  struct found connection = find(head, "Connection", "Upgrade", is_nocase);
  struct found answer = find(head, "Sec-WebSocket-Accept", accept, is);
  struct found protocol = find(head, "Sec-WebSocket-Protocol", "coap", is);
  struct found extensions = find(head, "Sec-WebSocket-Extensions", "", is);
  int shape = form(head);

  if (shape == 0 || !is(cut(&line, " "), "HTTP/1.1"))
    return UPGRADE_WRONG;
  status = cut(&line, " ");
  /* The items of RFC 6455 4.1 for an answer; no extension is ever asked for here. */
  if (!is(status, "101") || upgrade.matching == 0 || upgrade.matching != upgrade.elements ||
      connection.matching == 0 || answer.lines != 1 || answer.matching != 1 ||
      answer.elements != 1 || protocol.lines != 1 || protocol.matching != 1 ||
      protocol.elements != 1 || extensions.elements > 0)
    return UPGRADE_WRONG;
  return shape == 2 && is_nocase(upgrade.value, "websocket") && is_plain_list(connection) &&
                 is(answer.value, accept) && is(protocol.value, "coap") && line.p[-1] == ' ' &&
                 !has_unusual_field(head, 0)
             ? UPGRADE_RIGHT
             : UPGRADE_OPEN;
}
