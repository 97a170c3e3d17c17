#!/usr/bin/env bash
# Gets the system parts that the tests against real servers and real editors need: Chromium and Neovim from Debian's
# packages, and a container registry, Notary's client and servers, a web server and a proxy, which are only unpacked
# below .cache/system, because installing them would start services. Does nothing where everything is there; without
# root or apt it prints the commands and changes nothing.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
unpacked="$root/.cache/system"

# command:package, installed on the system: two editors, and what builds the native parts of the editor host.
installed=(chromium:chromium nvim:neovim openssl:openssl make:make g++:g++ python3:python3)
# command:package, unpacked into .cache/system/usr. One command stands for all of a package: notary has three. Nothing
# that they depend on is unpacked: these need what every system with openssl has.
portable=(docker-registry:docker-registry notary-server:notary nginx:nginx tinyproxy:tinyproxy-bin)

to_install=()
for pair in "${installed[@]}"; do
  command -v "${pair%%:*}" >/dev/null || to_install+=("${pair#*:}")
done
to_unpack=()
for pair in "${portable[@]}"; do
  PATH="$PATH:$unpacked/usr/bin:/usr/sbin:$unpacked/usr/sbin" command -v "${pair%%:*}" >/dev/null ||
    to_unpack+=("${pair#*:}")
done

if [ ${#to_install[@]} -eq 0 ] && [ ${#to_unpack[@]} -eq 0 ]; then
  echo "Everything that the system has to provide is there."
  exit 0
fi

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
  echo "This needs root on Debian or Ubuntu. The commands to run there, in $root:"
  echo "  sudo apt-get update"
  if [ ${#to_install[@]} -gt 0 ]; then
    echo "  sudo apt-get install --no-install-recommends ${to_install[*]}"
  fi
  if [ ${#to_unpack[@]} -gt 0 ]; then
    echo "  apt-get download ${to_unpack[*]}"
    echo "  for package in ${to_unpack[*]}; do dpkg -x \"\$package\"_*.deb .cache/system; done"
  fi
  exit 0
fi

export DEBIAN_FRONTEND=noninteractive
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

updated=no
# Runs an apt-get command; if it fails, because the package lists are missing or old, renews them once and tries again.
with_fresh_lists() {
  if "$@"; then return; fi
  if [ $updated = yes ]; then return 1; fi
  updated=yes
  echo "> apt-get update"
  apt-get update -q
  "$@"
}

install_packages() {
  echo "> apt-get install --no-install-recommends $*"
  apt-get install -q -y --no-install-recommends "$@"
}

download_packages() {
  echo "> apt-get download $*"
  (cd "$work" && apt-get download -q -o APT::Sandbox::User=root "$@")
}

if [ ${#to_install[@]} -gt 0 ]; then
  with_fresh_lists install_packages "${to_install[@]}"
fi
if [ ${#to_unpack[@]} -gt 0 ]; then
  with_fresh_lists download_packages "${to_unpack[@]}"
  mkdir -p "$unpacked"
  for package in "$work"/*.deb; do
    echo "> dpkg -x $(basename "$package") ${unpacked#"$root"/}"
    dpkg -x "$package" "$unpacked"
  done
fi
echo "Done."
