/* The OpenSSL provider "lyncauth": loading, errors, and which operations it has. It knows no key. */
#include "provider.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdlib.h>
#include <uv.h>

static const OSSL_ITEM reason_texts[] = {
    {REASON_OUT_OF_MEMORY, "out of memory"},
    {REASON_NOT_INITIALIZED, "no key was given to sign with"},
    {REASON_DIGEST_UNSUPPORTED, "unsupported digest"},
    {REASON_PADDING_UNSUPPORTED, "unsupported padding"},
    {REASON_SALT_LENGTH_UNSUPPORTED, "unsupported salt length"},
    {REASON_MASK_DIGEST_UNSUPPORTED, "unsupported mask generation digest"},
    {REASON_BUFFER_TOO_SMALL, "buffer too small for a signature"},
    {REASON_KEY_REMOVED, "the key was removed"},
    {REASON_OTHER_THREAD, "the key belongs to another thread"},
    {REASON_SIGNER_FAILED, "the signer threw an error"},
    {REASON_SIGNATURE_INVALID, "the signer returned no signature of this key"},
    {0, NULL},
};

static void set_error(const struct provider *provider, enum reason reason, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  provider->set_error(provider->handle, reason, format, arguments);
  va_end(arguments);
}

bool provider_fail(const struct provider *provider, enum reason reason) {
  if (provider->new_error && provider->set_error) {
    provider->new_error(provider->handle);
    set_error(provider, reason, NULL);
  }
  return false;
}

void provider_clear_errors(void) { ERR_clear_error(); }

/* ---- what OpenSSL calls: provider-base(7) ---- */

static OSSL_FUNC_provider_teardown_fn teardown;
static OSSL_FUNC_provider_gettable_params_fn gettable_parameters;
static OSSL_FUNC_provider_get_params_fn get_parameters;
static OSSL_FUNC_provider_query_operation_fn query_operation;
static OSSL_FUNC_provider_get_reason_strings_fn get_reason_texts;

static void teardown(void *provider) { free(provider); }

static const OSSL_PARAM *gettable_parameters(void *provider) {
  static const OSSL_PARAM list[] = {
      OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
      OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
      OSSL_PARAM_END,
  };
  (void)provider;
  return list;
}

static int get_parameters(void *provider, OSSL_PARAM parameters[]) {
  (void)provider;
  OSSL_PARAM *name = OSSL_PARAM_locate(parameters, OSSL_PROV_PARAM_NAME);
  OSSL_PARAM *status = OSSL_PARAM_locate(parameters, OSSL_PROV_PARAM_STATUS);
  return (!name || OSSL_PARAM_set_utf8_ptr(name, PROVIDER_NAME)) && (!status || OSSL_PARAM_set_int(status, 1));
}

static const OSSL_ALGORITHM *query_operation(void *provider, int operation, int *no_cache) {
  (void)provider;
  *no_cache = 0;
  switch (operation) {
    case OSSL_OP_KEYMGMT: return key_management_algorithms;
    case OSSL_OP_SIGNATURE: return signature_algorithms;
    case OSSL_OP_DECODER: return decoder_algorithms;
    default: return NULL;
  }
}

static const OSSL_ITEM *get_reason_texts(void *provider) {
  (void)provider;
  return reason_texts;
}

static OSSL_provider_init_fn initialize;

static int initialize(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **context) {
  static const OSSL_DISPATCH functions[] = {
      DISPATCH(OSSL_FUNC_PROVIDER_TEARDOWN, teardown),
      DISPATCH(OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, gettable_parameters),
      DISPATCH(OSSL_FUNC_PROVIDER_GET_PARAMS, get_parameters),
      DISPATCH(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query_operation),
      DISPATCH(OSSL_FUNC_PROVIDER_GET_REASON_STRINGS, get_reason_texts),
      DISPATCH_END,
  };
  struct provider *provider = calloc(1, sizeof *provider);
  if (!provider) return 0;
  provider->handle = handle;
  for (; in->function_id; in += 1) {
    switch (in->function_id) {
      case OSSL_FUNC_CORE_NEW_ERROR: provider->new_error = OSSL_FUNC_core_new_error(in); break;
      case OSSL_FUNC_CORE_VSET_ERROR: provider->set_error = OSSL_FUNC_core_vset_error(in); break;
      case OSSL_FUNC_BIO_GETS: provider->bio_gets = OSSL_FUNC_BIO_gets(in); break;
      default: break;
    }
  }
  if (!provider->bio_gets) {
    free(provider);
    return 0;
  }
  *out = functions;
  *context = provider;
  return 1;
}

/* ---- registration ---- */

static uv_once_t once = UV_ONCE_INIT;
static bool registered;

/*
 * OpenSSL takes the first provider that has an algorithm, in the order of their names; "default" comes before ours. The default provider
 * is a fall-back that the first use activates, and the first provider loaded by hand usually keeps it from that: asking whether it is
 * available activates it now, and try_load with "retain fall-backs" leaves it alone. In a process set up otherwise (FIPS) nothing changes.
 */
static void register_once(void) {
  (void)OSSL_PROVIDER_available(NULL, "default");
  registered = OSSL_PROVIDER_add_builtin(NULL, PROVIDER_NAME, initialize) && OSSL_PROVIDER_try_load(NULL, PROVIDER_NAME, 1);
}

bool provider_register(void) {
  uv_once(&once, register_once);
  return registered;
}
