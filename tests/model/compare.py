# SPDX-License-Identifier: Apache-2.0
"""What an answer should be, and whether it is: status, the headers that matter, every byte of the
body. Differences are Mismatch, whose text says what was expected and what came."""

from universe import compact

JSON = "application/json; charset=utf-8"
# Compared in every answer: one that Expected does not name must not be there.
WATCHED = ("Link", "Docker-Content-Digest", "OCI-Subject", "OCI-Tag", "OCI-Filters-Applied",
           "X-Ms-Int-Docker-Content-Digest", "ETag")


class Mismatch(Exception):
    pass


class Expected:
    """`body` may be a function: it is called after `learn` was given the parsed answer, from which
    it takes the times that the server alone can know."""

    def __init__(self, status, body=b"", content_type=JSON, headers=None, learn=None):
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers or {}
        self.learn = learn

    def bytes(self):
        return self.body() if callable(self.body) else self.body


def json_body(value):
    """acr-wire 2.7: compact, ends with a newline."""
    return (compact(value) + "\n").encode()


def headers_of(answer, name):
    return answer.headers.get_all(name) or []


def as_list(value):
    return value if isinstance(value, list) else [value]


def check_headers(expected, answer, differences):
    body = expected.bytes()
    wanted = dict.fromkeys(WATCHED, [])
    wanted.update({name: as_list(value) for name, value in expected.headers.items()})
    # A refusal of HEAD has the type and the length of the body that is not sent (acr-wire 2.8).
    wanted["Content-Type"] = [expected.content_type] if body else []
    if answer.headers.get("Transfer-Encoding") is None and expected.status != 204:
        wanted["Content-Length"] = [str(len(body))]
    for name, values in wanted.items():
        came = headers_of(answer, name)
        if came != values:
            differences.append(f"{name}: expected {values}, got {came}")


def compare(method, expected, answer):
    if expected.learn is not None and answer.status == expected.status:
        expected.learn(answer.json())
    differences = []
    if answer.status != expected.status:
        differences.append(f"status: expected {expected.status}, got {answer.status}")
    check_headers(expected, answer, differences)
    body = b"" if method == "HEAD" else expected.bytes()
    if answer.body != body:
        differences.append(f"body: expected {body[:3000]!r}\n           got {answer.body[:3000]!r}")
    if differences:
        raise Mismatch("\n     ".join(differences))
