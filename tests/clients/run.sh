#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Real, unmodified clients against a real server: push, pull back, compare digests and bytes.
#
#   tests/clients/run.sh [apt|go|azure|all] [client...]
#
# `apt` are the clients packaged by Debian, `go` those built from pinned Go modules into
# build/tools/bin, `azure` those that speak Azure's own API, `all` every one of them.
# BERTH_BINARY names the server (default build/release/berth), BERTH_CLIENT_SOURCES a folder of git
# checkouts for clients that the Go module proxy does not serve (install.sh). A client that cannot
# be installed is a failure. Exit status 0 only if every check passed.
#
# Each client is one file beside this one. It runs in a mount and PID namespace of its own: the
# daemons it starts and the file systems they mount are gone when it ends, however it ends, and
# the caches of the machine's own container tools are neither used nor changed.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
apt_clients=(skopeo buildah podman containerd docker)
go_clients=(crane oras regctl helm)
azure_clients=(
    acr
    az
    azure-go
    azure-java
    azure-js
    azure-python
    azure-python-debian
)
client_seconds_max=240

# Daemons and mounts need root.
if [ "$(id -u)" != 0 ]; then
    exec sudo --preserve-env=BERTH_BINARY,BERTH_CLIENT_SOURCES,PATH,GOPROXY "$here/run.sh" "$@"
fi

. "$here/install.sh"

group=all
case ${1:-} in
    apt | go | azure | all) group=$1 && shift ;;
esac
all_clients=("${apt_clients[@]}" "${go_clients[@]}" "${azure_clients[@]}")
case $group in
    apt) clients=("${apt_clients[@]}") ;;
    go) clients=("${go_clients[@]}") ;;
    azure) clients=("${azure_clients[@]}") ;;
    all) clients=("${all_clients[@]}") ;;
esac
[ $# = 0 ] || clients=("$@")
for client in "${clients[@]}"; do
    [[ " ${all_clients[*]} " == *" $client "* ]] || {
        echo "run.sh: no client '$client'; there are: ${all_clients[*]}" >&2
        exit 2
    }
done
package_groups=(test clients)
for client in "${clients[@]}"; do
    case $client in
        azure-go) package_groups+=(issuer) ;;
        az | azure-java | azure-js | azure-python*) package_groups=(test clients azure issuer) ;;
    esac
done

binary=$(realpath -- "${BERTH_BINARY:-$root/build/release/berth}")
[ -x "$binary" ] || {
    echo "run.sh: no server at $binary: build it first (./dev build) or set BERTH_BINARY" >&2
    exit 2
}

work=$(mktemp -d /tmp/berth-clients.XXXXXX) # short: daemons put unix sockets below it
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0
failed=0
add_failure() {
    echo "FAIL $1"
    failed=$((failed + 1))
}

make_certificates() {
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    openssl req -x509 "${key[@]}" -days 2 -subj '/CN=Berth test CA' \
        -keyout "$work/ca.key" -out "$work/ca.crt" \
        -addext keyUsage=critical,keyCertSign,cRLSign &&
        openssl req "${key[@]}" -subj /CN=localhost \
            -keyout "$work/server.key" -out "$work/server.csr" &&
        openssl x509 -req -in "$work/server.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" \
            -CAcreateserial -days 2 -out "$work/server.crt" -extfile <(
                printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n'
            )
}

# Runs one client's file and takes over the counts it leaves behind. It sees the machine's programs
# only, and none of the caller's settings (proxies, certificates, credentials).
run_client() {
    local client=$1 counts status
    mkdir "$work/$client"
    env -i PATH="$tools_bin:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8 TERM=dumb \
        BERTH_BINARY="$binary" WORK="$work" CLIENT="$client" \
        timeout --kill-after=10 "$client_seconds_max" \
        unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
        bash "$here/$client.sh"
    status=$?
    counts=$(cat "$work/$client/counts" 2>/dev/null || echo '0 0')
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
    if [ $status != 0 ] && [ "${counts#* }" = 0 ]; then
        add_failure "$client: ended early with status $status (124: took over" \
            "$client_seconds_max s); last step: $(cat "$work/$client/step" 2>/dev/null)"
    fi
    rm -rf -- "${work:?}/$client"
}

main() {
    local client
    if ! install_packages "${package_groups[@]}" >"$work/apt.log" 2>&1; then
        tail -n 20 "$work/apt.log"
        add_failure "install the Debian packages"
    fi
    if ! make_certificates >"$work/openssl.log" 2>&1; then
        cat "$work/openssl.log"
        add_failure "make the test certificates"
    fi
    if ! /usr/bin/python3 "$here/fixtures.py" "$work"; then
        add_failure "make the test images"
    fi
    for client in "${clients[@]}"; do
        if ! install_client "$client" >"$work/install.log" 2>&1; then
            tail -n 20 "$work/install.log"
            add_failure "$client: install it"
            continue
        fi
        run_client "$client"
    done
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

main
