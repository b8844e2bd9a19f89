# SPDX-License-Identifier: Apache-2.0
"""How the commands look: help, messages, exit codes, members of the JSON, the page about them."""

import os
import re
from pathlib import Path

from registry import Registry, expect, expect_equal, run_berth

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")


def children(*words):
    """The commands that the help of a group lists."""
    printed = run_berth("help", *words)
    expect_equal(printed.returncode, 0, f"berth help {' '.join(words)}")
    listed = printed.stdout.partition("\nCommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  (\S+) ", listed, re.MULTILINE)


def all_commands(*words):
    below = children(*words)
    if not below:
        return [" ".join(words)]
    return [name for child in below for name in all_commands(*words, child)]


def page(_folder):
    """every command is in docs/commands.md, and every one there exists"""
    commands = set(all_commands())
    expect(len(commands) > 25, f"commands: {sorted(commands)}")
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `berth ")]
    written = {name for row in rows
               for name in re.findall(r"`berth ([a-z -]+)`", row.split("|")[1])}
    expect_equal(sorted(written), sorted(commands), "commands in docs/commands.md")


def help_of_each(_folder):
    """help names what a command takes, by --help and by help"""
    for command in all_commands():
        words = command.split()
        if command == "help":
            continue
        by_flag = run_berth(*words, "--help")
        expect_equal(by_flag.returncode, 0, f"berth {command} --help")
        expect(f"Usage: berth {command}" in by_flag.stdout, f"usage of {command}")
        expect_equal(run_berth("help", *words).stdout, by_flag.stdout, f"berth help {command}")


def misuse(folder):
    """mistakes in the command line are exit code 2, name the nearest right word, change nothing"""
    with Registry(folder) as registry:
        for words, message in [
            (["usre"], "unknown command 'usre'; did you mean 'user'?"),
            (["user", "craete"], "unknown command 'user craete'; did you mean 'create'?"),
            (["user"], "berth user needs a command: create, list"),
            (["user", "create"], "berth user create: NAME is required"),
            (["user", "create", "x", "--admn"], "unknown flag '--admn'; did you mean '--admin'?"),
            (["user", "create", "x", "--output", "yaml"], "--output: expected text or json"),
            (["user", "create", "a b"], "'a b' is no name"),
            (["user", "create", "_x"], "names that begin with _"),
            (["user", "create", "00000000-0000-0000-0000-000000000000"], "no account has it"),
            (["user", "create", "x", "--expires", "soon"], "'soon' is no end"),
            (["user", "create", "x", "--expires", "2001-01-01T00:00:00Z"], "is over already"),
            (["user", "create", "x", "--admin", "--scope-map", "_repositories_pull"],
             "give --admin or --scope-map"),
            (["token", "create", "x"], "what may it do?"),
            (["token", "create", "x", "--repository", "app"], "which actions?"),
            (["token", "create", "x", "--repository", "app", "content/raed"],
             "did you mean 'content/read'?"),
            (["scope-map", "create", "x", "--repository", "App", "content/read"],
             "'App' is no repository name"),
            (["user", "password", "admin", "--slot", "3"], "--slot: expected 1 or 2"),
            (["user", "password", "admin", "--remove", "--password-stdin"], "give it alone"),
            (["user", "update", "admin"], "nothing to change"),
        ]:
            # A word that is no command stands before the flags of one.
            done = run_berth(*words, *(["--data", registry.data] if len(words) > 2 else []))
            expect_equal(done.returncode, 2, f"berth {' '.join(words)}: exit code")
            expect(message in done.stderr, f"berth {' '.join(words)}: {done.stderr!r}")
            expect_equal(done.stdout, "", "standard output")
        expect_equal([each["name"] for each in registry.json("user", "list")], ["admin"], "users")
        expect_equal(registry.json("token", "list"), [], "tokens")


def unknown(folder):
    """what is not there, or not allowed, is exit code 1"""
    with Registry(folder) as registry:
        registry.run("token", "create", "ci", "--repository", "a", "content/read")
        for words, message in [
            (["user", "show", "x"], "there is no user 'x'"),
            (["user", "show", "ci"], "'ci' is a token: see berth token show ci"),
            (["token", "delete", "admin"], "'admin' is a user"),
            (["user", "delete", "admin"], "the account admin stays"),
            (["user", "create", "ci"], "there is an account 'ci' already"),
            (["user", "create", "x", "--scope-map", "y"], "there is no scope map 'y'"),
            (["scope-map", "show", "y"], "there is no scope map 'y'"),
            (["scope-map", "delete", "_repositories_pull"], "comes with the registry"),
            (["scope-map", "delete", "ci-scope-map"], "use --force"),
            (["user", "password", "admin", "--slot", "2", "--remove"], "no password in slot 2"),
        ]:
            expect(message in registry.refused(*words), f"berth {' '.join(words)}")


def members(folder):
    """JSON has the members that docs/commands.md shows, and no hash anywhere"""
    with Registry(folder) as registry:
        account = ["name", "kind", "state", "created_at", "expires_at", "scope_maps", "passwords"]
        made = registry.json("token", "create", "ci", "--repository", "a/*", "content/read",
                             "--expires", "30d")
        expect_equal(list(made), account, "members of a new token")
        expect_equal([list(each) for each in made["passwords"]],
                     [["slot", "created_at", "expires_at", "password"]] * 2, "its passwords")
        expect(TIME.fullmatch(made["created_at"]) and TIME.fullmatch(made["expires_at"]), "times")
        shown = registry.json("token", "show", "ci")
        expect_equal(list(shown), account[:-1] + ["rules", "passwords"], "members of show")
        expect_equal(shown["rules"], [{"repository": "a/*", "actions": ["content/read"]}], "rules")
        expect_equal(list(shown["passwords"][0]), ["slot", "created_at", "expires_at"], "passwords")
        expect_equal(list(registry.json("scope-map", "show", "ci-scope-map")),
                     ["name", "description", "built_in", "created_at", "updated_at", "rules",
                      "accounts"], "members of a scope map")
        printed = "".join(registry.text(*words) + registry.text(*words, "--output", "json")
                          for words in [("user", "list"), ("user", "show", "admin"),
                                        ("token", "list"), ("token", "show", "ci")])
        expect("$y$" not in printed, "a hash was printed")
        for password in [each["password"] for each in made["passwords"]]:
            expect(password not in printed, "a password was printed twice")


def settings(folder):
    """the data directory comes from flag, environment or file; other settings are not flags"""
    with Registry(folder) as registry:
        file = folder / "berth.toml"
        file.write_text(f'data = "{registry.data}"\n')
        environment = {**os.environ, "BERTH_DATA": str(registry.data)}
        for done in [run_berth("user", "list", "--config", file),
                     run_berth("user", "list", environment=environment)]:
            expect_equal(done.returncode, 0, done.stderr)
            expect("admin" in done.stdout, "the list")
        done = run_berth("user", "list", "--listen", "127.0.0.1:1", "--data", registry.data)
        expect_equal(done.returncode, 2, "exit code with --listen")


CASES = [page, help_of_each, misuse, unknown, members, settings]
