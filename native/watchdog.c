/*
 * beginCall() and endCall(): end the process when a call that blocks its thread does not return in time.
 *
 * Why a thread of its own, in C: a driver call blocks JavaScript's thread, and with it every timer and every signal handler; only another
 * thread can still act. A worker thread of Node could, but each run would pay for a second JavaScript engine (milliseconds of start-up and
 * some 10 MB) to guard against what almost never happens. This thread sleeps, and a call costs two locks of a mutex.
 */
#include "watchdog.h"

#include <stdbool.h>
#include <stdint.h>

#include "open-calls.h"

/* In a millisecond. */
#define NANOSECONDS 1e6
/* Longer limits are cut to this one, which nobody outlives: 30 years. */
#define MAX_MILLISECONDS 1e12
#define MAX_TEXT ((size_t)1 << 20)

static napi_value refuse(napi_env env, const char *message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return NULL;
}

/* Borrows the bytes of a Uint8Array. */
static bool get_text(napi_env env, napi_value value, struct text *text) {
  bool is_array = false;
  napi_typedarray_type type;
  void *bytes = NULL;
  if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array) return false;
  if (napi_get_typedarray_info(env, value, &type, &text->length, &bytes, NULL, NULL) != napi_ok || type != napi_uint8_array) return false;
  text->bytes = bytes;
  return text->length <= MAX_TEXT;
}

static napi_value begin_call(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  size_t count = 4;
  double milliseconds, exit_code;
  struct last_words words;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 4) return refuse(env, "beginCall needs 4 arguments");
  if (napi_get_value_double(env, arguments[0], &milliseconds) != napi_ok || !(milliseconds > 0))
    return refuse(env, "the limit must be a number of milliseconds above 0");
  if (napi_get_value_double(env, arguments[1], &exit_code) != napi_ok || !(exit_code >= 0 && exit_code <= 255))
    return refuse(env, "the exit code must be a number from 0 to 255");
  if (!get_text(env, arguments[2], &words.output) || !get_text(env, arguments[3], &words.error))
    return refuse(env, "the texts must be Uint8Arrays of at most 1 MiB");

  double limit = (milliseconds < MAX_MILLISECONDS ? milliseconds : MAX_MILLISECONDS) * NANOSECONDS;
  uint64_t id = open_call(env, (uint64_t)limit, (int)exit_code, &words);
  if (id == 0) {
    napi_throw_error(env, "ERR_WATCHDOG", "the call cannot be watched: no memory or no thread left");
    return NULL;
  }
  napi_value result;
  if (napi_create_double(env, (double)id, &result) == napi_ok) return result;
  close_call(id);
  return NULL;
}

static napi_value end_call(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  size_t count = 1;
  double number;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 1 ||
      napi_get_value_double(env, arguments[0], &number) != napi_ok)
    return refuse(env, "endCall needs the number that beginCall returned");
  /* A number that no call has, whatever it is, ends none. */
  uint64_t id = number >= 1 && number < 0x1p53 ? (uint64_t)number : 0;
  if ((double)id == number) close_call(id);
  return NULL;
}

/* A worker that is terminated ends no calls. */
static void close_own_calls(void *env) { close_calls_of(env); }

napi_status watchdog_init(napi_env env, napi_value exports) {
  if (!open_calls_init()) return napi_generic_failure;
  const napi_property_descriptor functions[] = {
      {"beginCall", NULL, begin_call, NULL, NULL, NULL, napi_enumerable, NULL},
      {"endCall", NULL, end_call, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_status status = napi_add_env_cleanup_hook(env, close_own_calls, env);
  if (status != napi_ok) return status;
  return napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
}
