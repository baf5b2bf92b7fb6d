/** Has every call of a driver watched, those that graphene makes included: wraps the binding's functions, once. Watches nothing itself. */
import type { PKCS11 } from 'pkcs11js';

/** Told of a call (C_Sign) before it is made; the function it returns is called when the call is over. */
export type WatchCall = (call: string) => () => void;

/** Ends the name of a call that returns when a person has entered a PIN on the reader. */
export const ON_PIN_PAD = ' on the PIN pad';

type Function = (this: unknown, ...args: unknown[]) => unknown;

/** Wraps the functions of `lib`. A call in the background is over when its promise settles; the variants with callbacks, which nobody uses, are left alone. */
export function watchCalls(lib: PKCS11, watch: WatchCall): void {
  const functions = lib as unknown as Record<string, Function>;
  for (const name of functionNames(lib)) functions[name] = watched(functions[name] as Function, name.replace(/Async$/, ''), watch);
}

function watched(call: Function, name: string, watch: WatchCall): Function {
  return function (...args) {
    const end = watch(name);
    let background = false;
    try {
      const result = call.apply(this, args);
      if (!(result instanceof Promise)) return result;
      background = true;
      return result.finally(end);
    } finally {
      if (!background) end();
    }
  };
}

/** The binding has most of them on each instance and some on its class. */
function functionNames(lib: PKCS11): Set<string> {
  const names = new Set<string>();
  for (let owner: object | null = lib; owner !== null; owner = Object.getPrototypeOf(owner))
    for (const name of Object.getOwnPropertyNames(owner)) if (/^C_/.test(name) && !name.endsWith('Callback')) names.add(name);
  return names;
}
