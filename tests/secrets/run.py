#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives a server in every way a secret can come in, once per form of its log, then searches."""

import shutil
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.management import Management  # noqa: E402
from support.secret_search import findings, findings_in  # noqa: E402
from support.server import Server  # noqa: E402
from ways import Ways  # noqa: E402

# What these hold is secret by design: hashes and keys, and the first password.
BY_DESIGN = ["catalog.db", "catalog.db-wal", "catalog.db-shm", "admin-password"]
# So that nothing here has to wait for anything.
OPTIONS = ["--log-level", "debug", "--limits-wrong-passwords-max", "1000",
           "--limits-wrong-passwords-per-address-max", "1000",
           "--limits-wrong-passwords-per-account-max", "1000"]


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def true(self, name, fact, *lines):
        if fact:
            self.passed += 1
            print(f"ok   {name}", flush=True)
        else:
            self.failed += 1
            print("\n     ".join([f"FAIL {name}", *map(str, lines)]), flush=True)

    def clean(self, name, found):
        self.true(name, not found, *found[:20])


def check_search(checks):
    """A search that finds nothing proves nothing unless it can find something."""
    secrets = {"one": "s3cret/+& x"}
    for spelt in [b"s3cret/+& x", b"s3cret%2F%2B%26%20x", b"czNjcmV0LysmIHg", b"eyJhbGciOiJub25lIn0"
                  b".eyJzdWIiOiJ4In0.x", b"Basic YWRtaW46c2VjcmV0", b"$y$j9T$abcdefgh$ijkl"]:
        checks.true(f"the search finds {spelt[:8].decode()}...",
                    findings_in("here", b"before" + spelt + b"after", secrets))
    checks.true("the search finds nothing in nothing", not findings_in("here", b"x", secrets))


def run_form(form, folder, checks):
    data = folder / form
    server = Server(data, ["--log-format", form, *OPTIONS])
    try:
        management = Management(data)
        made = management("user", "create", "robot", "--scope-map", "_repositories_admin")
        ways = Ways(server, "robot", made["passwords"][0]["password"])
        ways.secrets["the first password"] = server.password()
        ways.all()
        replaced = management("user", "password", "robot", "--slot", "1")
        ways.secrets["the next password"] = replaced["passwords"][0]["password"]
        management("user", "password", "robot", "--slot", "2", "--password-stdin",
                   stdin=ways.fresh("a password on standard input") + "\n")
    finally:
        server.stop()
    checks.true(f"{form}: the server answers, and never with 5xx",
                all(status is None or status < 500 for status in ways.answers.values()),
                *[f"{way}: {status}" for way, status in ways.answers.items()
                  if status is not None and status >= 500])
    checks.true(f"{form}: the right ways work", {"right password": 200, "Bearer": 404,
                                                 "an upload": 202}.items()
                <= ways.answers.items(), ways.answers)
    log, audit = server.log_path.read_bytes(), (data / "audit.log").read_bytes()
    checks.true(f"{form}: there is something to search",
                log.count(b"\n") > 60 and audit.count(b"\n") > 20 and b"robot" in audit,
                f"{len(log)} bytes of log", f"{len(audit)} of audit")
    checks.clean(f"{form}: no secret on standard error",
                 findings_in("standard error", log, ways.secrets))
    checks.clean(f"{form}: no secret in the audit log",
                 findings_in("audit log", audit, ways.secrets))
    checks.clean(f"{form}: on standard output the first password and no other secret",
                 findings_in("standard output", server.output(), {
                     way: secret for way, secret in ways.secrets.items()
                     if way != "the first password"}))
    for name in BY_DESIGN:
        (data / name).unlink(missing_ok=True)
    checks.clean(f"{form}: no secret elsewhere in the data directory",
                 findings([data], ways.secrets))


def main():
    checks = Checks()
    check_search(checks)
    folder = Path(tempfile.mkdtemp(prefix="berth-secrets-"))
    for form in ["text", "json"]:
        try:
            run_form(form, folder, checks)
        except Exception:  # a way that breaks off must not hide the others
            checks.true(f"{form}: the ways", False, traceback.format_exc())
    shutil.rmtree(folder)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
