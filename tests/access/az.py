# SPDX-License-Identifier: Apache-2.0
"""The Azure command line, unmodified, in its default cloud: az login as an application and as the
machine's identity, az acr login with docker and without, and what az acr may do by the rules."""

import json
from datetime import date

from clients import People
from cloud import SOFT_DELETE_DAYS, TENANT
from commands import run
from identities import BUILDER, READER, STRANGE
from world import REGISTRY

NAME = REGISTRY.split(".")[0]
NIL = "00000000-0000-0000-0000-000000000000"


class Az:
    """One person's az: its own folder of settings and tokens. `docker` is whom it signs in."""

    def __init__(self, world, who, docker=None):
        home = world.folder / "homes" / f"az-{who}"
        self.environment = world.environment(home)
        self.environment.update(
            AZURE_CONFIG_DIR=str(home / "azure"), AZURE_CORE_COLLECT_TELEMETRY="no",
            AZURE_CORE_NO_COLOR="yes")
        if docker:
            self.environment.update(DOCKER_HOST=docker.engine.address,
                                    DOCKER_CONFIG=str(docker.home / "docker"))

    def __call__(self, *words):
        return run(["az", *words, "-o", "json"], self.environment)

    def login(self, app, secret):
        return self("login", "--service-principal", "-u", app, "-p", secret, "--tenant", TENANT)

    def refresh_token(self):
        """(Command, the token that `az acr login --expose-token` shows)"""
        done = self("acr", "login", "-n", NAME, "--expose-token")
        try:
            shown = json.loads(done.stdout)
            return done, shown["accessToken"] if shown["loginServer"] == REGISTRY else None
        except (ValueError, KeyError):
            return done, None


def secret_of(app):
    return f"secret-of-{app}"


def days_between(first, second):
    """Of two times of one hour: whole days."""
    return (date.fromisoformat(second.split("T")[0]) - date.fromisoformat(first.split("T")[0])).days


