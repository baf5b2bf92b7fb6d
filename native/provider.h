/* The OpenSSL provider "lyncauth": what its parts share. See provider(7), provider-base(7). */
#ifndef LYNCAUTH_PROVIDER_H
#define LYNCAUTH_PROVIDER_H

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <stdbool.h>

/* What OpenSSL gave this provider when it was loaded; the parts get it as their provider context. */
struct provider {
  const OSSL_CORE_HANDLE *handle;
  OSSL_FUNC_core_new_error_fn *new_error;
  OSSL_FUNC_core_vset_error_fn *set_error;
  OSSL_FUNC_BIO_gets_fn *bio_gets;
};

/* Why an operation failed; the texts are in provider.c. Node shows them in the message of the error it throws. */
enum reason {
  REASON_NONE,
  REASON_OUT_OF_MEMORY,
  REASON_NOT_INITIALIZED,
  REASON_DIGEST_UNSUPPORTED,
  REASON_PADDING_UNSUPPORTED,
  REASON_SALT_LENGTH_UNSUPPORTED,
  REASON_MASK_DIGEST_UNSUPPORTED,
  REASON_BUFFER_TOO_SMALL,
  REASON_KEY_REMOVED,
  REASON_OTHER_THREAD,
  REASON_SIGNER_FAILED,
  REASON_SIGNATURE_INVALID,
};

/* Registers the provider with the OpenSSL of this process, once; safe on any thread. False when OpenSSL refuses. */
bool provider_register(void);

/* Puts `reason` on OpenSSL's error queue and returns false, so that a function can end with it. */
bool provider_fail(const struct provider *provider, enum reason reason);

/*
 * Empties this thread's error queue of OpenSSL. A signature that fails puts two errors or more there, of which Node takes one; whoever
 * reads a key next would find the rest and take them for its own.
 */
void provider_clear_errors(void);

/* The operations: key-management.c, signature.c, decoder.c. */
extern const OSSL_ALGORITHM key_management_algorithms[];
extern const OSSL_ALGORITHM signature_algorithms[];
extern const OSSL_ALGORITHM decoder_algorithms[];

/* What a caller can ask for to get these implementations and no others. */
#define PROVIDER_NAME "lyncauth"
#define PROVIDER_PROPERTIES "provider=" PROVIDER_NAME

#define DISPATCH(id, function) \
  { (id), (void (*)(void))(function) }
#define DISPATCH_END \
  { 0, NULL }

#endif
