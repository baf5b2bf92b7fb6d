/* Calls the JavaScript function that signs for a key. */
#ifndef LYNCAUTH_SIGNER_H
#define LYNCAUTH_SIGNER_H

#include "card-key.h"
#include "provider.h"

/* What is signed: SignRequest of src/native.ts. */
struct sign_request {
  const unsigned char *data;
  size_t length;
  const char *digest;
  const char *padding;
  int salt_length;
};

/*
 * Has the key's function sign, on this thread. `signature` holds at least key->signature_length bytes.
 * Returns REASON_NONE and the length, or why there is no signature. What the function threw is dropped.
 */
enum reason signer_call(const struct card_key *key, const struct sign_request *request, unsigned char *signature, size_t *length);

#endif
