# SPDX-License-Identifier: Apache-2.0
"""The two registries of the run, and the accounts on them."""

from support.management import Management
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
        self.berth = Management(self.data)

    @property
    def admin(self):
        return "admin", self.server.password()

    def token(self, name, *options):
        """A scope-map token: (name, password)."""
        made = self.berth("token", "create", name, *options)
        return name, made["passwords"][0]["password"]

    def stop(self):
        return self.server.stop()

    def logs(self):
        return self.server.log_path.read_text(errors="replace")


def main_registry(world):
    return Registry(world, REGISTRY)


def public_registry(world):
    return Registry(world, PUBLIC,
                    ["--anonymous", "read", "--anonymous-repositories", "public/*"])
