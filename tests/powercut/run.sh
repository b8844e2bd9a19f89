#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Power cuts: run.sh [--cuts N] [--broken KIND,...|all|none] [--seed N] [--folder DIR]
#
# Berth runs on an ext4 inside a file on an XFS. At many instants that file is cloned, which is what
# a disk holds when the power fails: what was synced, and of the rest whatever the kernel had
# written by then. Each clone is mounted, Berth is started on it, and everything that had been
# acknowledged before the instant has to be there. Needs root and loop devices.
#
# --broken: afterwards the same with a sync made to do nothing (blobs, catalog, directory); that has
# to be found. Ends with "N passed, N failed".
#
# A mount namespace of its own: however this ends, its mounts and loop devices go with it.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "powercut: needs root to mount; run as root" >&2; exit 1; }
exec unshare --mount --propagation private python3 "$(dirname "$0")/run.py" "$@"
