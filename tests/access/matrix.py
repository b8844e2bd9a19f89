# SPDX-License-Identifier: Apache-2.0
"""The table of cases.txt, read and done with one client: sign in as each identity, do what the
table says, and look whether it works or is refused in words; then sign out and be nobody."""

from dataclasses import dataclass, replace
from pathlib import Path

from checks import REFUSAL
from clients import LOGIN_UNVERIFIED, SEEDER, TONGUE_TIED
from world import PUBLIC, REGISTRY

TABLE = Path(__file__).resolve().parent / "cases.txt"


@dataclass(frozen=True)
class Case:
    identity: str
    operation: str
    repository: str
    outcome: str


def read_table(path=TABLE):
    """({identity: [pattern, action...]}, [Case])"""
    identities, cases = {}, []
    for line in path.read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "identity":
            identities[words[1].removesuffix(":")] = words[2:]
        else:
            case = Case(*words)
            if case.operation not in ("push", "pull") or case.outcome not in ("works", "denied") \
                    or case.identity not in identities:
                raise ValueError(f"cases.txt: {line}")
            cases.append(case)
    return identities, cases


def seeded(cases):
    """What has to be there to be pulled, or to have its pulling refused."""
    return sorted({case.repository for case in cases if case.operation == "pull"})


class Matrix:
    """`passwords` is {identity: (user, password)}, `admin` the same of somebody who may all."""

    def __init__(self, people, checks, passwords, admin, public_admin):
        self.people = people
        self.checks = checks
        self.passwords = passwords
        self.admin = admin
        self.public_admin = public_admin
        self.name = people.name

    def run(self, identities, cases):
        cases = [replace(case, repository=case.repository.replace("CLIENT", self.name))
                 for case in cases]
        first = self.people.person(SEEDER)
        loaded = first.prepare()
        if loaded:
            self.checks.works(f"{self.name}: load the image", loaded)
        self._seed(first, REGISTRY, self.admin, seeded(cases))
        self._nobody()
        for identity in identities:
            self._one(identity, [case for case in cases if case.identity == identity])
        self._public(first)

    def _seed(self, client, registry, who, repositories):
        self.checks.works(f"{self.name}: admin signs in", client.login(registry, *who))
        for repository in repositories:
            self.checks.works(f"{self.name}: admin pushes {registry}/{repository}",
                              client.push(registry, repository))

    def _nobody(self):
        client = self.people.person("nobody")
        self.checks.refused(f"{self.name}: nobody may pull team/app",
                            client.pull(REGISTRY, "team/app"), REGISTRY)
        if self.name in LOGIN_UNVERIFIED:
            client.login(REGISTRY, "full", "wrong")
            self.checks.refused(f"{self.name}: a wrong password may not pull",
                                client.pull(REGISTRY, "team/app"), REGISTRY)
        else:
            self.checks.refused(f"{self.name}: no sign-in with a wrong password",
                                client.login(REGISTRY, "full", "wrong"))

    def _one(self, identity, cases):
        client = self.people.person(identity)
        self.checks.works(f"{self.name}: {identity} signs in",
                          client.login(REGISTRY, *self.passwords[identity]))
        for case in cases:
            name = f"{self.name}: {identity} {case.operation} {case.repository}: {case.outcome}"
            if case.outcome == "works":
                self.checks.works(name, getattr(client, case.operation)(REGISTRY, case.repository))
            else:
                self._refused(name, client, case.operation, REGISTRY, case.repository)
        self.checks.works(f"{self.name}: {identity} signs out", client.logout(REGISTRY))
        self.checks.refused(f"{self.name}: {identity} has no rights after signing out",
                            client.pull(REGISTRY, "team/app"), REGISTRY)

    def _public(self, admin):
        """Where everybody may pull public/*, and nothing else."""
        self._seed(admin, PUBLIC, self.public_admin, ["public/app", "private/app"])
        nobody = self.people.person("public")
        self.checks.works(f"{self.name}: anybody pulls public/app",
                          nobody.pull(PUBLIC, "public/app"))
        self._refused(f"{self.name}: nobody pulls private/app", nobody, "pull", PUBLIC,
                      "private/app")
        self._refused(f"{self.name}: nobody pushes public/app", nobody, "push", PUBLIC,
                      "public/app")

    def _refused(self, name, client, operation, registry, repository):
        done = getattr(client, operation)(registry, repository)
        if self.name in TONGUE_TIED and operation == "push":
            self.checks.refused(name, done, pattern=f"{REFUSAL.pattern}|closed pipe")
        else:
            self.checks.refused(name, done, repository)
