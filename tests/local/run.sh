#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# TLS, the local mode and the mode that keeps nothing, with the real binary: run.sh [PART...]
#
#   reload    the certificate is read again: SIGHUP, changed files, swapped links, bad pairs
#   https     client certificates, plain http on the https port, old protocols, two addresses
#   init      berth tls init, and what clients make of its certificates
#   local     berth serve --local: account, tokens, host names, loopback, what is left afterwards
#   memory    berth serve --in-memory: nothing stays
#
# Without a part all of them. Ends with "N passed, N failed".
exec python3 "$(dirname "$0")/run.py" "$@"
