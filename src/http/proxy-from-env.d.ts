/** Types for proxy-from-env, which ships none. */
declare module 'proxy-from-env' {
  /** The proxy for `url` as the process environment says; an empty string for none. */
  export function getProxyForUrl(url: string | URL): string;
}
