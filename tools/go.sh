#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Prints the path of a Go tool that is new enough for the programs the tests install (1.24).
# Takes the one on the PATH or in /usr/local/go if it is; otherwise unpacks the official
# toolchain, as the Go module proxy publishes it, under build/tools/go, once. Debian 12's own
# Go 1.19 is too old to fetch a newer one by itself. Everything but the path goes to stderr.

set -euo pipefail

readonly kMinor=24
readonly kVersion=1.25.9
readonly kSha256_amd64=cc7f941933e0f371df37bfecd977b7e3aa474b2f3c2719806d9fe5f291a1c647

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly home="$root/build/tools/go/$kVersion"

fail() {
    echo "go.sh: $*" >&2
    exit 1
}

# Is $1 a Go tool of version 1.kMinor or later?
new_enough() {
    local version minor
    version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
    minor=${version#go1.}
    minor=${minor%%[!0-9]*}
    [[ $version == go1.* && -n $minor && $minor -ge $kMinor ]]
}

# Makes curl and unzip available.
need_downloader() {
    if command -v curl >/dev/null && command -v unzip >/dev/null; then
        return
    fi
    local sudo=()
    if [[ $EUID -ne 0 ]]; then
        sudo=(sudo)
    fi
    echo "go.sh: installing curl and unzip" >&2
    {
        "${sudo[@]}" apt-get -o DPkg::Lock::Timeout=600 update -q
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 \
            install -qy --no-install-recommends ca-certificates curl unzip
    } >&2 </dev/null
}

# The first real address in GOPROXY, which may be a list and may name "direct" or "off".
proxy() {
    local entry
    for entry in ${GOPROXY//[,|]/ }; do
        if [[ $entry == http*://* ]]; then
            echo "${entry%/}"
            return
        fi
    done
    echo https://proxy.golang.org
}

# Unpacks the toolchain into $home; a broken attempt leaves nothing there.
install_toolchain() {
    if [[ $(uname -sm) != "Linux x86_64" ]]; then
        fail "no Go 1.$kMinor or later found; install one from https://go.dev/dl and try again"
    fi
    need_downloader
    local name="v0.0.1-go$kVersion.linux-amd64"
    mkdir -p "$(dirname "$home")"
    scratch=$(mktemp -d "$(dirname "$home")/.unpack.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    echo "go.sh: fetching Go $kVersion" >&2
    curl -fsSL --retry 3 --max-time 600 -o "$scratch/go.zip" \
        "$(proxy)/golang.org/toolchain/@v/$name.zip" || fail "cannot fetch Go $kVersion"
    echo "$kSha256_amd64  $scratch/go.zip" | sha256sum --check --quiet >&2 ||
        fail "the fetched Go toolchain has an unexpected checksum"
    unzip -q "$scratch/go.zip" -d "$scratch"
    local tree="$scratch/golang.org/toolchain@$name"
    # Module archives carry no permission bits.
    chmod -R +x "$tree/bin" "$tree/pkg/tool"
    # Somebody else may have been faster; theirs is as good.
    mv -T "$tree" "$home" 2>/dev/null || [[ -x $home/bin/go ]] || fail "cannot write $home"
}

GOPROXY=${GOPROXY:-}
for candidate in "$(command -v go || true)" /usr/local/go/bin/go "$home/bin/go"; do
    if [[ -n $candidate ]] && new_enough "$candidate"; then
        echo "$candidate"
        exit 0
    fi
done
install_toolchain
new_enough "$home/bin/go" || fail "$home/bin/go does not work"
echo "$home/bin/go"
