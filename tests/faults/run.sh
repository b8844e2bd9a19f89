#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What happens when things break: run.sh [--seed N] [--rounds N] [PART...]
#
#   kill        kill -9 at random instants of a push (BERTH_TEST_SEED and --seed repeat a run)
#   kill_work   the same while many push, tag, mount, lock and delete; during collections, backups
#               and the migration of an older store; --rounds N is the number of kills of both parts
#   disk_full   a full tmpfs and a full ext4 image (needs root)
#   sync_error  EIO from fsync and fdatasync, injected with strace (needs root)
#   call_error  the same for writes, links, removals, truncations and reservations, EIO and ENOSPC
#   slow        slow, stalled and vanishing clients
#   shutdown    SIGTERM, two servers on one directory, data of a newer version
#   memory      a push and a pull of BERTH_TEST_BIG_BYTES (default 2 GiB; 10 GiB is the full check)
#
# Without a part all of them. Ends with "N passed, N failed".
exec python3 "$(dirname "$0")/run.py" "$@"
