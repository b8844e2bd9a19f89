#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Random operations against the server and against a plain model of it, every answer compared; then
# locks raced against every kind of change: run.sh [OPERATIONS|race] [--seed N]
#
# The seed is printed first (BERTH_TEST_SEED and --seed repeat the operations). The first difference
# ends them and prints the requests that led to it. "race" runs the races alone. Ends with the line
# "N passed, N failed", counted in answers and in rounds of the races.
exec python3 "$(dirname "$0")/run.py" "$@"
