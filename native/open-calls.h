/* The calls that have begun and not ended, and the thread that waits for the first one to take too long. */
#ifndef LYNCAUTH_OPEN_CALLS_H
#define LYNCAUTH_OPEN_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "process-end.h"

/* Before all else; may be called again. False when there is no memory. */
bool open_calls_init(void);

/*
 * Watches a call from now on: unless close_call() comes within `limit` nanoseconds the process ends with `exit_code` and `words`, which are
 * copied. `owner` is whoever close_calls_of() will name. Returns the number of the call; 0 when no memory or no thread is left.
 */
uint64_t open_call(const void *owner, uint64_t limit, int exit_code, const struct last_words *words);

/* Does nothing when no open call has this number. */
void close_call(uint64_t id);

void close_calls_of(const void *owner);

#endif
