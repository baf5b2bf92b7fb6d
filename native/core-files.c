/*
 * refuseCoreFiles(): a driver that crashes leaves no file with the memory of the process, where the PIN is. By the limit on the size of such
 * files, which systemd-coredump and apport obey as well; Windows has none. Forbidding the process to be dumped at all (PR_SET_DUMPABLE) would
 * also take its own /proc/self/fd from it.
 */
#include "core-files.h"

#include <stddef.h>

#ifndef _WIN32
#include <sys/resource.h>
#endif

static napi_value refuse_core_files(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
#ifndef _WIN32
  struct rlimit limit;
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return NULL;
  limit.rlim_cur = 0;
  (void)setrlimit(RLIMIT_CORE, &limit);
#endif
  return NULL;
}

napi_status core_files_init(napi_env env, napi_value exports) {
  const napi_property_descriptor function = {"refuseCoreFiles", NULL, refuse_core_files, NULL, NULL, NULL, napi_enumerable, NULL};
  return napi_define_properties(env, exports, 1, &function);
}
