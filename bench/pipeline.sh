#!/usr/bin/env bash
# What people script today, for comparison: pkcs11-tool makes the key, openssl signs the request through the engine, curl posts it, pkcs11-tool
# writes the certificate. Runs inside `lyncauth lab run`. Arguments: the token's label, an empty folder.
set -euo pipefail
label=$1
cd "$2"
pin=$(cat "$LYNCAUTH_PIN_FILE")
export PKCS11_MODULE_PATH=$LYNCAUTH_MODULE
card() { pkcs11-tool --module "$LYNCAUTH_MODULE" --token-label "$label" --login --pin "$pin" "$@" >/dev/null 2>&1; }
ca() { curl --silent --fail --cacert "$LYNCAUTH_CA_FILE" --user "$LYNCAUTH_USER:$(cat "$LYNCAUTH_PASSWORD_FILE")" "$@"; }

card --keypairgen --key-type EC:prime256v1 --id 01 --label bench
openssl req -new -engine pkcs11 -keyform engine -key "pkcs11:token=${label// /%20};id=%01;type=private;pin-value=$pin" \
  -subj "/CN=$LYNCAUTH_UPN" -sha256 -out request.pem 2>/dev/null
id=$(ca "$LYNCAUTH_CA/certfnsh.asp" --data-urlencode Mode=newreq --data-urlencode CertRequest@request.pem \
  --data-urlencode CertAttrib=CertificateTemplate:SmartcardUser --data-urlencode TargetStoreFlags=0 --data-urlencode SaveCert=yes |
  sed -n 's/.*certnew\.cer?ReqID=\([0-9]*\).*/\1/p' | head -n 1)
ca "$LYNCAUTH_CA/certnew.cer?ReqID=$id&Enc=b64" -o certificate.pem
openssl x509 -in certificate.pem -outform DER -out certificate.der
card --write-object certificate.der --type cert --id 01 --label bench
