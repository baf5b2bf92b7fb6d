/* How a signature is to be made: digest, padding and salt, as OpenSSL's parameters say it (provider-signature(7), EVP_SIGNATURE-RSA(7)). */
#ifndef LYNCAUTH_SIGNATURE_SCHEME_H
#define LYNCAUTH_SIGNATURE_SCHEME_H

#include <openssl/core.h>
#include <stdbool.h>

#include "card-key.h"
#include "provider.h"

#define DIGEST_NAME_MAX 49 /* OSSL_MAX_NAME_SIZE - 1 */

enum padding { PADDING_NONE, PADDING_PKCS1, PADDING_PSS };

struct signature_scheme {
  char digest[DIGEST_NAME_MAX + 1]; /* as OpenSSL spells it; empty as long as none was given */
  enum padding padding;
  int salt_length; /* as asked for: bytes, or one of OpenSSL's negative words */
  /* Of PSS; empty: the same as `digest`, which is what TLS and OpenSSL mean by none. */
  char mask_digest[DIGEST_NAME_MAX + 1];
};

/* What applies until a parameter says otherwise: PKCS #1 v1.5 for RSA, a salt as long as the digest for PSS. */
void signature_scheme_start(struct signature_scheme *scheme, enum card_key_type type);

/* REASON_NONE, or why this digest cannot be used. */
enum reason signature_scheme_set_digest(struct signature_scheme *scheme, const char *digest);

/* Reads the parameters of an RSA signature; unknown ones are left alone. REASON_NONE, or what is not supported. */
enum reason signature_scheme_set(struct signature_scheme *scheme, const OSSL_PARAM parameters[]);

/* The parameters that signature_scheme_set() reads. */
const OSSL_PARAM *signature_scheme_settable(void);

/* The length of the salt in bytes, 0 without PSS. REASON_NONE, or why there is no such signature with a key of `bits` bits. */
enum reason signature_scheme_salt(const struct signature_scheme *scheme, int bits, int *salt_length);

#endif
