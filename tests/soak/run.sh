#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A long time of everything: run.sh [--minutes N] [--seed N] [--no-kills] [--folder DIR]
#
# Clients push, pull, list, tag, mount, lock and delete against an oracle while garbage is collected
# and stored bytes are checked as often as can be; others are slow, vanish, reset, or send nonsense;
# the server is ended by SIGTERM and by kill -9 in the first fifth of the time and then runs on. At
# the end nothing acknowledged is lost, and memory, descriptors and disk are no more than they were
# early on. With an ASan build (./dev soak --preset asan) a leak is a failure, too.
# Ends with "N passed, N failed".
exec python3 "$(dirname "$0")/run.py" "$@"
