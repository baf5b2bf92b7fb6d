/* A key pair whose private half is elsewhere: public numbers, the function that signs, and who may call it. Holds nothing secret. */
#ifndef LYNCAUTH_CARD_KEY_H
#define LYNCAUTH_CARD_KEY_H

#include <node_api.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define CARD_KEY_ID_MAX 64

enum card_key_type { CARD_KEY_RSA, CARD_KEY_EC };

struct bytes {
  unsigned char *data;
  size_t length;
};

/* A curve of FIPS 186-5. */
struct ec_group {
  const char *name;         /* as JSON Web Keys name it */
  const char *openssl_name; /* libssl looks the curve of a signature algorithm up under this name only */
  int bits;
  int security_bits;
  size_t point_length;     /* uncompressed */
  size_t signature_length; /* of the longest DER encoding */
};

/* Immutable once it is in the key table, but for `references` and `signer`. */
struct card_key {
  /* One for the key table, one for each EVP_PKEY and each signature in progress. */
  atomic_size_t references;
  struct card_key *next; /* in the key table, guarded by its mutex */
  char id[CARD_KEY_ID_MAX + 1];
  enum card_key_type type;
  int bits;
  int security_bits;
  size_t signature_length;
  /* RSA, in the byte order of this computer, as OSSL_PARAM wants numbers. */
  struct bytes modulus;
  struct bytes public_exponent;
  /* EC. */
  const struct ec_group *group;
  struct bytes point;
  /* Only `thread` may look at `env` and `signer`; `signer` is NULL once the key was removed. */
  const void *thread;
  napi_env env;
  napi_ref signer;
};

/* NULL when `name` is no curve that cards and TLS share. */
const struct ec_group *ec_group_named(const char *name);

/*
 * Both copy what they get (numbers big-endian) and return a key with one reference, or NULL when memory is short.
 * An id has at most CARD_KEY_ID_MAX characters, an RSA modulus no leading zeros, a point the length of its group.
 */
struct card_key *card_key_new_rsa(const char *id, struct bytes modulus, struct bytes public_exponent);
struct card_key *card_key_new_ec(const char *id, const struct ec_group *group, struct bytes point);

struct card_key *card_key_retain(struct card_key *key);
/* Frees the key with its last reference; whoever has a signer in it took it out before. NULL is allowed. */
void card_key_release(struct card_key *key);

/* What tells the threads that live now apart. A later thread may get the mark of one that ended. */
const void *this_thread(void);

#endif
