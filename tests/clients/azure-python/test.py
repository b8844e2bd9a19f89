# SPDX-License-Identifier: Apache-2.0
"""The Azure SDK for Python against a registry.

test.py full URL [PASSWORD]    every method, anonymously or with Authorization: Basic
test.py token URL PASSWORD     every method, with the tokens the SDK asks for
test.py exchange URL TOKEN     every method, with a credential that hands out TOKEN
test.py public URL PASSWORD    a registry that lets anyone read
test.py names URL              prints the names of the repositories

The checks are printed as checks.py says; the last line of a complete run is "end".
"""

import sys

from checks import check, equal
from content import content_checks
from locks import lock_checks
from metadata import metadata_checks
from registry import Registry
from sign_in import sign_in_checks


def everything(registry):
    metadata_checks(registry)
    content_checks(registry)
    lock_checks(registry)


def all_signed(exchanges):
    signed = [each for each in exchanges if each[3] == "Bearer"]
    if len(signed) < 500:
        raise AssertionError(f"{len(signed)} requests")
    strays = {
        status
        for _, path, status, token in exchanges
        if token == "none" and status != 401 and not path.startswith("/oauth2/")
    }
    equal(strays, {404})  # a name that no route takes is refused before the sign-in


def all_exchanged(exchanges):
    """The credential's token for a refresh token, that for access tokens, and nothing else."""
    for path in ("/oauth2/exchange", "/oauth2/token"):
        statuses = {status for _, asked, status, _ in exchanges if asked == path}
        equal(statuses, {200}, path)
    all_signed(exchanges)


def main(mode, endpoint, password=None):
    sys.stdout.reconfigure(line_buffering=True)
    if mode == "full":
        everything(Registry(endpoint, password))
    elif mode == "token":
        registry = Registry(endpoint, token_password=password)
        everything(registry)
        check("oauth2: every request was signed with a token", all_signed, registry.exchanges)
    elif mode == "exchange":
        registry = Registry(endpoint, foreign_token=password)
        everything(registry)
        check("oauth2: the credential's token was exchanged", all_exchanged, registry.exchanges)
    elif mode == "public":
        sign_in_checks(Registry(endpoint), Registry(endpoint, password))
    else:
        print(list(Registry(endpoint).client.list_repository_names()))
    print("end")


main(*sys.argv[1:])
