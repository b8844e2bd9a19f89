#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No secret in any log: every way a secret can come in or go out, then a search through all that the
# server printed, its audit log and its data directory.
exec python3 "$(dirname "$0")/run.py" "$@"
