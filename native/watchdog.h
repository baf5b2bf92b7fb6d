/* Ends the process when a call that blocks its thread does not return in time: beginCall() and endCall() of src/native.ts. */
#ifndef LYNCAUTH_WATCHDOG_H
#define LYNCAUTH_WATCHDOG_H

#include <node_api.h>

/* Adds beginCall and endCall to `exports`. Starts nothing: the first beginCall does. */
napi_status watchdog_init(napi_env env, napi_value exports);

#endif
