/*
 * Keeps this library in memory until the process ends. Node unloads an addon with the last thread that loaded it, but OpenSSL keeps pointers
 * to the provider's functions, and the watchdog's thread runs for ever.
 */
#ifdef __linux__
#define _GNU_SOURCE /* dladdr(), RTLD_NODELETE */
#endif
#include "keep-loaded.h"

#ifdef _WIN32
#include <windows.h>

bool keep_loaded(void) {
  HMODULE module;
  return GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCSTR)&keep_loaded, &module) != 0;
}

#else
#include <dlfcn.h>
#include <stddef.h>

bool keep_loaded(void) {
  static const char here = 0;
  Dl_info library;
  /* "No load": the file of this name may be another one by now. */
  return dladdr(&here, &library) != 0 && dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) != NULL;
}

#endif
