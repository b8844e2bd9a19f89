#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Many pushers, mounters, deleters and pullers of few digests beside garbage collection without any
# grace, against an oracle: run.sh [--seed N] [--seconds N] [--workers N]
#
# The server collects every second, `berth gc` runs beside it again and again, and the server is
# killed twice. Whatever was acknowledged and not deleted can be pulled byte for byte at any time;
# in the end what is needed is there and nothing else. Ends with "N passed, N failed".
exec python3 "$(dirname "$0")/run.py" "$@"
