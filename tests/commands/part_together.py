# SPDX-License-Identifier: Apache-2.0
"""Several processes on one catalog, and catalogs that a command does not touch."""

import sqlite3
import threading

from registry import Registry, basic, expect, expect_equal, run_berth

WRITERS = 3
COMMANDS = 12


def in_parallel(*jobs):
    """Runs them at the same time; raises what the first of them raised."""
    problems = []

    def run(job):
        try:
            job()
        except BaseException as problem:  # also what the main thread would have ended by
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


def beside_pushes(folder):
    """commands and pushes at the same time: all succeed and nothing is lost"""
    with Registry(folder) as registry:
        headers = basic("admin", registry.server.password())
        ended = threading.Event()
        pushed = [0] * WRITERS

        def push(writer):
            while not ended.is_set():
                content = f"{writer} {pushed[writer]}".encode()
                status = registry.push_blob(headers, f"app{writer}", content)
                expect_equal(status, 201, "push")
                pushed[writer] += 1

        def manage(name):
            for i in range(COMMANDS):
                registry.run("user", "create", f"{name}-{i}")
                registry.run("user", "disable", f"{name}-{i}")

        def manage_then_end():
            try:
                in_parallel(lambda: manage("a"), lambda: manage("b"))
            finally:
                ended.set()

        in_parallel(manage_then_end, *[lambda w=writer: push(w) for writer in range(WRITERS)])
        states = {user["name"]: user["state"] for user in registry.json("user", "list")}
        wanted = {f"{name}-{i}": "disabled" for name in "ab" for i in range(COMMANDS)}
        expect_equal(states, {**wanted, "admin": "enabled"}, "users")
        expect(sum(pushed) > 0, "nothing was pushed meanwhile")
        return f"{2 * 2 * COMMANDS} commands beside {sum(pushed)} pushes"


def no_catalog(folder):
    """without a catalog there is nothing to manage, and none is made"""
    for words in [("user", "list"), ("token", "create", "x", "--scope-map", "y"),
                  ("keys", "rotate"), ("issuer", "list")]:
        done = run_berth(*words, "--data", folder / "missing")
        expect_equal(done.returncode, 1, "exit code")
        expect("start berth serve once" in done.stderr, done.stderr)
    expect(not (folder / "missing").exists(), "the directory was made")


def without_a_server(folder):
    """commands work while no server runs, and the next one sees what they did"""
    with Registry(folder) as registry:
        registry.server.stop()
        password = registry.password("user", "create", "maria")
        kid = registry.json("keys", "rotate")[0]["kid"]
        with Registry(folder) as again:
            expect_equal(again.sign_in("maria", password).status, 200, "sign-in")
            expect_equal(again.json("keys", "list")[0]["kid"], kid, "key")


def older_server(folder):
    """a command of a newer program does not change the schema under a running server"""
    with Registry(folder) as registry:
        catalog = registry.data / "catalog.db"
        with sqlite3.connect(catalog, timeout=10) as connection:
            newest = connection.execute("SELECT max(version) FROM schema_version").fetchone()[0]
            row = connection.execute("SELECT * FROM schema_version WHERE version = ?",
                                     (newest,)).fetchone()
            connection.execute("DELETE FROM schema_version WHERE version = ?", (newest,))
        said = registry.refused("user", "list")
        expect("restart it with this one" in said, said)
        with sqlite3.connect(catalog, timeout=10) as connection:
            connection.execute("INSERT INTO schema_version VALUES (?, ?, ?, ?)", row)
            connection.execute("INSERT INTO schema_version VALUES (?, 'new', '', 0)",
                               (newest + 1,))
        said = registry.refused("user", "list")
        expect("newer Berth" in said, said)


CASES = [beside_pushes, no_catalog, without_a_server, older_server]