class AzChecks:
    def __init__(self, run_):
        self.run, self.world, self.checks = run_, run_.world, run_.checks
        self.engine = run_.engine("docker")
        self.cloud = run_.cloud

    def answers(self, name, wanted, az, *words):
        done = az("acr", *words)
        if self.checks.works(f"az: {name}", done):
            self.checks.equal(f"az: {name}: the answer", wanted, json.loads(done.stdout or "null"))

    def _catalog(self, prefix):
        """What the admin sees of it."""
        answer = self.run.wire.basic("/v2/_catalog?n=1000", *self.run.registry.admin)
        return [name for name in answer.get("repositories") if name.startswith(prefix)]

    def all(self):
        self._images()
        self._wrong_secret()
        self._builder()
        self._reader()
        self._machine()
        self._without_a_role()
        self._issuer_down()
        self._issuer_disabled()
        self.checks.equal("az: the cloud knew everything that was asked", [], self.cloud.unknown)

    def _images(self):
        seeder = People("skopeo", self.world).person("admin")
        self.checks.works("az: admin signs in", seeder.login(REGISTRY, *self.run.registry.admin))
        for repository in ("team/az", "team/gone", "other/az"):
            self.checks.works(f"az: admin pushes {repository}", seeder.push(REGISTRY, repository))

    def _wrong_secret(self):
        az = Az(self.world, "wrong")
        self.checks.refused("az: no sign-in with a wrong secret", az.login(BUILDER, "wrong"),
                            pattern="client authentication failed|invalid_client")

    def _builder(self):
        """May do everything in team/*."""
        docker = People("docker", self.world, self.engine).person("az")
        az = Az(self.world, "builder", docker)
        self.checks.works("az: login as an application", az.login(BUILDER, secret_of(BUILDER)))
        self.checks.works("az: acr login", az("acr", "login", "-n", NAME))
        self.checks.works("az: docker load", docker.prepare())
        self.checks.works("az: docker push after acr login", docker.push(REGISTRY, "team/docker"))
        self.checks.refused("az: docker push elsewhere", docker.push(REGISTRY, "other/docker"),
                            "other/docker")
        done, token = az.refresh_token()
        self.checks.works("az: acr login --expose-token", done)
        skopeo = People("skopeo", self.world).person("az")
        self.checks.works("az: the exposed token signs skopeo in",
                          skopeo.login(REGISTRY, NIL, token or ""))
        self.checks.works("az: skopeo pushes with it", skopeo.push(REGISTRY, "team/skopeo"))
        self.checks.refused("az: skopeo pushes elsewhere with it",
                            skopeo.push(REGISTRY, "other/skopeo"), "other/skopeo")
        at = ("-n", NAME)
        self.answers("repository list shows what may be seen", self._catalog("team/"),
                     az, "repository", "list", *at)
        self.answers("repository show-tags", ["1.0.0-skopeo-admin"],
                     az, "repository", "show-tags", *at, "--repository", "team/az")
        self.checks.works("az: repository show", az("acr", "repository", "show", *at,
                                                    "--repository", "team/az"))
        self.checks.works("az: manifest list-metadata", az(
            "acr", "manifest", "list-metadata", "-r", NAME, "-n", "team/az"))
        self.checks.works("az: repository update", az(
            "acr", "repository", "update", *at, "--image", "team/az:1.0.0-skopeo-admin",
            "--write-enabled", "true"))
        self.checks.works("az: repository delete", az(
            "acr", "repository", "delete", *at, "--repository", "team/gone", "--yes"))
        self._restored(az, at)
        self.checks.refused("az: repository show elsewhere", az(
            "acr", "repository", "show", *at, "--repository", "other/az"))
        self.checks.refused("az: repository delete elsewhere", az(
            "acr", "repository", "delete", *at, "--repository", "other/az", "--yes"))

    def _restored(self, az, at):
        """What the builder deleted comes back; what others deleted elsewhere is not shown."""
        self.answers("repository list-deleted", ["team/gone"],
                     az, "repository", "list-deleted", *at)
        where = ("-r", NAME, "-n", "team/gone")
        done = az("acr", "manifest", "list-deleted", *where)
        if not self.checks.works("az: manifest list-deleted", done):
            return
        shown = json.loads(done.stdout)
        self.checks.equal("az: one manifest was deleted", 1, len(shown))
        self.checks.equal("az: it is purged after the days of the policy", SOFT_DELETE_DAYS,
                          days_between(shown[0]["deletedAt"], shown[0]["expiresAfter"]))
        done = az("acr", "manifest", "list-deleted-tags", *where)
        if self.checks.works("az: manifest list-deleted-tags", done):
            self.checks.equal("az: the deleted tags", [("1.0.0-skopeo-admin", shown[0]["digest"])],
                              [(tag["tag"], tag["digest"]) for tag in json.loads(done.stdout)])
        self.checks.works("az: manifest restore", az(
            "acr", "manifest", "restore", "-r", NAME, "-n", "team/gone:1.0.0-skopeo-admin",
            "--yes"))
        self.answers("the restored tag", ["1.0.0-skopeo-admin"],
                     az, "repository", "show-tags", *at, "--repository", "team/gone")
        self.answers("nothing is deleted any more", [], az, "repository", "list-deleted", *at)

    def _reader(self):
        """May pull, and read what is known of images; signs in with a token of version 1."""
        az = Az(self.world, "reader")
        self.checks.works("az: login with a token of version 1",
                          az.login(READER, secret_of(READER)))
        at = ("-n", NAME)
        self.answers("a reader's repository list", self._catalog(""),
                     az, "repository", "list", *at)
        self.answers("a reader's show-tags", ["1.0.0-skopeo-admin"],
                     az, "repository", "show-tags", *at, "--repository", "other/az")
        self.checks.refused("az: a reader may not delete", az(
            "acr", "repository", "delete", *at, "--repository", "other/az", "--yes"))
        self.checks.refused("az: a reader may not restore", az(
            "acr", "manifest", "restore", "-r", NAME, "-n", "other/az:1.0.0-skopeo-admin",
            "-d", "sha256:" + "0" * 64, "--yes"))
        self.checks.refused("az: a reader may not lock", az(
            "acr", "repository", "update", *at, "--repository", "other/az",
            "--write-enabled", "false"))

    def _machine(self):
        az = Az(self.world, "machine")
        self.checks.works("az: login as the machine's identity", az("login", "--identity"))
        self.answers("the machine's repository list", self._catalog("team/"),
                     az, "repository", "list", "-n", NAME)
        done, token = az.refresh_token()
        self.checks.works("az: the machine's acr login --expose-token", done)
        skopeo = People("skopeo", self.world).person("machine")
        self.checks.works("az: the machine's token signs skopeo in",
                          skopeo.login(REGISTRY, NIL, token or ""))
        self.checks.works("az: skopeo pulls with it", skopeo.pull(REGISTRY, "team/az"))

    def _without_a_role(self):
        az = Az(self.world, "strange")
        self.checks.works("az: login without a role", az.login(STRANGE, secret_of(STRANGE)))
        self.checks.refused("az: acr login without a role", az.refresh_token()[0])
        self.checks.refused("az: repository list without a role",
                            az("acr", "repository", "list", "-n", NAME))

    def _signed_in(self, who):
        """(az, docker), both signed in as the builder."""
        docker = People("docker", self.world, self.engine).person(who)
        az = Az(self.world, who, docker)
        self.checks.works(f"az: {who}: login", az.login(BUILDER, secret_of(BUILDER)))
        self.checks.works(f"az: {who}: acr login", az("acr", "login", "-n", NAME))
        return az, docker

    def _issuer_down(self):
        az, docker = self._signed_in("down")
        self.checks.equal("az: the issuer ends", 0, self.run.entra.stop())
        self.checks.works("az: docker pushes without the issuer",
                          docker.push(REGISTRY, "team/docker"))
        self.checks.works("az: acr login without the issuer", az("acr", "login", "-n", NAME))
        self.checks.works("az: repository list without the issuer",
                          az("acr", "repository", "list", "-n", NAME))
        self.run.entra.start()

    def _issuer_disabled(self):
        az, docker = self._signed_in("disabled")
        self.run.registry.berth("issuer", "disable", "entra")
        self.checks.refused("az: docker pushes for a disabled issuer",
                            docker.push(REGISTRY, "team/docker"), "team/docker")
        self.checks.refused("az: acr login for a disabled issuer", az("acr", "login", "-n", NAME))
        self.checks.refused("az: repository list for a disabled issuer",
                            az("acr", "repository", "list", "-n", NAME))
        self.run.registry.berth("issuer", "enable", "entra")
        self.checks.works("az: acr login, enabled again", az("acr", "login", "-n", NAME))
        self.checks.works("az: docker pushes, enabled again",
                          docker.push(REGISTRY, "team/docker"))


def az_part(run_):
    run_.trust()
    AzChecks(run_).all()
