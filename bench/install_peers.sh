#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# install_peers.sh DIRECTORY: builds the peers that Debian does not package, each from its pinned
# Go module, into DIRECTORY. Idempotent; well under a second when all is there. A peer that cannot
# be built leaves its reason in DIRECTORY/NAME.failed, which the bench repeats; exit code 0 even so,
# because the others are still worth measuring.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
directory=$1
mkdir -p "$directory"

# NAME, package, module, version. zot's module calls itself zotregistry.io/zot: it cannot be
# required under the name it is published by, and its own go.mod replaces a dozen dependencies,
# which only holds for the main module. So every peer is built inside a copy of its own published
# tree, with the go.mod and go.sum of the release.
peers() {
    cat <<'LIST'
distribution ./cmd/registry github.com/distribution/distribution/v3 v3.1.2
zot ./cmd/zot github.com/project-zot/zot v1.4.3
zb ./cmd/zb github.com/project-zot/zot v1.4.3
LIST
}

# The tree of a module in Go's cache, fetched if need be.
module_tree() {
    local scratch=$1 module=$2 version=$3
    cd "$scratch" || return
    printf 'module peers\n\ngo 1.24\n' >go.mod
    "$go" mod download -json "$module@$version" >download.json || {
        cat download.json >&2
        return 1
    }
    python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])' <download.json
}

build_peer() {
    local name=$1 package=$2 module=$3 version=$4 scratch tree status
    scratch=$(mktemp -d) || return
    # containers_image_openpgp: the tag of zot's own "minimal" build. One compiler at a time and at
    # low priority.
    tree=$(module_tree "$scratch" "$module" "$version") &&
        cp -r "$tree" "$scratch/tree" &&
        chmod -R u+w "$scratch/tree" &&
        (cd "$scratch/tree" &&
            CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false -p=1" nice -n 15 "$go" build \
                -tags containers_image_openpgp -trimpath -ldflags '-s -w' \
                -o "$directory/$name" "$package")
    status=$?
    rm -rf -- "$scratch"
    return $status
}

go=$("$root/tools/go.sh") || { echo "install_peers.sh: no Go" >&2; exit 0; }
directory=$(cd "$directory" && pwd)
peers | while read -r name package module version; do
    stamp=$directory/.$name-$version
    [ -x "$directory/$name" ] && [ -e "$stamp" ] && continue
    echo "install_peers.sh: building $name from $module $version, a few minutes" >&2
    rm -f -- "$directory/.$name"-v* "$directory/$name" "$directory/$name.failed"
    if build_peer "$name" "$package" "$module" "$version" </dev/null 2>"$directory/$name.log"; then
        touch "$stamp"
    else
        grep -v '^go: downloading' "$directory/$name.log" | tail -n 5 >"$directory/$name.failed"
        echo "install_peers.sh: $name could not be built: $(cat "$directory/$name.failed")" >&2
    fi
done
exit 0
