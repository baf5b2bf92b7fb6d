/* Reads what JavaScript passes to addKey and removeKey; refuses anything else with a TypeError. */
#ifndef LYNCAUTH_ARGUMENTS_H
#define LYNCAUTH_ARGUMENTS_H

#include "card-key.h"

/* All return false with an exception pending. */
bool read_id(napi_env env, napi_value value, char id[CARD_KEY_ID_MAX + 1]);
bool read_function(napi_env env, napi_value value);
/* Makes a key of PublicKeyParts (src/native.ts); it has one reference and no signer yet. NULL with an exception pending. */
struct card_key *read_key(napi_env env, const char *id, napi_value parts);

/* Throws what `code` (one of Node's) and `message` say; returns false, so that a function can end with it. */
bool refuse(napi_env env, const char *code, const char *message);

#endif
