/* Names and lengths of the digests that signatures are made with (FIPS 180-4). */
#ifndef LYNCAUTH_DIGEST_H
#define LYNCAUTH_DIGEST_H

#include <stdbool.h>

/* Whether two names mean the same digest; unknown ones only when they are spelt alike. */
bool digest_same(const char *a, const char *b);

/* In bytes; 0 for a name that is not known. */
int digest_length(const char *name);

#endif
