/* Calls the JavaScript function that signs for a key. It leaves no exception pending: the caller is OpenSSL, in the middle of a handshake. */
#include "signer.h"

#include <string.h>

static napi_status set_number(napi_env env, napi_value object, const char *name, int number) {
  napi_value value;
  napi_status status = napi_create_int32(env, number, &value);
  return status == napi_ok ? napi_set_named_property(env, object, name, value) : status;
}

static napi_status set_text(napi_env env, napi_value object, const char *name, const char *text) {
  napi_value value;
  napi_status status = napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return status == napi_ok ? napi_set_named_property(env, object, name, value) : status;
}

static napi_status create_request(napi_env env, const struct sign_request *request, napi_value *object) {
  napi_value data;
  napi_status status = napi_create_object(env, object);
  if (status == napi_ok) status = napi_create_buffer_copy(env, request->length, request->data, NULL, &data);
  if (status == napi_ok) status = napi_set_named_property(env, *object, "data", data);
  if (status == napi_ok) status = set_text(env, *object, "digest", request->digest);
  if (status == napi_ok) status = set_text(env, *object, "padding", request->padding);
  if (status == napi_ok) status = set_number(env, *object, "saltLength", request->salt_length);
  return status;
}

static napi_status call_function(napi_env env, napi_ref function, const struct sign_request *request, napi_value *result) {
  napi_value receiver, callee, argument;
  napi_status status = napi_get_reference_value(env, function, &callee);
  if (status == napi_ok) status = napi_get_undefined(env, &receiver);
  if (status == napi_ok) status = create_request(env, request, &argument);
  if (status == napi_ok) status = napi_call_function(env, receiver, callee, 1, &argument, result);
  return status;
}

/* RSA signatures are as long as the modulus (RFC 8017 section 8), DER-encoded ECDSA signatures at most as long as two full numbers. */
static bool fits(const struct card_key *key, size_t length) {
  return key->type == CARD_KEY_RSA ? length == key->signature_length : length > 0 && length <= key->signature_length;
}

static bool copy_signature(const struct card_key *key, napi_value value, unsigned char *signature, size_t *length) {
  bool is_array = false;
  napi_typedarray_type type;
  void *bytes = NULL;
  if (napi_is_typedarray(key->env, value, &is_array) != napi_ok || !is_array) return false;
  if (napi_get_typedarray_info(key->env, value, &type, length, &bytes, NULL, NULL) != napi_ok) return false;
  if (type != napi_uint8_array || !fits(key, *length)) return false;
  memcpy(signature, bytes, *length);
  return true;
}

static void drop_exception(napi_env env) {
  bool pending = false;
  napi_value exception;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) (void)napi_get_and_clear_last_exception(env, &exception);
}

enum reason signer_call(const struct card_key *key, const struct sign_request *request, unsigned char *signature, size_t *length) {
  napi_handle_scope scope;
  napi_value result;
  if (key->thread != this_thread()) return REASON_OTHER_THREAD;
  if (!key->signer) return REASON_KEY_REMOVED;
  napi_env env = key->env;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return REASON_SIGNER_FAILED;
  enum reason reason = REASON_NONE;
  if (call_function(env, key->signer, request, &result) != napi_ok) {
    drop_exception(env);
    reason = REASON_SIGNER_FAILED;
  } else if (!copy_signature(key, result, signature, length)) {
    reason = REASON_SIGNATURE_INVALID;
  }
  (void)napi_close_handle_scope(env, scope);
  return reason;
}
