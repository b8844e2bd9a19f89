#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Who may do what, with real clients and a real issuer:
#
#   tests/access/run.sh [-v] [apt|go|issuers|all] [PART...]
#
# `apt` are the clients that Debian packages, `go` those built from pinned Go modules, `issuers`
# what needs an issuer of tokens, the Azure command line too; `all`, the default, is everything. A
# PART is one of them (README.md). BERTH_BINARY names the server (build/release/berth). Needs root.
#
# Everything runs in mount, PID and network namespaces of its own: nothing is reached from outside,
# nothing reaches out, and whatever was started is gone in the end.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
apt_parts=(skopeo podman docker containerd containerd-refresh passwords)
go_parts=(crane oras regctl helm)
issuer_parts=(federation az)

if [ "$(id -u)" != 0 ]; then
    exec sudo --preserve-env=BERTH_BINARY,PATH,GOPROXY "$here/run.sh" "$@"
fi

options=()
if [ "${1:-}" = -v ]; then
    options=(-v)
    shift
fi
group=all
case ${1:-} in
    apt | go | issuers | all) group=$1 && shift ;;
esac
case $group in
    apt) parts=("${apt_parts[@]}") ;;
    go) parts=("${go_parts[@]}") ;;
    issuers) parts=("${issuer_parts[@]}") ;;
    all) parts=("${apt_parts[@]}" "${go_parts[@]}" "${issuer_parts[@]}") ;;
esac
[ $# = 0 ] || parts=("$@")

binary=$(realpath -- "${BERTH_BINARY:-$root/build/release/berth}")
[ -x "$binary" ] || {
    echo "run.sh: no server at $binary: build it first (./dev build) or set BERTH_BINARY" >&2
    exit 2
}

# install.sh of the clients knows the Go programs; `here` is where it looks for their folders.
. "$root/tests/clients/install.sh"

install_parts() {
    local part groups=(test clients access)
    for part in "${parts[@]}"; do
        case $part in
            az) groups+=(issuer azure-cli) ;;
            federation) groups+=(issuer) ;;
        esac
    done
    install_packages "${groups[@]}" || return
    for part in "${parts[@]}"; do
        case $part in
            az | federation) bash "$here/issuer/install.sh" "$root/build/tools/access-issuer" ;;
            *) install_client "$part" ;;
        esac || return
    done
}

work=$(mktemp -d /tmp/berth-access.XXXXXX) # short: daemons put unix sockets below it
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if ! install_parts >"$work/install.log" 2>&1; then
    tail -n 20 "$work/install.log"
    echo "FAIL install what the parts need"
    echo "0 passed, 1 failed"
    exit 1
fi

# The run sees the machine's programs only, and none of the caller's settings. Container tools keep
# run-time files and caches in the two directories that are mounted afresh.
env -i PATH="$tools_bin:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8 TERM=dumb \
    PYTHONDONTWRITEBYTECODE=1 BERTH_BINARY="$binary" \
    unshare --mount --propagation private --pid --fork --kill-child --mount-proc --net \
    bash -c 'mkdir -p /var/lib/containers &&
        mount -t tmpfs tmpfs /var/lib/containers && mount -t tmpfs tmpfs /run && exec "$@"' bash \
    /usr/bin/python3 "$here/run.py" "${options[@]}" "$work" "$root/build/access/messages.txt" \
    "${parts[@]}"
