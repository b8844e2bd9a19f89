#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What an operator relies on: run.sh [PART...]
#
#   surface    /healthz, /readyz, /metrics; docs/metrics.md lists what /metrics shows
#   refusals   heads that are no request: a line in the access log and a number each
#   full       a full disk: reads go on, /readyz says why, it recovers by itself (needs root)
#   full_reads a full disk: every GET and HEAD answers what it answered before (needs root)
#   read_only  a file system that refuses writes, a disk that refuses syncs (needs root)
#   drain      SIGTERM with everything under way
#
# Without a part all of them. Ends with "N passed, N failed". Debian's Python: it has Debian's
# python3-prometheus-client, the reader of another hand, and python3-h2.
exec /usr/bin/python3 "$(dirname "$0")/run.py" "$@"
