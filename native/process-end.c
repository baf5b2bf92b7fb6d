/*
 * Ends the process from a thread that may do so while the main thread is blocked in a driver: what is needed is done here and nothing else,
 * since exit handlers, destructors and the event loop may wait for that driver.
 */
#include "process-end.h"

#include <uv.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <fcntl.h>
#include <unistd.h>
#endif

/* How long a reader that does not read can delay the end. */
#define WRITE_MILLISECONDS 1000

enum { STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR };

/* Ends the process: no exit handlers, no destructors, no locks. */
static void exit_now(int code) {
#ifdef _WIN32
  TerminateProcess(GetCurrentProcess(), (UINT)code);
#else
  _exit(code);
#endif
}

static void exit_soon(void *exit_code) {
  uv_sleep(WRITE_MILLISECONDS);
  exit_now(*(const int *)exit_code);
}

/* What Node does at its end: whoever shares these files (the shell) must not find them non-blocking. */
static void make_blocking(int fd) {
#ifdef _WIN32
  (void)fd;
#else
  int flags = fcntl(fd, F_GETFL);
  if (flags != -1 && (flags & O_NONBLOCK)) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
#endif
}

/* Writes all of `text`; gives up when nobody can read it. */
static void write_text(int fd, struct text text) {
  while (text.length > 0) {
    uv_fs_t request;
    uv_buf_t buffer = uv_buf_init((char *)text.bytes, (unsigned int)text.length);
    int written = uv_fs_write(NULL, &request, fd, &buffer, 1, -1, NULL);
    uv_fs_req_cleanup(&request);
    if (written == UV_EAGAIN || written == UV_EINTR) {
      uv_sleep(1);
    } else if (written <= 0) {
      return;
    } else {
      text.bytes += written;
      text.length -= (size_t)written;
    }
  }
}

void end_process(int exit_code, const struct last_words *words) {
  static int code; /* outlives this function for the guard */
  code = exit_code;
  uv_thread_t guard;
  /* Where not even a thread can be had the end comes all the same, unless a reader does not read. */
  (void)uv_thread_create(&guard, exit_soon, &code);
  uv_tty_reset_mode();
  for (int fd = STANDARD_INPUT; fd <= STANDARD_ERROR; fd += 1) make_blocking(fd);
  write_text(STANDARD_OUTPUT, words->output);
  write_text(STANDARD_ERROR, words->error);
  exit_now(code);
}
