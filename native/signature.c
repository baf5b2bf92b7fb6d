/*
 * Signatures: collects what OpenSSL wants signed and has the key's function sign it, provider-signature(7).
 * Only "digest and sign" is here: the function hashes, so that a card which hashes by itself can do so. There is no verification: OpenSSL
 * does that with the public key of the certificate.
 */
#include <openssl/core_names.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provider.h"
#include "signature-scheme.h"
#include "signer.h"

static OSSL_FUNC_signature_newctx_fn new_context;
static OSSL_FUNC_signature_freectx_fn free_context;
static OSSL_FUNC_signature_dupctx_fn copy_context;
static OSSL_FUNC_signature_digest_sign_init_fn begin;
static OSSL_FUNC_signature_digest_sign_update_fn update;
static OSSL_FUNC_signature_digest_sign_final_fn finish;
static OSSL_FUNC_signature_digest_sign_fn sign_at_once;
static OSSL_FUNC_signature_set_ctx_params_fn set_parameters;
static OSSL_FUNC_signature_settable_ctx_params_fn settable_parameters;

/* One signature in progress. */
struct context {
  const struct provider *provider;
  struct card_key *key; /* NULL before begin() */
  struct signature_scheme scheme;
  unsigned char *data;
  size_t length;
  size_t capacity;
};

static void *new_context(void *provider, const char *properties) {
  (void)properties;
  struct context *context = calloc(1, sizeof *context);
  if (context)
    context->provider = provider;
  else
    provider_fail(provider, REASON_OUT_OF_MEMORY);
  return context;
}

static void free_context(void *data) {
  struct context *context = data;
  if (!context) return;
  card_key_release(context->key);
  free(context->data);
  free(context);
}

/* EVP_DigestSignFinal() finishes a copy, so that its caller can go on with the original. */
static void *copy_context(void *data) {
  const struct context *from = data;
  struct context *to = new_context((void *)from->provider, NULL);
  if (!to) return NULL;
  to->key = from->key ? card_key_retain(from->key) : NULL;
  to->scheme = from->scheme;
  if (from->length > 0 && !update(to, from->data, from->length)) {
    free_context(to);
    return NULL;
  }
  return to;
}

/* Returns 1, or 0 with the reason on OpenSSL's error queue. */
static int ended(const struct context *context, enum reason reason) {
  return reason == REASON_NONE || provider_fail(context->provider, reason);
}

static int begin(void *data, const char *digest, void *new_key, const OSSL_PARAM parameters[]) {
  struct context *context = data;
  if (new_key) {
    struct card_key *old_key = context->key;
    context->key = card_key_retain(new_key);
    card_key_release(old_key);
  }
  if (!context->key) return ended(context, REASON_NOT_INITIALIZED);
  context->length = 0;
  signature_scheme_start(&context->scheme, context->key->type);
  if (digest || !context->scheme.digest[0]) {
    enum reason reason = signature_scheme_set_digest(&context->scheme, digest ? digest : "");
    if (reason != REASON_NONE) return ended(context, reason);
  }
  return set_parameters(context, parameters);
}

static int update(void *data, const unsigned char *bytes, size_t length) {
  struct context *context = data;
  if (length > context->capacity - context->length) {
    size_t wanted = context->length + length;
    if (wanted < length || wanted > SIZE_MAX / 2) return ended(context, REASON_OUT_OF_MEMORY);
    unsigned char *larger = realloc(context->data, wanted * 2);
    if (!larger) return ended(context, REASON_OUT_OF_MEMORY);
    context->data = larger;
    context->capacity = wanted * 2;
  }
  if (length > 0) memcpy(context->data + context->length, bytes, length);
  context->length += length;
  return 1;
}

/* Without a buffer it only says how long a signature can be. */
static int finish(void *data, unsigned char *signature, size_t *length, size_t size) {
  static const char *const paddings[] = {[PADDING_NONE] = "none", [PADDING_PKCS1] = "pkcs1", [PADDING_PSS] = "pss"};
  struct context *context = data;
  if (!context->key) return ended(context, REASON_NOT_INITIALIZED);
  if (!signature) {
    *length = context->key->signature_length;
    return 1;
  }
  if (size < context->key->signature_length) return ended(context, REASON_BUFFER_TOO_SMALL);
  struct sign_request request = {
      .data = context->data,
      .length = context->length,
      .digest = context->scheme.digest,
      .padding = paddings[context->scheme.padding],
  };
  enum reason reason = signature_scheme_salt(&context->scheme, context->key->bits, &request.salt_length);
  if (reason == REASON_NONE) reason = signer_call(context->key, &request, signature, length);
  return ended(context, reason);
}

static int sign_at_once(void *data, unsigned char *signature, size_t *length, size_t size, const unsigned char *bytes, size_t count) {
  return (!signature || update(data, bytes, count)) && finish(data, signature, length, size);
}

/* RSA only: an ECDSA signature has no parameters. */
static int set_parameters(void *data, const OSSL_PARAM parameters[]) {
  struct context *context = data;
  if (!context->key || context->key->type != CARD_KEY_RSA) return 1;
  return ended(context, signature_scheme_set(&context->scheme, parameters));
}

static const OSSL_PARAM *settable_parameters(void *context, void *provider) {
  (void)context, (void)provider;
  return signature_scheme_settable();
}

#define COMMON                                                             \
  DISPATCH(OSSL_FUNC_SIGNATURE_NEWCTX, new_context),                       \
  DISPATCH(OSSL_FUNC_SIGNATURE_FREECTX, free_context),                     \
  DISPATCH(OSSL_FUNC_SIGNATURE_DUPCTX, copy_context),                      \
  DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, begin),                   \
  DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, update),                \
  DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, finish),                 \
  DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, sign_at_once)

static const OSSL_DISPATCH rsa[] = {COMMON, DISPATCH(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_parameters),
                                    DISPATCH(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, settable_parameters), DISPATCH_END};
static const OSSL_DISPATCH ecdsa[] = {COMMON, DISPATCH_END};

const OSSL_ALGORITHM signature_algorithms[] = {
    {"RSA", PROVIDER_PROPERTIES, rsa, "RSA signature by a card"},
    {"ECDSA", PROVIDER_PROPERTIES, ecdsa, "ECDSA signature by a card"},
    {NULL, NULL, NULL, NULL},
};
