# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Brings the clients onto the machine; sourced by run.sh, which sets `root`. Both functions are
# idempotent and take well under a second when there is nothing to do.

# shellcheck disable=SC2154  # set by run.sh
tools_bin=$root/build/tools/bin

packages=(
    skopeo umoci buildah podman runc containerd docker.io
    busybox-static ca-certificates curl jq openssl python3-minimal util-linux zstd
)

install_packages() {
    local missing=() package
    for package in "${packages[@]}"; do
        [ "$(dpkg-query -Wf '${db:Status-Abbrev}' "$package" 2>/dev/null)" = 'ii ' ] ||
            missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600)
    "${apt[@]}" update &&
        "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}

# The program, the module that holds it, and the one version these tests are written for.
go_client_source() {
    case $1 in
        crane) echo cmd/crane github.com/google/go-containerregistry v0.22.1 ;;
        oras) echo cmd/oras oras.land/oras v1.3.1 ;;
        regctl) echo cmd/regctl github.com/regclient/regclient v0.11.7 ;;
        helm) echo cmd/helm helm.sh/helm/v3 v3.18.6 ;;
    esac
}

go_binary() {
    if [ -x "$root/tools/go.sh" ]; then
        "$root/tools/go.sh"
    else
        command -v "${GO:-go}"
    fi
}

# Builds from a throw-away module that requires exactly the pinned release. (`go install
# PROGRAM@VERSION` would also ask the proxy for the list of all versions, which not every proxy
# serves.) One compiler process at a time and at low priority: helm alone is minutes of work.
install_go_client() {
    local client=$1 path module version stamp go build status
    read -r path module version < <(go_client_source "$client")
    stamp=$tools_bin/.$client-$version
    [ -x "$tools_bin/$client" ] && [ -e "$stamp" ] && return
    go=$(go_binary) || return
    mkdir -p "$tools_bin"
    build=$(mktemp -d) || return
    printf 'module clients\n\ngo 1.24\n\nrequire %s %s\n' "$module" "$version" >"$build/go.mod"
    (
        cd "$build" &&
            GOBIN=$tools_bin CGO_ENABLED=0 GOFLAGS="-mod=mod -buildvcs=false" \
                nice -n 15 "$go" install -p 1 -trimpath -ldflags '-s -w' "$module/$path"
    )
    status=$?
    rm -rf -- "$build"
    [ $status = 0 ] && rm -f "$tools_bin/.$client"-v* && touch "$stamp"
}
