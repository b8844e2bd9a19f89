#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pytest.sh ARGS...: pytest, ending with "N passed, N failed"; a skipped case counts as failed.
set -uo pipefail
cd "$(dirname "$0")/.."
report=$(mktemp)
trap 'rm -f "$report"' EXIT
status=0
python3 -m pytest -q -p no:cacheprovider --junitxml="$report" "$@" || status=$?
python3 tools/junit_counts.py "$report" || status=1
exit "$status"
