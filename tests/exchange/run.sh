#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The exchange tables against the server that BERTH_BINARY names (build/release/berth).
# Debian's Python: it has Debian's h2 (python3-h2).
exec /usr/bin/python3 "$(dirname "$0")/run.py" "$@"
