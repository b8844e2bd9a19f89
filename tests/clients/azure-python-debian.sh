#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The Azure SDK for python-debian.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
client_version=0
fail "not written yet"
finish
