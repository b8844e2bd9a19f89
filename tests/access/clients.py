# SPDX-License-Identifier: Apache-2.0
"""How each client signs in, pushes, pulls and signs out: one table for those that are one command
each, a class for those that need more. Nothing here knows what is allowed."""

import itertools
import json
import shutil
import urllib.parse
from pathlib import Path

from commands import Command, run

# {image} is the layout that is pushed, {fresh} a path that does not exist yet. The password comes
# on standard input.
TOOLS = {
    "skopeo": {
        "login": "skopeo login --username {user} --password-stdin {registry}",
        "push": "skopeo --insecure-policy copy -q oci:{image}:v1 docker://{reference}",
        "pull": "skopeo --insecure-policy copy -q docker://{reference} oci:{fresh}:v1",
        "logout": "skopeo logout {registry}",
    },
    "crane": {
        "login": "crane auth login -u {user} --password-stdin {registry}",
        "push": "crane push {image} {reference}",
        "pull": "crane pull --format oci {reference} {fresh}",
        "logout": "crane auth logout {registry}",
    },
    "oras": {
        "login": "oras login -u {user} --password-stdin {registry}",
        "push": "oras cp --from-oci-layout {image}:v1 {reference}",
        "pull": "oras cp {reference} --to-oci-layout {fresh}:v1",
        "logout": "oras logout {registry}",
    },
    "regctl": {
        "login": "regctl registry login {registry} -u {user} --pass-stdin",
        "push": "regctl image copy ocidir://{image}:v1 {reference}",
        "pull": "regctl image copy {reference} ocidir://{fresh}:v1",
        "logout": "regctl registry logout {registry}",
    },
}
APT = ("skopeo", "podman", "docker", "containerd", "containerd-refresh")
GO = ("crane", "oras", "regctl", "helm")
EVERY = APT + GO
# Who pushes what is there to be pulled.
SEEDER = "admin"
# These write a password down without asking the registry about it.
LOGIN_UNVERIFIED = ("crane", "containerd")
# containerd 1.6 does not say what may not be pushed, and when it is the manifest that is refused it
# tells of the pipe through which it sent that.
TONGUE_TIED = ("containerd", "containerd-refresh")


class Client:
    """One client as one person uses it: `home` keeps what it writes down."""

    def __init__(self, name, who, world, home):
        self.name = name
        self.who = who
        self.world = world
        self.home = Path(home)
        self.environment = world.environment(self.home)
        self.environment.update(
            DOCKER_CONFIG=str(self.home / "docker"),
            REGISTRY_AUTH_FILE=str(self.home / "auth.json"),
            HELM_REGISTRY_CONFIG=str(self.home / "helm.json"),
            REGCTL_CONFIG=str(self.home / "regctl.json"))
        (self.home / "auth.json").write_text("{}")  # podman wants it there
        self.numbers = itertools.count()

    def run(self, *arguments, stdin=""):
        return run(arguments, self.environment, stdin)

    def fresh(self):
        return self.home / f"out{next(self.numbers)}"

    def reference(self, registry, repository, who=None):
        return f"{registry}/{repository}:{self.tag(who)}"

    def tag(self, who=None):
        """Everybody pushes tags of their own and pulls those of SEEDER. Charts want a version."""
        return f"1.0.0-{self.name}-{who or self.who}"

    def prepare(self):
        """Once for a client, before everything else."""

    def chosen(self, step, registry, reference="", user=""):
        places = dict(registry=registry, user=user, image=self.world.image, fresh=self.fresh(),
                      reference=reference)
        return [word.format(**places) for word in TOOLS[self.name][step].split()]

    def login(self, registry, user, password):
        return self.run(*self.chosen("login", registry, user=user), stdin=password)

    def push(self, registry, repository):
        return self.run(*self.chosen("push", registry, self.reference(registry, repository)))

    def pull(self, registry, repository):
        wanted = self.reference(registry, repository, SEEDER)
        return self.run(*self.chosen("pull", registry, wanted))

    def logout(self, registry):
        return self.run(*self.chosen("logout", registry))


class Helm(Client):
    """A chart's last name is that of its repository, so each repository has a chart of its own."""

    def push(self, registry, repository):
        *path, name = repository.split("/")
        chart = self.fresh()
        chart.mkdir()
        (chart / "Chart.yaml").write_text(
            f"apiVersion: v2\nname: {name}\nversion: {self.tag()}\n")
        packed = self.run("helm", "package", chart, "-d", chart)
        if packed.status != 0:
            return packed
        return self.run("helm", "push", chart / f"{name}-{self.tag()}.tgz",
                        "/".join([f"oci://{registry}", *path]))

    def pull(self, registry, repository):
        target = self.fresh()
        target.mkdir()
        return self.run("helm", "pull", f"oci://{registry}/{repository}", "--version",
                        self.tag(SEEDER), "-d", target)

    def login(self, registry, user, password):
        return self.run("helm", "registry", "login", "-u", user, "--password-stdin", registry,
                        stdin=password)

    def logout(self, registry):
        return self.run("helm", "registry", "logout", registry)


