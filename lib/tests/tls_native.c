/* tls_native.c -- what the tests ask of each (D)TLS library in the same way. */
#include "tls_native.h"

#include "test.h"

void *
tls_native_of(const coap_session_t *session, coap_tls_library_t wanted) {
  coap_tls_library_t library;
  void *native = coap_session_get_tls(session, &library);

  assert_int_equal(library, wanted);
  assert_non_null(native);
  return native;
}

blob_t
tls_native_blob(const void *bytes, size_t size) {
  blob_t blob = {malloc(size + 1), size};

  assert_non_null(blob.data);
  memcpy(blob.data, bytes, size);
  blob.data[size] = 0;
  return blob;
}

void
tls_native_free_blobs(certificate_t *certificate) {
  free(certificate->pem.data);
  free(certificate->key.data);
  free(certificate->der.data);
  free(certificate->key_der.data);
}
