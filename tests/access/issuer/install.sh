#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# install.sh DIRECTORY: exactly the packages of package-lock.json, into DIRECTORY/node_modules.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$1

cmp -s "$here/package-lock.json" "$target/installed" && exit
command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get -q \
    -o DPkg::Lock::Timeout=600 install -y --no-install-recommends npm
rm -rf -- "$target"
mkdir -p "$target"
cp "$here/package.json" "$here/package-lock.json" "$target"
cd "$target"
npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier
cp package-lock.json installed
