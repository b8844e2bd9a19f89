#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the exchange tables against the real binary, over http, TLS and HTTP/2:
run.py [-v] [TABLE...]

Every table gets a server of its own on a fresh data directory, every case a connection of its own.
Ends with "N passed, N failed"; the status says whether all passed."""

import argparse
import json
import shlex
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from check import differences  # noqa: E402
from issuer import Issuer  # noqa: E402
from support.management import CommandFailed, Management  # noqa: E402
from support.server import Server, StartError  # noqa: E402
from table import Case, Let, Manage, Same, TableProblem, read_table  # noqa: E402
from transport import http2, plain, tls  # noqa: E402
from values import ValueProblem, Values, unescape  # noqa: E402
from wire import MALFORMED, Request, WireProblem  # noqa: E402

TABLES = Path(__file__).resolve().parent / "tables"


class CaseRun:
    """One case: its connection, and the exchanges on it."""

    def __init__(self, server, transport, values):
        self.server = server
        self.transport = transport
        self.values = values
        self.connection = None

    def run(self, case):
        found = []
        for step in case.steps:
            if isinstance(step, Let):
                self.values.set(step.name, self.values.expand(unescape(step.value.encode())))
            elif isinstance(step, Manage):
                found += [f"line {step.line}: {text}" for text in manage(self.server, self.values,
                                                                         step)]
            elif isinstance(step, Same):
                found += [f"line {step.line}: {text}" for text in self._compare(step)]
            else:
                found += [f"line {step.line}: {text}" for text in self._exchange(step)]
        if self.connection:
            self.connection.close()
        return found

    def _compare(self, step):
        value = self.values.expand(step.value)
        if self.values.match(unescape(step.template.encode()), value):
            return []
        return [f"{step.value}: {value.decode(errors='replace')}"]

    def _exchange(self, exchange):
        if self.connection is None:
            self.connection = self.transport.connect(self.server.host, self.server.port)
        try:
            return self._send_and_compare(exchange)
        except (WireProblem, OSError) as problem:
            self.connection.close()
            self.connection = None
            return [f"{type(problem).__name__}: {problem}"]

    def _send_and_compare(self, exchange):
        request = None
        if exchange.raw is not None:
            self.connection.send(self.values.expand(unescape(exchange.raw.encode())))
        else:
            request = self._request(exchange)
            self.connection.begin(request)
        method = request.method.decode() if request else None
        found = []
        for expected in exchange.expected:
            response = self.connection.read_response(method)
            if expected.malformed and response.status == MALFORMED:
                continue
            problems = differences(self.values, expected, method, response)
            found += problems
            if problems and problems[0].startswith("status"):
                self._forget()
                return found
            if expected.status == 100:
                self.connection.send_body(request)
            if expected.closes:
                if not self.connection.closed():
                    found.append("connection: expected the server to close it")
                self._forget()
            elif (response.first("Connection") or "").lower() == "close":
                self._forget()
        return found

    def _forget(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def _request(self, exchange):
        expand = self.values.expand
        line = expand(exchange.request_line)
        if not line.endswith((b" HTTP/1.1", b" HTTP/1.0")):
            line += b" HTTP/1.1"
        method, _, line = line.partition(b" ")
        target, _, version = line.rpartition(b" ")
        headers = [(name, expand(value)) for name, value in exchange.headers]
        names = {name.lower() for name, _ in headers}
        pieces = [expand(unescape(piece.encode())) for piece in exchange.pieces]
        if "host" not in names:
            headers.insert(0, ("Host", f"{self.server.host}:{self.server.port}".encode()))
        if not names & {"transfer-encoding", "content-length"} and \
                (pieces or method in (b"POST", b"PUT", b"PATCH")):
            headers.append(("Content-Length", str(sum(map(len, pieces))).encode()))
        return Request(method, target, version, headers, pieces, "expect" in names)


def manage(server, values, step):
    """Runs a management command; answers what is wrong with the outcome."""
    words = shlex.split(values.expand(step.words).decode())
    try:
        printed = Management(server.data)(*words)
    except CommandFailed as failure:
        return [] if step.fails else [str(failure)]
    if step.name:
        values.set(step.name, json.dumps(printed).encode())
    return ["the command succeeded"] if step.fails else []


def run_table(table, transport, verbose, issuer):
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="berth-exchange-") as folder:
        server = Server(Path(folder) / "data", shlex.split(table.options) + transport.options)
        try:
            values = Values(admin_password=server.password().encode(),
                            host=f"{server.host}:{server.port}".encode(),
                            url=server.url.encode(), issuer=issuer.url.encode())
            values.helpers[b"foreign"] = issuer.token
            for step in table.steps:
                if isinstance(step, Let):
                    values.set(step.name, values.expand(unescape(step.value.encode())))
                    continue
                if isinstance(step, Manage):
                    for text in manage(server, values, step):
                        failed += 1
                        print(f"FAIL {transport.name} {table.path.stem}:{step.line}: {text}")
                    continue
                if transport.is_http2 and step.is_http1():
                    continue
                found = run_case(server, transport, values, step)
                passed, failed = passed + (not found), failed + bool(found)
                report(table, transport, step, found, verbose)
            if not server.running():
                print(f"FAIL {table.path.stem}: the server ended\n{server.log_tail()}")
                failed += 1
        finally:
            status = server.stop()
        if status != 0:
            print(f"FAIL {table.path.stem}: exit status {status}\n{server.log_tail()}")
            failed += 1
    return passed, failed


def run_case(server, transport, values, case):
    try:
        return CaseRun(server, transport, values).run(case)
    except ValueProblem as problem:
        return [str(problem)]


def report(table, transport, case, found, verbose):
    name = f"{transport.name} {table.path.stem}: {case.name}"
    if not found:
        if verbose:
            print(f"ok   {name}")
        return
    print(f"FAIL {name}  ({table.path.name}:{case.line})")
    for text in found:
        print(f"       {text}")
    sys.stdout.flush()


def attempt_table(table, transport, verbose, issuer):
    try:
        good, bad = run_table(table, transport, verbose, issuer)
    except (StartError, FileNotFoundError) as problem:
        print(f"FAIL {transport.name} {table.path.stem}: {problem}")
        good, bad = 0, 1
    print(f"     {transport.name} {table.path.stem}: {good} passed, {bad} failed", flush=True)
    return good, bad


def selected(names):
    wanted = [name.removesuffix(".txt").split("/")[-1] for name in names]
    paths = sorted(TABLES.glob("*.txt"))
    missing = set(wanted) - {path.stem for path in paths}
    if missing:
        raise TableProblem(f"no such table: {', '.join(sorted(missing))}")
    return [path for path in paths if not wanted or path.stem in wanted]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("-v", action="store_true", dest="verbose", help="also print what passed")
    arguments.add_argument("--check", action="store_true", help="only read the tables")
    arguments.add_argument("tables", nargs="*")
    given = arguments.parse_args()
    passed = failed = 0
    try:
        tables = [read_table(path) for path in selected(given.tables)]
    except TableProblem as problem:
        sys.exit(f"run.py: {problem}")
    if given.check:
        return print(sum(len([s for s in t.steps if isinstance(s, Case)]) for t in tables))
    with tempfile.TemporaryDirectory(prefix="berth-exchange-") as folder:
        issuer = Issuer(folder)
        for transport in (plain(), tls(folder), http2(folder)):
            for table in tables:
                good, bad = attempt_table(table, transport, given.verbose, issuer)
                passed, failed = passed + good, failed + bad
        issuer.stop()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
