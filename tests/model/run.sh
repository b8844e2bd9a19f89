#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Random operations against the server and against a plain model of it, every answer compared:
# run.sh [OPERATIONS] [--seed N]
#
# The seed is printed first (BERTH_TEST_SEED and --seed repeat a run). The first difference ends the
# run and prints the requests that led to it. Ends with "N passed, N failed", counted in answers.
exec python3 "$(dirname "$0")/run.py" "$@"