class Podman(Client):
    def podman(self, *arguments, stdin=""):
        storage = self.world.folder / "podman"
        return self.run("podman", "--root", storage / "root", "--runroot", storage / "run",
                        "--tmpdir", storage / "tmp", "--storage-driver", "vfs",
                        "--cgroup-manager", "cgroupfs", "--events-backend", "none", *arguments,
                        stdin=stdin)

    def prepare(self):
        return self.podman("load", "-q", "-i", docker_archive(self))

    def login(self, registry, user, password):
        return self.podman("login", "-u", user, "--password-stdin", registry, stdin=password)

    def push(self, registry, repository):
        return self.podman("push", "-q", LOCAL_IMAGE,
                           f"docker://{self.reference(registry, repository)}")

    def pull(self, registry, repository):
        reference = self.reference(registry, repository, SEEDER)
        self.podman("rmi", "-f", reference)
        return self.podman("pull", "-q", reference)

    def logout(self, registry):
        return self.podman("logout", registry)


LOCAL_IMAGE = "localhost/app:v1"


def docker_archive(client):
    """The image as a tar that engines load."""
    archive = client.world.folder / "app.tar"
    if not archive.exists():
        run(["skopeo", "--insecure-policy", "copy", "-q", f"oci:{client.world.image}:v1",
             f"docker-archive:{archive}:{LOCAL_IMAGE}"], client.environment)
    return archive


class Docker(Client):
    """`engine` is the daemon, engines.Dockerd."""

    engine = None

    def docker(self, *arguments, stdin=""):
        return self.run("docker", "--config", self.home / "docker", "-H", self.engine.address,
                        *arguments, stdin=stdin)

    def prepare(self):
        return self.docker("load", "-q", "-i", docker_archive(self))

    def login(self, registry, user, password):
        return self.docker("login", "-u", user, "--password-stdin", registry, stdin=password)

    def push(self, registry, repository):
        reference = self.reference(registry, repository)
        self.docker("tag", LOCAL_IMAGE, reference)
        return self.docker("push", reference)

    def pull(self, registry, repository):
        reference = self.reference(registry, repository, SEEDER)
        self.docker("rmi", "-f", reference)
        return self.docker("pull", "-q", reference)

    def logout(self, registry):
        return self.docker("logout", registry)


class Containerd(Client):
    """ctr keeps no credentials: each command names them. `engine` is engines.Containerd."""

    engine = None
    credentials = ()

    def ctr(self, *arguments):
        return self.run("ctr", "--address", self.engine.socket, *arguments)

    def prepare(self):
        archive = self.world.folder / "app.oci.tar"
        run(["skopeo", "--insecure-policy", "copy", "-q", f"oci:{self.world.image}:v1",
             f"oci-archive:{archive}:v1"], self.environment)
        return self.ctr("images", "import", "--snapshotter", "native", "--index-name", LOCAL_IMAGE,
                        archive)

    def login(self, registry, user, password):
        self.credentials = ("--user", f"{user}:{password}")
        return Command(["(noted)"], 0, "", "")

    def push(self, registry, repository):
        reference = self.reference(registry, repository)
        self.ctr("images", "tag", "--force", LOCAL_IMAGE, reference)
        return self.ctr("images", "push", *self.credentials, reference)

    def pull(self, registry, repository):
        reference = self.reference(registry, repository, SEEDER)
        self.ctr("images", "rm", reference)
        return self.ctr("images", "pull", *self.credentials, "--snapshotter", "native", reference)

    def logout(self, registry):
        self.credentials = ()
        return Command(["(forgotten)"], 0, "", "")


class ContainerdRefresh(Containerd):
    """With a refresh token, which the first sign-in gets for the password."""

    def login(self, registry, user, password):
        form = {"grant_type": "password", "access_type": "offline", "service": registry,
                "scope": "", "client_id": "ctr", "username": user, "password": password}
        asked = self.run("curl", "-sS", "--cacert", self.world.ca,
                         f"https://{registry}/oauth2/token", "-d", "@-",
                         stdin=urllib.parse.urlencode(form))
        try:
            self.credentials = ("--refresh", json.loads(asked.stdout)["refresh_token"])
        except (ValueError, KeyError):
            return Command(asked.arguments, 1, asked.stdout, f"{registry} gave no refresh token")
        return asked


KINDS = {"helm": Helm, "podman": Podman, "docker": Docker, "containerd": Containerd,
         "containerd-refresh": ContainerdRefresh}


class People:
    """Makes clients of one kind, each with a home of its own."""

    def __init__(self, name, world, engine=None):
        self.name, self.world, self.engine = name, world, engine

    def person(self, who):
        home = self.world.folder / "homes" / f"{self.name}-{who}"
        shutil.rmtree(home, ignore_errors=True)
        client = KINDS.get(self.name, Client)(self.name, who, self.world, home)
        if self.engine:
            client.engine = self.engine
        return client
