/* Keeps this library in memory until the process ends. */
#ifndef LYNCAUTH_KEEP_LOADED_H
#define LYNCAUTH_KEEP_LOADED_H

#include <stdbool.h>

/* False when the system refuses. */
bool keep_loaded(void);

#endif
