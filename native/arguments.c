/* Reads what JavaScript passes to addKey and removeKey. Every value is checked here: the other files believe what they get. */
#include "arguments.h"

#include <string.h>

/* OpenSSL's own limits are 16384 and 64 bits; below 1024 bits no TLS library accepts a key. */
#define MODULUS_MIN 128
#define MODULUS_MAX 2048
#define EXPONENT_MAX 8
#define POINT_MAX 133
#define NAME_MAX_LENGTH 8 /* RSA, EC, P-256 */

#define WRONG_TYPE "ERR_INVALID_ARG_TYPE"
#define WRONG_VALUE "ERR_INVALID_ARG_VALUE"

bool refuse(napi_env env, const char *code, const char *message) {
  /* Where a getter has thrown, that exception stays: Node-API then refuses this one. */
  (void)napi_throw_type_error(env, code, message);
  return false;
}

/* The text of at most `max` bytes; false when the value is no such text. */
static bool get_text(napi_env env, napi_value value, char *text, size_t max) {
  size_t length = 0;
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_string) return false;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok || length > max) return false;
  return napi_get_value_string_utf8(env, value, text, max + 1, &length) == napi_ok && strlen(text) == length;
}

bool read_id(napi_env env, napi_value value, char id[CARD_KEY_ID_MAX + 1]) {
  static const char message[] = "the id must be a text of 1 to 64 characters a-z, 0-9";
  if (!get_text(env, value, id, CARD_KEY_ID_MAX)) return refuse(env, WRONG_TYPE, message);
  size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789");
  return (length > 0 && id[length] == '\0') || refuse(env, WRONG_VALUE, message);
}

bool read_function(napi_env env, napi_value value) {
  napi_valuetype type;
  return (napi_typeof(env, value, &type) == napi_ok && type == napi_function) ||
         refuse(env, WRONG_TYPE, "sign must be a function");
}

static struct card_key *made(napi_env env, struct card_key *key) {
  if (!key) (void)napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "no memory for a key");
  return key;
}

static bool get_text_property(napi_env env, napi_value object, const char *name, char text[NAME_MAX_LENGTH + 1]) {
  napi_value value;
  return napi_get_named_property(env, object, name, &value) == napi_ok && get_text(env, value, text, NAME_MAX_LENGTH);
}

/* Copies a Uint8Array of 1 to `max` bytes that is a property of `object`. */
static bool copy_bytes(napi_env env, napi_value object, const char *name, size_t max, const char *message, struct bytes *copy) {
  napi_value value;
  bool is_array = false;
  napi_typedarray_type type;
  size_t length = 0;
  void *data = NULL;
  if (napi_get_named_property(env, object, name, &value) != napi_ok || napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array ||
      napi_get_typedarray_info(env, value, &type, &length, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
    return refuse(env, WRONG_TYPE, message);
  if (length == 0 || length > max) return refuse(env, WRONG_VALUE, message);
  memcpy(copy->data, data, length);
  copy->length = length;
  return true;
}

/* Copies a number and leaves its leading zeros out. */
static bool copy_number(napi_env env, napi_value object, const char *name, size_t max, const char *message, struct bytes *number) {
  /* DER puts one zero byte before a number whose first bit is set. */
  if (!copy_bytes(env, object, name, max + 1, message, number)) return false;
  while (number->length > 0 && number->data[0] == 0) number->data += 1, number->length -= 1;
  return (number->length > 0 && number->length <= max) || refuse(env, WRONG_VALUE, message);
}

static bool is_odd(struct bytes number) { return (number.data[number.length - 1] & 1) == 1; }
static bool is_one(struct bytes number) { return number.length == 1 && number.data[0] == 1; }

static bool read_modulus(napi_env env, napi_value parts, struct bytes *modulus) {
  static const char message[] = "modulus must be a Uint8Array with an odd number of 128 to 2048 bytes";
  if (!copy_number(env, parts, "modulus", MODULUS_MAX, message, modulus)) return false;
  return (modulus->length >= MODULUS_MIN && is_odd(*modulus)) || refuse(env, WRONG_VALUE, message);
}

static bool read_exponent(napi_env env, napi_value parts, struct bytes *exponent) {
  static const char message[] = "publicExponent must be a Uint8Array with an odd number above 1, of at most 8 bytes";
  if (!copy_number(env, parts, "publicExponent", EXPONENT_MAX, message, exponent)) return false;
  return (is_odd(*exponent) && !is_one(*exponent)) || refuse(env, WRONG_VALUE, message);
}

static bool read_group(napi_env env, napi_value parts, const struct ec_group **group) {
  static const char message[] = "group must be P-256, P-384 or P-521";
  char name[NAME_MAX_LENGTH + 1];
  if (!get_text_property(env, parts, "group", name)) return refuse(env, WRONG_TYPE, message);
  *group = ec_group_named(name);
  return *group || refuse(env, WRONG_VALUE, message);
}

/* SEC 1 section 2.3.3. Whether it is on the curve OpenSSL finds out when it compares the key with the certificate. */
static bool read_point(napi_env env, napi_value parts, const struct ec_group *group, struct bytes *point) {
  static const char message[] = "point must be a Uint8Array with an uncompressed point of the group";
  if (!copy_bytes(env, parts, "point", POINT_MAX, message, point)) return false;
  return (point->length == group->point_length && point->data[0] == 4) || refuse(env, WRONG_VALUE, message);
}

static struct card_key *read_rsa(napi_env env, const char *id, napi_value parts) {
  unsigned char modulus_bytes[MODULUS_MAX + 1], exponent_bytes[EXPONENT_MAX + 1];
  struct bytes modulus = {modulus_bytes, 0}, exponent = {exponent_bytes, 0};
  if (!read_modulus(env, parts, &modulus) || !read_exponent(env, parts, &exponent)) return NULL;
  return made(env, card_key_new_rsa(id, modulus, exponent));
}

static struct card_key *read_ec(napi_env env, const char *id, napi_value parts) {
  const struct ec_group *group = NULL;
  unsigned char point_bytes[POINT_MAX];
  struct bytes point = {point_bytes, 0};
  if (!read_group(env, parts, &group) || !read_point(env, parts, group, &point)) return NULL;
  return made(env, card_key_new_ec(id, group, point));
}

static bool read_type(napi_env env, napi_value parts, enum card_key_type *type) {
  static const char message[] = "the key must be an object of the type RSA or EC";
  char name[NAME_MAX_LENGTH + 1];
  napi_valuetype kind;
  if (napi_typeof(env, parts, &kind) != napi_ok || kind != napi_object) return refuse(env, WRONG_TYPE, message);
  if (!get_text_property(env, parts, "type", name)) return refuse(env, WRONG_TYPE, message);
  bool is_rsa = strcmp(name, "RSA") == 0;
  *type = is_rsa ? CARD_KEY_RSA : CARD_KEY_EC;
  return is_rsa || strcmp(name, "EC") == 0 || refuse(env, WRONG_VALUE, message);
}

struct card_key *read_key(napi_env env, const char *id, napi_value parts) {
  enum card_key_type type = CARD_KEY_RSA;
  if (!read_type(env, parts, &type)) return NULL;
  return type == CARD_KEY_RSA ? read_rsa(env, id, parts) : read_ec(env, id, parts);
}
