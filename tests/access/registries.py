# SPDX-License-Identifier: Apache-2.0
"""The two registries of the run, and the accounts on them."""

from cloud import SOFT_DELETE_DAYS
from support.management import Management
from support.secret_search import basic, findings
from support.server import Server
from world import ADDRESSES, PUBLIC, REGISTRY

# Many clients give wrong passwords on purpose, all from one address.
PATIENT = ["--limits-wrong-passwords-max", "1000000",
           "--limits-wrong-passwords-per-address-max", "1000000",
           "--limits-wrong-passwords-per-account-max", "1000000"]


class Registry:
    def __init__(self, world, name, options=()):
        self.name = name
        self.world = world
        self.data = world.folder / f"data-{name}"
        self.options = [*world.tls_options(), *PATIENT, *options]
        self.server = Server(self.data, self.options, listen=f"{ADDRESSES[name]}:443")
        self.management = Management(self.data)
        self.secrets = {"the admin's password": self.server.password()}

    @property
    def admin(self):
        return "admin", self.server.password()

    def berth(self, *words, stdin=""):
        """A management command; the passwords it makes are noted."""
        printed = self.management(*words, stdin=stdin)
        made = printed.get("passwords", []) if isinstance(printed, dict) else []
        for number, each in enumerate(each for each in made if "password" in each):
            name = f"password {number + 1} of {printed.get('name')}, {len(self.secrets)}"
            self.secrets[name] = each["password"]
            self.secrets[f"{name}, as Basic"] = basic(printed.get("name"), each["password"])
        return printed

    def token(self, name, *options):
        """A scope-map token: (name, password)."""
        made = self.berth("token", "create", name, *options)
        return name, made["passwords"][0]["password"]

    def stop(self):
        """Its exit status."""
        return self.server.stop()

    def told(self):
        """Where its log or its audit log hold a secret, or something that looks like one."""
        return findings([self.server.log_path, *self.data.glob("audit.log*")], self.secrets)


def main_registry(world):
    return Registry(world, REGISTRY, ["--soft-delete-days", str(SOFT_DELETE_DAYS)])


def public_registry(world):
    return Registry(world, PUBLIC,
                    ["--anonymous", "read", "--anonymous-repositories", "public/*"])
