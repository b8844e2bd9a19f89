#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# install.sh DIRECTORY: exactly the packages of requirements.txt, as a virtual environment.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$1

cmp -s "$here/requirements.txt" "$target/installed" && exit
rm -rf -- "$target"
mkdir -p "$target"
/usr/bin/python3 -m venv "$target"
"$target/bin/pip" install --disable-pip-version-check --no-deps --require-hashes \
    --only-binary :all: -r "$here/requirements.txt"
cp "$here/requirements.txt" "$target/installed"
