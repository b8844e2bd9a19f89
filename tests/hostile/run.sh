#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What clients that mean harm can do: run.sh [--seconds N] [--rounds N]
# [PART...]
#
#   slow         heads and bodies that drip, downloads nobody reads, half-closed and idle ones
#   floods       pipelining, connections that come and go, headers, ranges, chunks, smuggling
#   documents    JSON that is deep, wide or broken; bodies that wait in memory
#   secure       TLS: garbage, half handshakes, renegotiation; HTTP/2: floods of frames
#   descriptors  no more files may be opened
#
# Beside each attack a well-behaved client asks on and must get all its answers, none later than
# --seconds (5); the server's memory stays bounded; afterwards every descriptor is given back.
# Without a part all of them. Ends with "N passed, N failed".
exec python3 "$(dirname "$0")/run.py" "$@"
