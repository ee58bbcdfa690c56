/* coap_mem.h -- memory from the library's allocator. */
#ifndef COAP_MEM_H_
#define COAP_MEM_H_

#include <coap3/coap_forward_decls.h>

COAP_BEGIN_DECLS

/* What a block is for; this library has one allocator for all. */
typedef enum coap_memory_tag_t {
  COAP_STRING,
  COAP_ATTRIBUTE_NAME,
  COAP_ATTRIBUTE_VALUE,
  COAP_PACKET,
  COAP_NODE,
  COAP_CONTEXT,
  COAP_ENDPOINT,
  COAP_PDU,
  COAP_PDU_BUF,
  COAP_RESOURCE,
  COAP_RESOURCEATTR,
  COAP_SESSION,
  COAP_OPTLIST,
  COAP_CACHE_KEY,
  COAP_CACHE_ENTRY,
  COAP_LG_XMIT,
  COAP_LG_CRCV,
  COAP_LG_SRCV,
  COAP_DIGEST_CTX,
  COAP_SUBSCRIPTION,
  COAP_DTLS_CONTEXT,
  COAP_OSCORE_COM,
  COAP_OSCORE_SEN,
  COAP_OSCORE_REC,
  COAP_OSCORE_EX,
  COAP_OSCORE_EP,
  COAP_OSCORE_BUF,
  COAP_COSE,
  COAP_DTLS_SESSION
} coap_memory_tag_t;

/* Nothing to prepare here; kept for programs that call it. */
void coap_memory_init(void);

/* As malloc(3), realloc(3) and free(3) on the library's memory. */
void *coap_malloc_type(coap_memory_tag_t type, size_t size);
void *coap_realloc_type(coap_memory_tag_t type, void *p, size_t size);
void coap_free_type(coap_memory_tag_t type, void *p);

#define coap_malloc(size) coap_malloc_type(COAP_STRING, size)
#define coap_free(p)      coap_free_type(COAP_STRING, p)

COAP_END_DECLS

#endif /* COAP_MEM_H_ */
