#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install_packages.sh GROUP...: installs what tools/packages/GROUP.txt lists and is not there yet.
# dpkg is asked every time (30 ms), so a second call costs nothing and a removed package is noticed.
# Boost 1.74 development packages exclude 1.81; apt removes them, the run-time libraries stay.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

missing_packages() {
    local wanted installed
    wanted=$(for group; do cat "$here/packages/$group.txt"; done | sort -u)
    # dpkg-query fails when it does not know a package; that package is then simply not listed.
    # shellcheck disable=SC2086
    installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
        awk '$2 == "installed" {print $1}' | sort -u) || true
    comm -23 <(echo "$wanted") <(echo "$installed")
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "dev: not root and no sudo; run as root: $*" >&2
        return 1
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q \
        -o Acquire::Retries=5 -o DPkg::Lock::Timeout=600 "$@" </dev/null >&2
}

have_package_lists() {
    compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null
}

install() {
    have_package_lists || apt update
    apt install -y --no-install-recommends "$@" && return
    # Old lists name versions the mirror no longer has.
    apt update && apt install -y --no-install-recommends "$@"
}

mapfile -t missing < <(missing_packages "$@")
if [ "${#missing[@]}" -gt 0 ]; then
    echo "dev: installing ${missing[*]}" >&2
    install "${missing[@]}"
    mapfile -t missing < <(missing_packages "$@")
    if [ "${#missing[@]}" -gt 0 ]; then
        echo "dev: still missing: ${missing[*]}" >&2
        exit 1
    fi
fi
