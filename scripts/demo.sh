#!/usr/bin/env bash
# The main job on the practice organisation: a software card is enrolled at a CA's web page over HTTPS. Everything stays in .lab/.
# Commands are shown before the shell fills them in.
# shellcheck disable=SC2016
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" != steps ]; then
  rm -rf .lab
  exec node bin/lyncauth.js lab run --dir .lab --card-label 'Practice card' -- bash scripts/demo.sh steps
fi

step() {
  printf '\n$ %s\n' "$1"
  eval "$1"
}

printf 'A practice organisation is running on this computer: a CA at %s, the account %s, a SoftHSM card.\n' "$LYNCAUTH_CA" "$LYNCAUTH_USER"
step 'lyncauth cards --card "$LYNCAUTH_CARD"'
step 'lyncauth enroll --no-input --yes'
step 'lyncauth cards --card "$LYNCAUTH_CARD"'
printf '\nRun again, it changes nothing:\n'
step 'lyncauth enroll --no-input --yes'
cat <<END

The card stays in .lab/. Look at it with software that is not ours (Debian: apt-get install opensc):
  SOFTHSM2_CONF=$SOFTHSM2_CONF pkcs11-tool --module $LYNCAUTH_MODULE --token-label '$LYNCAUTH_CARD' --list-objects --login --pin "\$(cat $LYNCAUTH_PIN_FILE)"
The root certificate of the practice organisation: $LYNCAUTH_CA_FILE
END
