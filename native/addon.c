/*
 * The addon's entrance: addKey, removeKey, refuseCoreFiles and the watchdog's functions, as src/native.ts describes them. Loading it touches nothing of
 * OpenSSL; the first addKey registers the provider.
 */
#include <node_api.h>
#include <stddef.h>

#include "arguments.h"
#include "core-files.h"
#include "keep-loaded.h"
#include "key-table.h"
#include "provider.h"
#include "watchdog.h"

/* Takes the signer out of a key that left the table, and gives up the table's reference. On the key's own thread only. */
static void forget(struct card_key *key) {
  if (key->signer) (void)napi_delete_reference(key->env, key->signer);
  key->signer = NULL;
  card_key_release(key);
}

static bool give_signer(napi_env env, struct card_key *key, napi_value sign) {
  key->env = env;
  key->thread = this_thread();
  if (napi_create_reference(env, sign, 1, &key->signer) == napi_ok) return true;
  key->signer = NULL;
  (void)napi_throw_error(env, NULL, "cannot keep the function that signs");
  return false;
}

static napi_value add_key(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t count = 3;
  char id[CARD_KEY_ID_MAX + 1];
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) return NULL;
  if (!read_id(env, arguments[0], id) || !read_function(env, arguments[2])) return NULL;
  struct card_key *key = read_key(env, id, arguments[1]);
  if (!key) return NULL;
  if (!provider_register()) {
    (void)napi_throw_error(env, "ERR_LYNCAUTH_PROVIDER", "the OpenSSL of this process refuses the provider");
    card_key_release(key);
    return NULL;
  }
  if (!give_signer(env, key, arguments[2])) {
    card_key_release(key);
  } else if (!key_table_add(key)) {
    (void)napi_throw_error(env, "ERR_LYNCAUTH_DUPLICATE_KEY", "there is a key with this id already");
    forget(key);
  }
  return NULL;
}

static napi_value remove_key(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  size_t count = 1;
  char id[CARD_KEY_ID_MAX + 1];
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || !read_id(env, argument, id)) return NULL;
  struct card_key *key = key_table_take(env, id);
  if (key) {
    forget(key);
    provider_clear_errors();
  }
  return napi_get_boolean(env, key != NULL, &result) == napi_ok ? result : NULL;
}

/* A worker ends, or the process: nobody is left who could sign with these keys. */
static void forget_all(void *env) {
  for (struct card_key *key; (key = key_table_take(env, NULL));) forget(key);
}

static napi_status define_functions(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"addKey", NULL, add_key, NULL, NULL, NULL, napi_enumerable, NULL},
      {"removeKey", NULL, remove_key, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  return napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
}

NAPI_MODULE_INIT() {
  bool ready = keep_loaded() && key_table_init() && napi_add_env_cleanup_hook(env, forget_all, env) == napi_ok &&
               define_functions(env, exports) == napi_ok && core_files_init(env, exports) == napi_ok && watchdog_init(env, exports) == napi_ok;
  if (!ready) (void)napi_throw_error(env, NULL, "the addon cannot start");
  return ready ? exports : NULL;
}
