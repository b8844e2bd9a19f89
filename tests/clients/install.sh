# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Brings the clients onto the machine; sourced by run.sh, which sets `root` and `here`. Everything
# is idempotent and takes well under a second when there is nothing to do.

# shellcheck disable=SC2154  # set by run.sh
tools_bin=$root/build/tools/bin

install_packages() {
    "$root/tools/install_packages.sh" "$@"
}

# A client is a program of a Go module listed below, or has a folder with an install.sh that puts
# it into the directory it is given (build/tools/NAME), or comes with the packages.
install_client() {
    if [ -n "$(go_client_source "$1")" ]; then
        install_go_client "$1"
    elif [ -f "$here/$1/install.sh" ]; then
        bash "$here/$1/install.sh" "$root/build/tools/$1" || return
    fi
    # The SDKs sign in with a token of an issuer, too.
    case $1 in
        azure-*) bash "$root/tests/access/issuer/install.sh" "$root/build/tools/access-issuer" ;;
    esac
}

# What the newest of the clients below asks for. An older Go fetches this toolchain by itself.
go_version=1.26.1

# The program, the module that holds it, and the one version these tests are written for.
go_client_source() {
    case $1 in
        acr) echo cmd/acr github.com/Azure/acr-cli v0.18.1 ;;
        crane) echo cmd/crane github.com/google/go-containerregistry v0.22.1 ;;
        oras) echo cmd/oras oras.land/oras v1.3.1 ;;
        regctl) echo cmd/regctl github.com/regclient/regclient v0.11.7 ;;
        helm) echo cmd/helm helm.sh/helm/v3 v3.18.6 ;;
    esac
}

# Builds from a throw-away module that requires exactly the pinned release. (`go install
# PROGRAM@VERSION` would also ask the proxy for the list of all versions, which not every proxy
# serves.) One compiler process at a time and at low priority: helm is more than a minute of work.
# A module that the proxy does not serve can be had from a git checkout of the release's tag,
# $BERTH_CLIENT_SOURCES/CLIENT.
install_go_client() {
    local client=$1 path module version stamp go build status checkout
    read -r path module version < <(go_client_source "$client")
    stamp=$tools_bin/.$client-$version
    [ -x "$tools_bin/$client" ] && [ -e "$stamp" ] && return
    go=$("$root/tools/go.sh") || return
    mkdir -p "$tools_bin"
    build=$(mktemp -d) || return
    printf 'module clients\n\ngo %s\n\nrequire %s %s\n' $go_version "$module" "$version" \
        >"$build/go.mod"
    checkout=${BERTH_CLIENT_SOURCES:-/nonexistent}/$client
    if [ -d "$checkout" ]; then
        is_release "$checkout" "$version" || return
        printf 'replace %s => %s\n' "$module" "$checkout" >>"$build/go.mod"
    fi
    (
        cd "$build" &&
            GOTOOLCHAIN=auto GOFLAGS="-mod=mod -buildvcs=false" GOBIN=$tools_bin CGO_ENABLED=0 \
                nice -n 15 "$go" install -p 1 -trimpath -ldflags '-s -w' "$module/$path"
    )
    status=$?
    rm -rf -- "$build"
    [ $status = 0 ] && rm -f "$tools_bin/.$client"-v* && touch "$stamp"
}

# is_release CHECKOUT VERSION: nothing but the tagged commit.
is_release() {
    local commit
    commit=$(git -C "$1" rev-parse --verify "$2^{commit}") || return
    [ "$(git -C "$1" rev-parse HEAD)" = "$commit" ] && git -C "$1" diff --quiet HEAD && return
    echo "$1 is not at $2, or it was changed" >&2
    return 1
}
