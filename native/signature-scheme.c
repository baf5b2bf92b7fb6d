/* How a signature is to be made: reads OpenSSL's parameters and works out the salt. Signs nothing. */
#include "signature-scheme.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"

/* As long as the digest, or what fits if that is less: a word of OpenSSL 3.1, which the headers of 3.0 do not have. */
#define SALT_AUTO_DIGEST_MAX (-4)
#define SALT_AUTO_DIGEST_MAX_TEXT "auto-digestmax"

void signature_scheme_start(struct signature_scheme *scheme, enum card_key_type type) {
  scheme->padding = type == CARD_KEY_RSA ? PADDING_PKCS1 : PADDING_NONE;
  scheme->salt_length = RSA_PSS_SALTLEN_DIGEST;
  scheme->mask_digest[0] = '\0';
}

static bool copy_name(char to[DIGEST_NAME_MAX + 1], const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length > DIGEST_NAME_MAX) return false;
  memcpy(to, name, length + 1);
  return true;
}

enum reason signature_scheme_set_digest(struct signature_scheme *scheme, const char *digest) {
  return copy_name(scheme->digest, digest) ? REASON_NONE : REASON_DIGEST_UNSUPPORTED;
}

/* ---- parameters ---- */

/* The text of a parameter; NULL when it is none. Texts need not end in a zero byte, so it is copied. */
static const char *text_of(const OSSL_PARAM *parameter, char copy[DIGEST_NAME_MAX + 1]) {
  const char *text;
  size_t length = parameter->data_size;
  if (!OSSL_PARAM_get_utf8_string_ptr(parameter, &text) || !text || length > DIGEST_NAME_MAX) return NULL;
  memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

struct word {
  const char *text;
  int number;
};

/* A number, or a text that is a number or one of `words` (the last one has no text). */
static bool number_of(const OSSL_PARAM *parameter, const struct word *words, int *number) {
  if (parameter->data_type != OSSL_PARAM_UTF8_STRING) return OSSL_PARAM_get_int(parameter, number);
  char copy[DIGEST_NAME_MAX + 1];
  const char *text = text_of(parameter, copy);
  if (!text) return false;
  for (; words->text; words += 1) {
    if (strcmp(words->text, text) != 0) continue;
    *number = words->number;
    return true;
  }
  char *end;
  long value = strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < 0 || value > INT_MAX) return false;
  *number = (int)value;
  return true;
}

static enum reason set_padding(struct signature_scheme *scheme, const OSSL_PARAM *parameter) {
  static const struct word words[] = {
      {OSSL_PKEY_RSA_PAD_MODE_PKCSV15, RSA_PKCS1_PADDING}, {OSSL_PKEY_RSA_PAD_MODE_PSS, RSA_PKCS1_PSS_PADDING}, {NULL, 0}};
  int mode;
  if (!number_of(parameter, words, &mode)) return REASON_PADDING_UNSUPPORTED;
  if (mode != RSA_PKCS1_PADDING && mode != RSA_PKCS1_PSS_PADDING) return REASON_PADDING_UNSUPPORTED;
  scheme->padding = mode == RSA_PKCS1_PADDING ? PADDING_PKCS1 : PADDING_PSS;
  return REASON_NONE;
}

static enum reason set_salt_length(struct signature_scheme *scheme, const OSSL_PARAM *parameter) {
  static const struct word words[] = {{OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST, RSA_PSS_SALTLEN_DIGEST},
                                      {OSSL_PKEY_RSA_PSS_SALT_LEN_MAX, RSA_PSS_SALTLEN_MAX},
                                      {OSSL_PKEY_RSA_PSS_SALT_LEN_AUTO, RSA_PSS_SALTLEN_AUTO},
                                      {SALT_AUTO_DIGEST_MAX_TEXT, SALT_AUTO_DIGEST_MAX},
                                      {NULL, 0}};
  int length;
  if (!number_of(parameter, words, &length) || length < SALT_AUTO_DIGEST_MAX) return REASON_SALT_LENGTH_UNSUPPORTED;
  scheme->salt_length = length;
  return REASON_NONE;
}

static enum reason set_mask_digest(struct signature_scheme *scheme, const OSSL_PARAM *parameter) {
  char copy[DIGEST_NAME_MAX + 1];
  const char *name = text_of(parameter, copy);
  return name && copy_name(scheme->mask_digest, name) ? REASON_NONE : REASON_MASK_DIGEST_UNSUPPORTED;
}

/* The digest belongs to the start of a signature; naming it again is allowed, changing it is not. */
static enum reason check_digest(struct signature_scheme *scheme, const OSSL_PARAM *parameter) {
  char copy[DIGEST_NAME_MAX + 1];
  const char *name = text_of(parameter, copy);
  return name && digest_same(name, scheme->digest) ? REASON_NONE : REASON_DIGEST_UNSUPPORTED;
}

static const struct setting {
  const char *name;
  enum reason (*set)(struct signature_scheme *scheme, const OSSL_PARAM *parameter);
} settings[] = {
    {OSSL_SIGNATURE_PARAM_DIGEST, check_digest},
    {OSSL_SIGNATURE_PARAM_PAD_MODE, set_padding},
    {OSSL_SIGNATURE_PARAM_PSS_SALTLEN, set_salt_length},
    {OSSL_SIGNATURE_PARAM_MGF1_DIGEST, set_mask_digest},
};

enum reason signature_scheme_set(struct signature_scheme *scheme, const OSSL_PARAM parameters[]) {
  for (size_t i = 0; parameters && i < sizeof settings / sizeof *settings; i += 1) {
    const OSSL_PARAM *parameter = OSSL_PARAM_locate_const(parameters, settings[i].name);
    enum reason reason = parameter ? settings[i].set(scheme, parameter) : REASON_NONE;
    if (reason != REASON_NONE) return reason;
  }
  return REASON_NONE;
}

const OSSL_PARAM *signature_scheme_settable(void) {
  static const OSSL_PARAM list[] = {
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
      OSSL_PARAM_END,
  };
  return list;
}

/* ---- the salt ---- */

enum reason signature_scheme_salt(const struct signature_scheme *scheme, int bits, int *salt_length) {
  *salt_length = 0;
  if (scheme->padding != PADDING_PSS) return REASON_NONE;
  int digest_bytes = digest_length(scheme->digest);
  if (!digest_bytes) return REASON_DIGEST_UNSUPPORTED;
  if (scheme->mask_digest[0] && !digest_same(scheme->mask_digest, scheme->digest)) return REASON_MASK_DIGEST_UNSUPPORTED;
  /* RFC 8017 section 9.1.1: the encoded message holds the hash, the salt and two bytes more. */
  int max = (bits - 1 + 7) / 8 - digest_bytes - 2;
  switch (scheme->salt_length) {
    case RSA_PSS_SALTLEN_DIGEST: *salt_length = digest_bytes; break;
    case SALT_AUTO_DIGEST_MAX: *salt_length = digest_bytes < max ? digest_bytes : max; break;
    case RSA_PSS_SALTLEN_AUTO:
    case RSA_PSS_SALTLEN_MAX: *salt_length = max; break;
    default: *salt_length = scheme->salt_length; break;
  }
  return *salt_length >= 0 && *salt_length <= max ? REASON_NONE : REASON_SALT_LENGTH_UNSUPPORTED;
}
