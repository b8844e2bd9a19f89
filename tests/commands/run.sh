#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The management commands beside a running server, with the real binary: run.sh [PART...]
#
#   shape     help, messages, exit codes, JSON members, docs/commands.md
#   accounts  users and tokens: sign-in, two passwords, ends, disable, sign-out, delete
#   rights    scope maps, and what their changes open and close
#   htpasswd  imported users sign in; what is not imported
#   keys      rotation, the public keys, lifetimes, all tokens ended
#   together  commands and pushes at the same time; no catalog, an older server, no server
#
# Without a part all of them. Ends with "N passed, N failed".
exec python3 "$(dirname "$0")/run.py" "$@"
