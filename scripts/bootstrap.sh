#!/usr/bin/env bash
# Makes a clone ready to build, test and run: compiler, SoftHSM, npm packages, native addon, dist/. Does only what is missing; safe to run again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=scripts/debian-packages.sh
. scripts/debian-packages.sh

say() { echo "bootstrap: $*" >&2; }

check_node() {
  local found
  found=$(node -p 'process.versions.node')
  if ! node -e 'var v = process.versions.node.split(".").map(Number); process.exit(v[0] > 20 || (v[0] === 20 && v[1] >= 19) ? 0 : 1)'; then
    say "error: this is Node.js $found, which is too old"
    say 'hint: install Node.js 20.19 or newer'
    exit 1
  fi
}

# The native addons are compiled at installation; tests compile a PKCS#11 module and use python3 for a terminal.
has_compiler() {
  local tool
  for tool in cc c++ make python3; do command -v "$tool" >/dev/null || return 1; done
}

# The addons use Node-API, so one binary serves every Node version: only another lock file or another computer needs a new installation.
# So do Kerberos' headers when they have come: the optional package kerberos is compiled with them, and left out without.
wanted_packages() {
  local kerberos=
  if echo '#include <gssapi/gssapi.h>' | cc -E - >/dev/null 2>&1; then kerberos=gssapi; fi
  echo "$(cksum <package-lock.json) $(uname -sm) $kerberos"
}

install_npm_packages() {
  local stamp=node_modules/.lyncauth-packages addon=node_modules/pkcs11js/build/Release/pkcs11.node
  if [ -e "$addon" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted_packages)" ]; then return; fi
  say 'installing npm packages'
  npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
  if [ ! -e "$addon" ]; then
    say 'error: pkcs11js was not compiled: npm did not run its install script'
    say 'hint: run npm rebuild pkcs11js'
    exit 1
  fi
  wanted_packages >"$stamp"
}

check_node
has_compiler || install_packages 'a compiler, make and python3' 'build-essential python3' 'gcc gcc-c++ make python3' 'xcode-select --install'
bash scripts/softhsm-setup.sh --count 0
install_npm_packages
node scripts/build-native.mjs --if-changed
node scripts/build.mjs --if-changed
