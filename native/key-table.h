/* The keys that this process knows, by their ids; shared by all threads. */
#ifndef LYNCAUTH_KEY_TABLE_H
#define LYNCAUTH_KEY_TABLE_H

#include "card-key.h"

/* Before anything else; more than once does no harm. False when the system has no mutex left. */
bool key_table_init(void);

/* Takes over the caller's reference. False when the id is taken: then the caller keeps it. */
bool key_table_add(struct card_key *key);

/* The key with this id, with a reference for the caller; NULL when there is none. */
struct card_key *key_table_find(const char *id);

/* Takes a key of `env` out of the table (any, when `id` is NULL) and hands its reference to the caller; NULL when there is none. */
struct card_key *key_table_take(napi_env env, const char *id);

#endif
