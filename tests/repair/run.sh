#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What was stored is still there, and comes back: run.sh [--seed N] [--rounds N] [PART...]
#
#   verify    damage of every kind is found, repaired as documented and healed by a push;
#             nothing is found wrong while clients push, delete and garbage is collected
#   scrub     the server finds damage by itself
#   backup    while clients push and delete: restored byte for byte; kill -9 of the backup, then on
#   upgrade   a store of every earlier schema opens and serves everything; kill -9 of the migration
#
# Without a part all of them. Ends with "N passed, N failed".
exec python3 "$(dirname "$0")/run.py" "$@"
