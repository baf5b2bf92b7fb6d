#!/usr/bin/env bash
# Sets up SoftHSM tokens for practice and tests: installs SoftHSM 2 if it is missing and makes tokens in a private directory.
set -euo pipefail

# shellcheck source=scripts/debian-packages.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh"

count=1
label='Practice card'
pin=24680135
so_pin=13572468
dir=${XDG_DATA_HOME:-$HOME/.local/share}/lyncauth/softhsm

usage() {
  cat <<EOF
Usage: softhsm-setup.sh [OPTIONS]
       eval "\$(softhsm-setup.sh)"

Installs SoftHSM 2 if it is missing and makes tokens (practice smart cards) in a private directory; SoftHSM's own configuration
is left alone. Standard output has only the lines that a shell needs to use them. Running it again keeps the tokens that exist.

  --count N      number of tokens; further ones are called "LABEL 2", "LABEL 3"... 0 only installs SoftHSM (default $count)
  --label TEXT   label of the token, at most 32 bytes (default "$label")
  --pin PIN      PIN of new tokens, 4 to 255 characters (default $pin)
  --so-pin PIN   security officer's PIN of new tokens (default $so_pin)
  --dir DIR      where the tokens and softhsm2.conf go (default $dir)
  --help         this text

The PINs show in the list of processes: choose none that protects anything.
EOF
}

fail() {
  printf 'softhsm-setup: error: %s\nsofthsm-setup: hint: %s\n' "$1" "$2" >&2
  exit "${3:-1}"
}

while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --count | --label | --pin | --so-pin | --dir)
      [ $# -ge 2 ] || fail "$1 needs a value" 'see --help' 2
      case $1 in
        --count) count=$2 ;;
        --label) label=$2 ;;
        --pin) pin=$2 ;;
        --so-pin) so_pin=$2 ;;
        --dir) dir=$2 ;;
      esac
      shift 2
      ;;
    *) fail "unknown argument $1" 'see --help' 2 ;;
  esac
done
[[ $count =~ ^[0-9]{1,3}$ ]] || fail "--count is not a number from 0 to 999: $count" 'see --help' 2
[ -n "$label" ] || fail '--label is empty' 'see --help' 2
for value in "$pin" "$so_pin"; do
  if [ ${#value} -lt 4 ] || [ ${#value} -gt 255 ]; then fail 'a PIN has 4 to 255 characters' 'give a longer --pin or --so-pin' 2; fi
done

# SoftHSM's library, at the places where distributions and Homebrew put it.
find_module() {
  local path
  for path in /usr/lib/softhsm /usr/lib/*/softhsm /usr/lib64/softhsm /usr/lib64/pkcs11 /usr/local/lib/softhsm /opt/homebrew/lib/softhsm; do
    if [ -e "$path/libsofthsm2.so" ]; then
      printf '%s\n' "$path/libsofthsm2.so"
      return
    fi
  done
  return 1
}

is_installed() { command -v softhsm2-util >/dev/null && find_module >/dev/null; }

make_configuration() {
  mkdir -p "$dir/tokens"
  chmod 700 "$dir" "$dir/tokens"
  dir=$(cd "$dir" && pwd)
  conf=$dir/softhsm2.conf
  [ -e "$conf" ] || printf '%s\n' \
    "directories.tokendir = $dir/tokens" \
    'objectstore.backend = file' \
    'log.level = ERROR' \
    'slots.removable = true' >"$conf"
  chmod 600 "$conf"
  export SOFTHSM2_CONF=$conf
}

has_token() { softhsm2-util --show-slots | sed -n 's/^ *Label: *\(.*[^ ]\) *$/\1/p' | grep -Fxq -- "$1"; }

# make_token LABEL
make_token() {
  [ "$(printf %s "$1" | wc -c)" -le 32 ] || fail "the label \"$1\" is longer than 32 bytes" 'give a shorter --label' 2
  if has_token "$1"; then
    echo "kept token \"$1\"" >&2
  else
    softhsm2-util --init-token --free --label "$1" --pin "$pin" --so-pin "$so_pin" >/dev/null </dev/null ||
      fail "SoftHSM could not make token \"$1\"" "look at $conf and at the permissions of $dir"
    echo "made token \"$1\"" >&2
  fi
}

# export_line NAME VALUE: quoted for any shell.
export_line() { printf "export %s='%s'\n" "$1" "$(printf %s "$2" | sed "s/'/'\\\\''/g")"; }

umask 077
is_installed || install_packages 'SoftHSM 2' softhsm2 softhsm 'brew install softhsm'
module=$(find_module) || fail 'SoftHSM is installed, but its library libsofthsm2.so is at no known place' 'set LYNCAUTH_MODULE to its path'
[ "$count" -gt 0 ] || exit 0
make_configuration
make_token "$label"
for ((number = 2; number <= count; number++)); do make_token "$label $number"; done
export_line SOFTHSM2_CONF "$conf"
export_line LYNCAUTH_MODULE "$module"
if [ "$count" -eq 1 ]; then export_line LYNCAUTH_CARD "$label"; fi
