# SPDX-License-Identifier: Apache-2.0
"""What run.sh starts in the run's own namespaces: run.py [-v] FOLDER MESSAGES PART...

A part is a client of clients.py or one of PARTS. Ends with "N passed, N failed". What clients print
when they are refused goes to the file MESSAGES, for people to read."""

import argparse
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import identities  # noqa: E402
from az import az_part  # noqa: E402
from checks import Checks  # noqa: E402
from clients import EVERY, People  # noqa: E402
from engines import Containerd, Dockerd  # noqa: E402
from federation import federation_part  # noqa: E402
from matrix import Matrix, read_table  # noqa: E402
from passwords import passwords_part  # noqa: E402
from registries import main_registry, public_registry  # noqa: E402
from wire import Wire  # noqa: E402
from world import ENTRA, ISSUER, REGISTRY, World  # noqa: E402

ENGINES = {"docker": Dockerd, "containerd": Containerd, "containerd-refresh": Containerd}
PARTS = {"passwords": passwords_part, "federation": federation_part, "az": az_part}


class Run:
    """What the parts share: servers and daemons start when the first one asks for them."""

    def __init__(self, world, checks, stack):
        self.world, self.checks, self.stack = world, checks, stack
        self.started = {}

        self.wire = Wire(world)

    def once(self, key, start):
        if key not in self.started:
            self.started[key] = start()
            self.stack.callback(self._stop, key, self.started[key])
        return self.started[key]

    def _stop(self, key, thing):
        status = thing.stop()
        if hasattr(thing, "server"):
            self.checks.equal(f"{key} stops cleanly", 0, status)
            self.checks.equal(f"{key}: its logs hold no secret", [], thing.told())

    @property
    def registry(self):
        return self.once("registry", lambda: main_registry(self.world))

    @property
    def public(self):
        return self.once("public registry", lambda: public_registry(self.world))

    @property
    def entra(self):
        return self.once(ENTRA, lambda: identities.entra(self.world))

    @property
    def plain(self):
        return self.once(ISSUER, lambda: identities.plain(self.world))

    @property
    def stranger(self):
        return self.once("stranger", lambda: identities.stranger(self.world))

    @property
    def cloud(self):
        return self.once("cloud", lambda: identities.cloud(self.world, self.entra))

    def seed(self):
        """Something to read: what the admin pushes."""
        self._do_once("seed", self._seed)

    def _seed(self):
        admin = People("skopeo", self.world).person("admin")
        self.checks.works("admin signs in", admin.login(REGISTRY, *self.registry.admin))
        self.checks.works("admin pushes team/app", admin.push(REGISTRY, "team/app"))

    def trust(self):
        """The registry takes tokens of the issuers, all but the stranger's."""
        self._do_once("trust", lambda: identities.trust(
            self.registry.berth, self.world, self.entra, self.plain))

    def _do_once(self, key, action):
        if key not in self.started:
            self.started[key] = True
            action()

    def engine(self, client):
        kind = ENGINES.get(client)
        return kind and self.once(kind.__name__.lower(),
                                  lambda: kind(self.world, kind.__name__.lower()))


def passwords_of(run, identities):
    """A token for each identity of the table, made once."""
    known = run.started.setdefault("passwords", {})
    for name, (pattern, *actions) in identities.items():
        if name not in known:
            known[name] = run.registry.token(name, "--repository", pattern, *actions)
    return known


def client_part(run, name):
    identities, cases = read_table()
    matrix = Matrix(People(name, run.world, run.engine(name)), run.checks,
                    passwords_of(run, identities), run.registry.admin, run.public.admin)
    matrix.run(identities, cases)


def run_part(run, name):
    before = run.checks.passed, run.checks.failed
    started = time.monotonic()
    try:
        if name in EVERY:
            client_part(run, name)
        else:
            PARTS[name](run)
    except Exception as problem:  # pylint: disable=broad-except  # one part must not end the others
        run.checks.fail(f"{name}: ends early", f"{type(problem).__name__}: {problem}")
    print(f"     {name}: {run.checks.passed - before[0]} passed, "
          f"{run.checks.failed - before[1]} failed, {time.monotonic() - started:.0f} s", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("-v", action="store_true", dest="verbose")
    arguments.add_argument("folder")
    arguments.add_argument("messages")
    arguments.add_argument("parts", nargs="+", choices=[*EVERY, *PARTS])
    given = arguments.parse_args()
    checks = Checks(given.verbose)
    with ExitStack() as stack:
        world = World(given.folder)
        world.prepare()
        run = Run(world, checks, stack)
        for name in given.parts:
            run_part(run, name)
    messages = Path(given.messages)
    messages.parent.mkdir(parents=True, exist_ok=True)
    messages.write_text("".join(f"{case}\n    {text}\n" for case, text in checks.messages))
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed or not checks.passed else 0)


if __name__ == "__main__":
    main()
