#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The exchange tables against the server that BERTH_BINARY names (build/release/berth).
exec python3 "$(dirname "$0")/run.py" "$@"
