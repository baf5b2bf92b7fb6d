#!/usr/bin/env bash
# Runs an npm script under another Node version: npm run test:node -- VERSION [SCRIPT]. The npm package `node` brings that version;
# it is kept in the cache folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ $# -lt 1 ] || ! [[ $1 =~ ^[0-9]+(\.[0-9]+){0,2}$ ]]; then
  echo 'usage: npm run test:node -- VERSION [SCRIPT]     such as: npm run test:node -- 22 test:unit' >&2
  exit 2
fi
version=$1
script=${2:-test}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lyncauth/node-$version
bin=$cache/node_modules/node/bin

if ! "$bin/node" --version >/dev/null 2>&1; then
  echo "installing Node $version to $cache" >&2
  mkdir -p "$cache"
  # The package's install script fetches the binary for this computer from the registry.
  printf '{ "private": true, "dependencies": { "node": "%s" }, "allowScripts": { "node": true } }\n' "$version" >"$cache/package.json"
  npm install --prefix "$cache" --no-audit --no-fund --no-update-notifier --loglevel=error
fi
echo "running npm run $script under Node $("$bin/node" --version)" >&2
PATH=$bin:$PATH exec npm run "$script"
