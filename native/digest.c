/* Digests by name: OpenSSL has several names for the same one, and says what it likes. */
#include "digest.h"

#include <stddef.h>

/* The digests that RSA-PSS is used with, under all the names that OpenSSL has for them. */
static const struct digest {
  const char *names[3];
  int length;
} digests[] = {
    {{"SHA256", "SHA2-256", "SHA-256"}, 32}, {{"SHA384", "SHA2-384", "SHA-384"}, 48}, {{"SHA512", "SHA2-512", "SHA-512"}, 64},
    {{"SHA224", "SHA2-224", "SHA-224"}, 28}, {{"SHA1", "SHA-1", "SSL3-SHA1"}, 20},
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* Names of algorithms know no case. */
static bool same_name(const char *a, const char *b) {
  while (*a && lower(*a) == lower(*b)) a += 1, b += 1;
  return *a == *b;
}

static const struct digest *digest_named(const char *name) {
  for (size_t i = 0; i < sizeof digests / sizeof *digests; i += 1)
    for (size_t j = 0; j < sizeof digests->names / sizeof *digests->names; j += 1)
      if (same_name(digests[i].names[j], name)) return &digests[i];
  return NULL;
}

bool digest_same(const char *a, const char *b) {
  const struct digest *known = digest_named(a);
  return same_name(a, b) || (known && known == digest_named(b));
}

int digest_length(const char *name) {
  const struct digest *digest = digest_named(name);
  return digest ? digest->length : 0;
}
