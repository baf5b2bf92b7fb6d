/* The keys that this process knows: a list, since a program has few, and only loading a key searches it. */
#include "key-table.h"

#include <string.h>
#include <uv.h>

static uv_once_t once = UV_ONCE_INIT;
static bool ready;
static uv_mutex_t mutex;
static struct card_key *first; /* guarded by `mutex` */

static void prepare(void) { ready = uv_mutex_init(&mutex) == 0; }

bool key_table_init(void) {
  uv_once(&once, prepare);
  return ready;
}

/* Where the key with this id is linked from; the end of the list when there is none. The mutex is held. */
static struct card_key **link_to(const char *id) {
  struct card_key **link = &first;
  while (*link && strcmp((*link)->id, id) != 0) link = &(*link)->next;
  return link;
}

bool key_table_add(struct card_key *key) {
  uv_mutex_lock(&mutex);
  bool is_new = *link_to(key->id) == NULL;
  if (is_new) {
    key->next = first;
    first = key;
  }
  uv_mutex_unlock(&mutex);
  return is_new;
}

struct card_key *key_table_find(const char *id) {
  uv_mutex_lock(&mutex);
  struct card_key *key = *link_to(id);
  /* Counted under the mutex: a moment later its last other reference may be gone. */
  if (key) card_key_retain(key);
  uv_mutex_unlock(&mutex);
  return key;
}

struct card_key *key_table_take(napi_env env, const char *id) {
  uv_mutex_lock(&mutex);
  struct card_key **link = &first;
  while (*link && ((*link)->env != env || (id && strcmp((*link)->id, id) != 0))) link = &(*link)->next;
  struct card_key *key = *link;
  if (key) *link = key->next;
  uv_mutex_unlock(&mutex);
  return key;
}
