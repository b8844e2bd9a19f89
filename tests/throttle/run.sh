#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Wrong passwords are slowed, and nobody is locked out by another's: addresses of the loopback
# network play the clients.
exec python3 "$(dirname "$0")/run.py" "$@"
