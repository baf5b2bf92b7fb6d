/* One list, one mutex, one thread for the whole process. Nothing here may touch JavaScript, nor a lock that a blocked call may hold. */
#include "open-calls.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#ifndef _WIN32
#include <signal.h>
#endif

/* All times are uv_hrtime(), nanoseconds. While calls are open the thread looks at the clock this often: see give_back(). */
#define TICK UINT64_C(250000000)
/* Waking up this much too late means that the process was stopped or the computer slept, not that the computer is busy. */
#define LATE UINT64_C(500000000)
#define NEVER UINT64_MAX

struct call {
  struct call *next;
  const void *owner;
  uint64_t id;
  uint64_t begun;
  uint64_t deadline;
  int exit_code;
  /* The bytes follow the structure. */
  struct last_words words;
};

static uv_once_t once = UV_ONCE_INIT;
static bool ready;
static uv_mutex_t mutex;
static uv_cond_t changed;

/* Guarded by `mutex`. */
static struct call *calls;
static uint64_t last_id;
static bool thread_runs;
/* When the thread wakes up by itself. */
static uint64_t next_wake = NEVER;

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void prepare(void) { ready = uv_mutex_init(&mutex) == 0 && uv_cond_init(&changed) == 0; }

bool open_calls_init(void) {
  uv_once(&once, prepare);
  return ready;
}

/* Between `from` and `now` the process was stopped (Ctrl-Z, a debugger) or the computer slept: time that the driver did not have either. */
static void give_back(uint64_t from, uint64_t now) {
  for (struct call *call = calls; call; call = call->next) call->deadline += now - (call->begun > from ? call->begun : from);
}

static const struct call *first_to_end(void) {
  const struct call *first = calls;
  for (const struct call *call = calls; call; call = call->next)
    if (call->deadline < first->deadline) first = call;
  return first;
}

/* Takes no signals: they are for the other threads, and SIGTTOU would stop a background job that restores its terminal. */
static void block_signals(void) {
#ifndef _WIN32
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
#endif
}

static void sleep_until_next_wake(void) {
  if (next_wake == NEVER) {
    uv_cond_wait(&changed, &mutex);
  } else {
    uint64_t now = uv_hrtime();
    if (now < next_wake) (void)uv_cond_timedwait(&changed, &mutex, next_wake - now);
  }
}

static void watch(void *unused) {
  (void)unused;
  block_signals();
  uv_mutex_lock(&mutex);
  for (;;) {
    sleep_until_next_wake();
    uint64_t now = uv_hrtime();
    if (now < next_wake) continue; /* woken because there is less time now */
    if (now - next_wake > LATE) give_back(next_wake, now);
    const struct call *first = first_to_end();
    /* With the mutex held: whoever begins or ends a call now gets no further. */
    if (first && first->deadline <= now) end_process(first->exit_code, &first->words);
    next_wake = first ? earlier(first->deadline, now + TICK) : NEVER;
  }
}

/* False when the thread cannot be started. */
static bool run_thread(void) {
  static uv_thread_t thread; /* never joined: it lives as long as the process */
  if (!thread_runs) thread_runs = uv_thread_create(&thread, watch, NULL) == 0;
  return thread_runs;
}

static struct text copy_of(struct text text, char *place) {
  if (text.length > 0) memcpy(place, text.bytes, text.length);
  return (struct text){place, text.length};
}

static struct call *new_call(const struct last_words *words) {
  struct call *call = malloc(sizeof *call + words->output.length + words->error.length);
  if (!call) return NULL;
  char *place = (char *)(call + 1);
  call->words.output = copy_of(words->output, place);
  call->words.error = copy_of(words->error, place + words->output.length);
  return call;
}

/* Puts `call` into the list. False when there is no thread to watch it. */
static bool insert(struct call *call, uint64_t limit) {
  if (!run_thread()) return false;
  call->id = ++last_id;
  call->begun = uv_hrtime();
  call->deadline = call->begun + limit;
  call->next = calls;
  calls = call;
  /* A thread that wakes up early enough anyway is left asleep: so one call after the other costs no switch between threads. */
  uint64_t wake = earlier(call->deadline, call->begun + TICK);
  if (wake < next_wake) {
    next_wake = wake;
    uv_cond_signal(&changed);
  }
  return true;
}

uint64_t open_call(const void *owner, uint64_t limit, int exit_code, const struct last_words *words) {
  struct call *call = new_call(words);
  if (!call) return 0;
  call->owner = owner;
  call->exit_code = exit_code;
  uv_mutex_lock(&mutex);
  uint64_t id = insert(call, limit) ? call->id : 0;
  uv_mutex_unlock(&mutex);
  if (id == 0) free(call);
  return id;
}

/* Takes the calls with this number, or of this owner, out of the list. */
static void remove_calls(uint64_t id, const void *owner) {
  uv_mutex_lock(&mutex);
  for (struct call **link = &calls; *link;) {
    struct call *call = *link;
    if (call->id == id || call->owner == owner) {
      *link = call->next;
      free(call);
    } else {
      link = &call->next;
    }
  }
  uv_mutex_unlock(&mutex);
}

/* No call has the number 0, none has no owner. */
void close_call(uint64_t id) { remove_calls(id, NULL); }
void close_calls_of(const void *owner) { remove_calls(0, owner); }
