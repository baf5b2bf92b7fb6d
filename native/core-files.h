/* Core files of this process: refuseCoreFiles() of src/native.ts. */
#ifndef LYNCAUTH_CORE_FILES_H
#define LYNCAUTH_CORE_FILES_H

#include <node_api.h>

/* Adds refuseCoreFiles to `exports`. */
napi_status core_files_init(napi_env env, napi_value exports);

#endif
