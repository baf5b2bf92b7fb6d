/* The end of a process whose main thread does not run any more. */
#ifndef LYNCAUTH_PROCESS_END_H
#define LYNCAUTH_PROCESS_END_H

#include <stddef.h>

struct text {
  const char *bytes;
  size_t length;
};

/* What is said at the end, each text on its stream. */
struct last_words {
  struct text output;
  struct text error;
};

/* Restores the terminal, writes all that is to be said and ends the process. Does not return. */
void end_process(int exit_code, const struct last_words *words);

#endif
