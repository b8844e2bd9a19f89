# SPDX-License-Identifier: Apache-2.0
"""The Azure SDK for Python against a registry.

test.py full URL [PASSWORD]    every method, anonymously or with Authorization: Basic
test.py public URL PASSWORD    a registry that lets anyone read
test.py names URL              prints the names of the repositories

The checks are printed as checks.py says; the last line of a complete run is "end".
"""

import sys

from content import content_checks
from locks import lock_checks
from metadata import metadata_checks
from registry import Registry
from sign_in import sign_in_checks


def main(mode, endpoint, password=None):
    sys.stdout.reconfigure(line_buffering=True)
    if mode == "full":
        registry = Registry(endpoint, password)
        metadata_checks(registry)
        content_checks(registry)
        lock_checks(registry)
    elif mode == "public":
        sign_in_checks(Registry(endpoint), Registry(endpoint, password))
    else:
        print(list(Registry(endpoint).client.list_repository_names()))
    print("end")


main(*sys.argv[1:])
