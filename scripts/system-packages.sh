#!/usr/bin/env bash
# Installs the Debian packages that test/system needs, and those that are named, without starting their services. Does nothing when they are there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=scripts/debian-packages.sh
. scripts/debian-packages.sh

packages=(opensc openssl curl libengine-pkcs11-openssl)
# Servers that ask for a client certificate, started by the tests, and a TPM in software with the PKCS#11 module that goes with it.
packages+=(nginx apache2-bin swtpm libtpm2-pkcs11-1)
# A reader in software under the real PC/SC daemon, for the PIV card of the tests, and what speaks to such cards.
packages+=(pcscd vsmartcard-vpcd opensc-pkcs11 ykcs11 yubico-piv-tool)
# Modules of other drivers.
packages+=(libnss3 p11-kit p11-kit-modules)
# Networks of the tests' own.
packages+=(iproute2)
# A judge of XML signatures.
packages+=(xmlsec1)
# Domains that take a card: MIT Kerberos, and Samba as an Active Directory domain controller.
packages+=(krb5-kdc krb5-admin-server krb5-user krb5-pkinit samba samba-ad-dc samba-ad-provision samba-dsdb-modules ldb-tools)
# A clock that is behind, for a card that has run out everywhere else.
packages+=(faketime)
# The logon of Windows at a web server, with Kerberos tickets and with NTLM, and what the npm package kerberos is compiled with.
packages+=(libapache2-mod-auth-gssapi gss-ntlmssp winbind libkrb5-dev "$@")

# invoke-rc.d asks this program before it starts a service; 101 means no.
policy=/usr/sbin/policy-rc.d
kept=

forbid_services() {
  if [ -e "$policy" ]; then
    kept=$policy.lyncauth-kept
    as_root mv "$policy" "$kept"
  fi
  trap allow_services EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}

allow_services() {
  as_root rm -f "$policy"
  if [ -n "$kept" ]; then as_root mv "$kept" "$policy"; fi
}

if ! command -v dpkg-query >/dev/null; then
  echo "this needs Debian or one of its kin (packages: ${packages[*]})" >&2
  exit 1
fi
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "installing: ${missing[*]}" >&2
forbid_services
apt_install "${missing[@]}"
