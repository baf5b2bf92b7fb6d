/*
 * Decoder: turns the PEM text that names a card key into that key, provider-decoder(7). This is the door through which TLS gets the key:
 *
 *   -----BEGIN LYNCAUTH CARD KEY-----
 *   <id>
 *   -----END LYNCAUTH CARD KEY-----
 *
 * OpenSSL may show it every PEM text that is decoded in the process, other keys among them.
 */
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <string.h>

#include "key-table.h"
#include "provider.h"

static OSSL_FUNC_decoder_newctx_fn new_context;
static OSSL_FUNC_decoder_freectx_fn free_context;
static OSSL_FUNC_decoder_does_selection_fn does_selection;
static OSSL_FUNC_decoder_decode_fn decode_rsa;
static OSSL_FUNC_decoder_decode_fn decode_ec;

static const char begin_line[] = "-----BEGIN LYNCAUTH CARD KEY-----";
static const char end_line[] = "-----END LYNCAUTH CARD KEY-----";

/* Room for the longest line of ours, and for the 64 characters of other PEM texts (RFC 7468 section 2). */
enum { LINE_SIZE = 80 };

/* A decoder has no state of its own. */
static void *new_context(void *provider) { return provider; }
static void free_context(void *provider) { (void)provider; }

/* Only who wants a private key gets one: 0 is a caller who takes anything. */
static int does_selection(void *provider, int selection) {
  (void)provider;
  return selection == 0 || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0;
}

/* The next line without its end; a longer one comes in parts. False at the end of the text. */
static bool next_line(const struct provider *provider, OSSL_CORE_BIO *in, char line[LINE_SIZE]) {
  int length = provider->bio_gets(in, line, LINE_SIZE);
  if (length <= 0) return false;
  while (length > 0 && (unsigned char)line[length - 1] <= ' ') length -= 1;
  line[length] = '\0';
  return true;
}

/* Steps to the next line that begins with `start`, the one in `line` included. */
static bool find_line(const struct provider *provider, OSSL_CORE_BIO *in, char line[LINE_SIZE], const char *start) {
  while (strncmp(line, start, strlen(start)) != 0)
    if (!next_line(provider, in, line)) return false;
  return true;
}

/*
 * Reads the next PEM text up to its end line, as OpenSSL's own decoder does: OpenSSL goes on from there when nobody knew what to do with
 * it. False when it is another's; of that nothing stays in our memory.
 */
static bool read_id(const struct provider *provider, OSSL_CORE_BIO *in, char id[CARD_KEY_ID_MAX + 1]) {
  char line[LINE_SIZE] = "";
  bool found = find_line(provider, in, line, "-----BEGIN ") && strcmp(line, begin_line) == 0 && next_line(provider, in, line);
  size_t length = found ? strlen(line) : 0;
  found = length > 0 && length <= CARD_KEY_ID_MAX;
  if (found) memcpy(id, line, length + 1);
  found = found && next_line(provider, in, line) && strcmp(line, end_line) == 0;
  (void)find_line(provider, in, line, "-----END ");
  OPENSSL_cleanse(line, sizeof line);
  return found;
}

/* Hands the key over to OpenSSL, which passes it on to load() of key-management.c. */
static int give_key(struct card_key *key, OSSL_CALLBACK *callback, void *argument) {
  int object_type = OSSL_OBJECT_PKEY;
  const OSSL_PARAM object[] = {
      OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &object_type),
      OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, key->type == CARD_KEY_RSA ? "RSA" : "EC", 0),
      OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_REFERENCE, &key, sizeof key),
      OSSL_PARAM_construct_end(),
  };
  int ok = callback(object, argument);
  /* NULL when it was taken over. */
  card_key_release(key);
  return ok;
}

/* Returns 1 without an object where there is nothing for us: OpenSSL then asks the next decoder. */
static int decode(void *context, OSSL_CORE_BIO *in, enum card_key_type type, OSSL_CALLBACK *callback, void *argument) {
  char id[CARD_KEY_ID_MAX + 1];
  if (!read_id(context, in, id)) return 1;
  struct card_key *key = key_table_find(id);
  if (key && key->type == type) return give_key(key, callback, argument);
  card_key_release(key);
  return 1;
}

static int decode_rsa(void *context, OSSL_CORE_BIO *in, int selection, OSSL_CALLBACK *callback, void *argument,
                      OSSL_PASSPHRASE_CALLBACK *passphrase, void *passphrase_argument) {
  (void)selection, (void)passphrase, (void)passphrase_argument;
  return decode(context, in, CARD_KEY_RSA, callback, argument);
}

static int decode_ec(void *context, OSSL_CORE_BIO *in, int selection, OSSL_CALLBACK *callback, void *argument,
                     OSSL_PASSPHRASE_CALLBACK *passphrase, void *passphrase_argument) {
  (void)selection, (void)passphrase, (void)passphrase_argument;
  return decode(context, in, CARD_KEY_EC, callback, argument);
}

#define COMMON                                                   \
  DISPATCH(OSSL_FUNC_DECODER_NEWCTX, new_context),               \
  DISPATCH(OSSL_FUNC_DECODER_FREECTX, free_context),             \
  DISPATCH(OSSL_FUNC_DECODER_DOES_SELECTION, does_selection)

static const OSSL_DISPATCH rsa[] = {COMMON, DISPATCH(OSSL_FUNC_DECODER_DECODE, decode_rsa), DISPATCH_END};
static const OSSL_DISPATCH ec[] = {COMMON, DISPATCH(OSSL_FUNC_DECODER_DECODE, decode_ec), DISPATCH_END};

/* Two, because OpenSSL wants to know the type of key before it decodes. */
const OSSL_ALGORITHM decoder_algorithms[] = {
    {"RSA", PROVIDER_PROPERTIES ",input=pem", rsa, "RSA key on a card, by its PEM text"},
    {"EC", PROVIDER_PROPERTIES ",input=pem", ec, "EC key on a card, by its PEM text"},
    {NULL, NULL, NULL, NULL},
};
