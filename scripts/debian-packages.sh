# Installing system packages. Read in by the other scripts; it does nothing by itself.
# shellcheck shell=bash

# Runs a command as root, through sudo where needed.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "root is needed for: $*" >&2
    return 1
  fi
}

# apt_install PACKAGE...: the package lists are fetched only when they turn out to be missing or old.
apt_install() {
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "$@")
  if apt-cache show "$@" >/dev/null 2>&1 && as_root "${install[@]}" >/dev/null; then return; fi
  as_root apt-get update -qq >/dev/null && as_root "${install[@]}" >/dev/null
}

# install_packages WHAT DEBIAN_PACKAGES DNF_PACKAGES BREW_COMMAND: installs with apt; elsewhere it names the command and fails.
install_packages() {
  local what=$1 debian=$2 dnf=$3 brew=$4 command
  local packages
  read -ra packages <<<"$debian"
  if command -v apt-get >/dev/null; then
    echo "installing $what: ${packages[*]}" >&2
    apt_install "${packages[@]}" && return
    command="apt-get install $debian"
  elif command -v dnf >/dev/null; then
    command="dnf install $dnf"
  elif command -v brew >/dev/null; then
    command=$brew
  else
    command="your system's package manager (on Debian the packages are called $debian)"
  fi
  echo "error: $what is missing and could not be installed from here" >&2
  echo "hint: install it with $command, then run this again" >&2
  return 1
}
