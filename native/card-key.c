/* A key pair whose private half is elsewhere: making and counting. Knows neither OpenSSL's tables nor JavaScript values. */
#include "card-key.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const struct ec_group groups[] = {
    {"P-256", "prime256v1", 256, 128, 65, 72},
    {"P-384", "secp384r1", 384, 192, 97, 104},
    {"P-521", "secp521r1", 521, 256, 133, 139},
};

const struct ec_group *ec_group_named(const char *name) {
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i += 1)
    if (strcmp(groups[i].name, name) == 0) return &groups[i];
  return NULL;
}

/* NIST SP 800-57 part 1, table 2, with OpenSSL's values between: libssl compares them with its security level. */
static int rsa_security_bits(int bits) {
  static const struct {
    int bits;
    int security_bits;
  } steps[] = {{15360, 256}, {8192, 200}, {7680, 192}, {6144, 176}, {4096, 152}, {3072, 128}, {2048, 112}, {1024, 80}};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i += 1)
    if (bits >= steps[i].bits) return steps[i].security_bits;
  return 0;
}

static bool is_little_endian(void) {
  const uint16_t one = 1;
  return *(const unsigned char *)&one == 1;
}

static bool copy_bytes(struct bytes *to, struct bytes from) {
  to->data = malloc(from.length ? from.length : 1);
  if (!to->data) return false;
  if (from.length) memcpy(to->data, from.data, from.length);
  to->length = from.length;
  return true;
}

static bool copy_number(struct bytes *to, struct bytes from) {
  if (!copy_bytes(to, from)) return false;
  if (is_little_endian())
    for (size_t i = 0; i < from.length; i += 1) to->data[i] = from.data[from.length - 1 - i];
  return true;
}

static int bit_length(struct bytes number) {
  int bits = (int)(number.length - 1) * 8;
  for (unsigned int top = number.data[0]; top; top >>= 1) bits += 1;
  return bits;
}

static struct card_key *new_key(const char *id, enum card_key_type type) {
  struct card_key *key = calloc(1, sizeof *key);
  if (!key) return NULL;
  atomic_init(&key->references, 1);
  memcpy(key->id, id, strlen(id) + 1);
  key->type = type;
  return key;
}

struct card_key *card_key_new_rsa(const char *id, struct bytes modulus, struct bytes public_exponent) {
  struct card_key *key = new_key(id, CARD_KEY_RSA);
  if (!key) return NULL;
  if (!copy_number(&key->modulus, modulus) || !copy_number(&key->public_exponent, public_exponent)) {
    card_key_release(key);
    return NULL;
  }
  key->bits = bit_length(modulus);
  key->security_bits = rsa_security_bits(key->bits);
  key->signature_length = modulus.length;
  return key;
}

struct card_key *card_key_new_ec(const char *id, const struct ec_group *group, struct bytes point) {
  struct card_key *key = new_key(id, CARD_KEY_EC);
  if (!key) return NULL;
  if (!copy_bytes(&key->point, point)) {
    card_key_release(key);
    return NULL;
  }
  key->group = group;
  key->bits = group->bits;
  key->security_bits = group->security_bits;
  key->signature_length = group->signature_length;
  return key;
}

struct card_key *card_key_retain(struct card_key *key) {
  atomic_fetch_add_explicit(&key->references, 1, memory_order_relaxed);
  return key;
}

void card_key_release(struct card_key *key) {
  if (!key || atomic_fetch_sub_explicit(&key->references, 1, memory_order_acq_rel) != 1) return;
  free(key->modulus.data);
  free(key->public_exponent.data);
  free(key->point.data);
  free(key);
}

const void *this_thread(void) {
  static _Thread_local char mark;
  return &mark;
}
