/* packet_loss.c -- a share of the datagrams, or those named by number. */
#include "api/packet_loss.h"

#include <coap3/coap.h>

#include <stdlib.h>

enum { LOSS_RANGES = 10 };

static struct { unsigned long first, last; } ranges[LOSS_RANGES];
static unsigned int range_count;
static unsigned int lost_of_65536;
static unsigned long sent;

static const char *
read_ranges(const char *at) {
  while (range_count < LOSS_RANGES) {
    char *end;

    ranges[range_count].first = ranges[range_count].last = strtoul(at, &end, 10);
    if (end == at || *at < '0' || *at > '9')
      return at;
    at = end;
    if (*at == '-') {
      ranges[range_count].last = strtoul(at + 1, &end, 10);
      if (end == at + 1)
        return at;
      at = end;
    }
    range_count++;
    if (*at != ',')
      return at;
    at++;
  }
  return at;
}

int
coap_debug_set_packet_loss(const char *loss_level) {
  unsigned long percent;
  char *end;
  const char *stopped;

  if (!loss_level || *loss_level < '0' || *loss_level > '9')
    return 0;
  range_count = 0;
  lost_of_65536 = 0;
  sent = 0;
  percent = strtoul(loss_level, &end, 10);
  if (*end == '%' && end[1] == '\0') {
    lost_of_65536 = (unsigned int)(percent > 100 ? 65536 : percent * 65536 / 100);
    return 1;
  }
  stopped = read_ranges(loss_level);
  if (*stopped == '\0')
    return 1;
  range_count = 0;
  return 0;
}

int
coap_packet_loss_take(void) {
  uint16_t dice = 0;

  if (!lost_of_65536 && !range_count)
    return 0;
  sent++;
  for (unsigned int i = 0; i < range_count; i++) {
    if (sent >= ranges[i].first && sent <= ranges[i].last)
      return 1;
  }
  if (!lost_of_65536)
    return 0;
  coap_prng(&dice, sizeof(dice));
  return dice < lost_of_65536;
}
