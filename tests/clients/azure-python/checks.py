# SPDX-License-Identifier: Apache-2.0
"""How the test program reports: a line "ok OPERATION: TEXT" or "FAIL OPERATION: TEXT" for every
check, what is known about a failure on lines that begin with a blank. lib.sh counts them."""

import json
import traceback

from azure.core.exceptions import HttpResponseError


def check(name, body, *args, **kwargs):
    """The body raises when the check fails; its value is handed on, None after a failure."""
    try:
        value = body(*args, **kwargs)
    except Exception as error:  # pylint: disable=broad-except  # whatever it is, it is reported
        print(f"FAIL {name}")
        _explain(error)
        return None
    print(f"ok {name}")
    return value


def refused(name, status, code, body, *args, **kwargs):
    """The service answers `status`, with `code` in the first element of `errors` if one is given.
    That element is handed on."""

    def attempt():
        try:
            body(*args, **kwargs)
        except HttpResponseError as error:
            first = _first_error(error)
            if error.status_code != status or (code and first.get("code") != code):
                raise
            return first
        raise AssertionError("it succeeded")

    return check(name, attempt) or {}


def skip(operation, why):
    print(f"skip {operation}: {why}")


def equal(actual, wanted, what=""):
    if actual != wanted:
        raise AssertionError(f"{what} is {actual!r}, not {wanted!r}")


def attributes_equal(actual, wanted):
    for name, value in wanted.items():
        equal(getattr(actual, name), value, name)


def _text(error):
    try:
        body = error.response.read() if hasattr(error.response, "read") else error.response.body()
        return body.decode()
    except Exception as why:  # pylint: disable=broad-except
        return f"(body not readable: {why})"


def _first_error(error):
    try:
        return json.loads(_text(error))["errors"][0]
    except (ValueError, KeyError, TypeError, IndexError):
        return {}


def _explain(error):
    lines = [f"{type(error).__name__}: {error}"]
    if isinstance(error, HttpResponseError) and error.response is not None:
        request = error.response.request
        lines += [f"{request.method} {request.url}", f"{error.status_code} {_text(error)}"]
    else:
        lines += [
            f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.line}"
            for frame in traceback.extract_tb(error.__traceback__)[-4:]
        ]
    for line in "\n".join(lines).splitlines():
        print(f" {line}")
