#!/usr/bin/env bash
# The whole story on the practice organisation: a software card is enrolled, signs in and out, and gets a new PIN. Everything stays in .lab/.
# Commands are shown before the shell fills them in.
# shellcheck disable=SC2016
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" != steps ]; then
  rm -rf .lab
  exec node bin/lyncauth.js lab run --dir .lab --card-label 'Practice card' -- bash scripts/demo.sh steps
fi

# step EXPLANATION COMMAND
step() {
  printf '\n# %s\n$ %s\n' "$1" "$2"
  eval "$2"
}

cat <<END
A practice organisation is running on this computer: a CA, AD FS and a Skype for Business pool; Alice has an account there and a blank card.
Her account and PIN come from the environment (LYNCAUTH_*) and --no-input asks nobody; without them, lyncauth asks a person.
END
step 'The card makes a key, and the CA issues a certificate for it.' 'lyncauth enroll --no-input --yes'
step 'What is on the card now.' 'lyncauth cards --card "$LYNCAUTH_CARD"'
step 'Old sign-in information on this computer could get in the way, so it is deleted first; here there is none yet.' \
  'lyncauth forget-credentials'
step 'The card proves to AD FS who she is; no password is needed.' 'lyncauth sign-in alice@lab.test --no-input'
step 'Who is signed in, and until when.' 'lyncauth status'
(umask 077 && echo 571946 >.lab/new-pin)
step 'The card gets a new PIN; that leaves her signed in.' 'lyncauth change-pin --no-input --new-pin-file .lab/new-pin'
step 'The new PIN works. The address is remembered, and the session from before is ended.' 'lyncauth sign-in --no-input --pin-file .lab/new-pin'
step 'She is done: the session ends at the server and here.' 'lyncauth sign-out'
step "What the servers saw: the card's certificate at AD FS at each sign-in, and the end of each session." \
  'lyncauth lab log | grep -E "TLS client certificate|DELETE"'
cat <<END

The card stays in .lab/. Look at it with software that is not ours (Debian: apt-get install opensc):
  SOFTHSM2_CONF=$SOFTHSM2_CONF pkcs11-tool --module $LYNCAUTH_MODULE --token-label '$LYNCAUTH_CARD' --list-objects --login
It asks for the PIN, which is in $LYNCAUTH_LAB_DIR/new-pin.
The root certificate of the practice organisation: $LYNCAUTH_CA_FILE
END
