/*
 * Key management: what OpenSSL may know about a key, provider-keymgmt(7). There is no function that makes or imports keys.
 * Must never answer a request for a private key, not even with its public half: OpenSSL would take that for the whole key and move it to
 * another provider, which cannot sign with it.
 */
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "card-key.h"
#include "provider.h"

static OSSL_FUNC_keymgmt_load_fn load;
static OSSL_FUNC_keymgmt_free_fn release;
static OSSL_FUNC_keymgmt_has_fn has;
static OSSL_FUNC_keymgmt_get_params_fn get_parameters;
static OSSL_FUNC_keymgmt_gettable_params_fn gettable_parameters;
static OSSL_FUNC_keymgmt_export_fn export_public;
static OSSL_FUNC_keymgmt_export_types_fn rsa_export_types;
static OSSL_FUNC_keymgmt_export_types_fn ec_export_types;
static OSSL_FUNC_keymgmt_query_operation_name_fn ec_operation_name;

/* Takes over the reference that the decoder counted; NULL in its place tells the decoder so. */
static void *load(const void *reference, size_t size) {
  if (size != sizeof(struct card_key *)) return NULL;
  struct card_key **slot = (struct card_key **)reference;
  struct card_key *key = *slot;
  *slot = NULL;
  return key;
}

static void release(void *key) { card_key_release(key); }

/* A card key is whole: public and private half, and the group of an EC key. */
static int has(const void *key, int selection) {
  (void)selection;
  return key != NULL;
}

static const OSSL_PARAM *gettable_parameters(void *provider) {
  static const OSSL_PARAM list[] = {
      OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
      OSSL_PARAM_size_t(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
      OSSL_PARAM_END,
  };
  (void)provider;
  return list;
}

static bool set_integer(OSSL_PARAM parameters[], const char *name, int value) {
  OSSL_PARAM *parameter = OSSL_PARAM_locate(parameters, name);
  return !parameter || OSSL_PARAM_set_int(parameter, value);
}

static bool set_text(OSSL_PARAM parameters[], const char *name, const char *value) {
  OSSL_PARAM *parameter = OSSL_PARAM_locate(parameters, name);
  return !parameter || OSSL_PARAM_set_utf8_string(parameter, value);
}

static int get_parameters(void *data, OSSL_PARAM parameters[]) {
  const struct card_key *key = data;
  return set_integer(parameters, OSSL_PKEY_PARAM_BITS, key->bits) &&
         set_integer(parameters, OSSL_PKEY_PARAM_SECURITY_BITS, key->security_bits) &&
         set_integer(parameters, OSSL_PKEY_PARAM_MAX_SIZE, (int)key->signature_length) &&
         set_text(parameters, OSSL_PKEY_PARAM_DEFAULT_DIGEST, "SHA256") &&
         (!key->group || set_text(parameters, OSSL_PKEY_PARAM_GROUP_NAME, key->group->openssl_name));
}

/*
 * OpenSSL compares a key with a certificate by exporting the public half to the provider that holds the certificate's. A match function
 * here would make it try the other way first and leave that attempt's error in its queue, where the next user of OpenSSL finds it.
 */
static int export_public(void *data, int selection, OSSL_CALLBACK *callback, void *argument) {
  const struct card_key *key = data;
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) || !(selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY)) return 0;
  OSSL_PARAM parameters[3];
  if (key->type == CARD_KEY_RSA) {
    parameters[0] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, key->modulus.data, key->modulus.length);
    parameters[1] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, key->public_exponent.data, key->public_exponent.length);
  } else {
    parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)key->group->openssl_name, 0);
    parameters[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, key->point.data, key->point.length);
  }
  parameters[2] = OSSL_PARAM_construct_end();
  return callback(parameters, argument);
}

static const OSSL_PARAM *rsa_export_types(int selection) {
  static const OSSL_PARAM list[] = {
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
      OSSL_PARAM_END,
  };
  return selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY ? NULL : list;
}

static const OSSL_PARAM *ec_export_types(int selection) {
  static const OSSL_PARAM list[] = {
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
      OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
      OSSL_PARAM_END,
  };
  return selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY ? NULL : list;
}

/* Keys of the type EC sign with an algorithm of another name. */
static const char *ec_operation_name(int operation) { return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL; }

#define COMMON                                                                \
  DISPATCH(OSSL_FUNC_KEYMGMT_LOAD, load),                                     \
  DISPATCH(OSSL_FUNC_KEYMGMT_FREE, release),                                  \
  DISPATCH(OSSL_FUNC_KEYMGMT_HAS, has),                                       \
  DISPATCH(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_parameters),                     \
  DISPATCH(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, gettable_parameters),           \
  DISPATCH(OSSL_FUNC_KEYMGMT_EXPORT, export_public)

static const OSSL_DISPATCH rsa[] = {COMMON, DISPATCH(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, rsa_export_types), DISPATCH_END};
static const OSSL_DISPATCH ec[] = {COMMON, DISPATCH(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, ec_export_types),
                                   DISPATCH(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation_name), DISPATCH_END};

/* libssl finds out what a certificate's key can do by these names. */
const OSSL_ALGORITHM key_management_algorithms[] = {
    {"RSA:rsaEncryption", PROVIDER_PROPERTIES, rsa, "RSA key on a card"},
    {"EC:id-ecPublicKey", PROVIDER_PROPERTIES, ec, "EC key on a card"},
    {NULL, NULL, NULL, NULL},
};
