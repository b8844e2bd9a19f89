# SPDX-License-Identifier: Apache-2.0
"""Passwords and the state of an account, by skopeo and by hand: two of them, their end, the
account's end, disabled, deleted and made anew, signed out; guessing; a user and the catalog."""

import json
import time

from clients import People
from commands import run
from support.management import CommandFailed
from wire import part
from world import REGISTRY

END_SECONDS_MAX = 20


class PasswordChecks:
    def __init__(self, run_):
        self.run, self.checks, self.wire = run_, run_.checks, run_.wire
        self.berth = run_.registry.berth
        self.people = People("skopeo", run_.world)

    def make(self, name, *options):
        """(the account's first password, its second)."""
        made = self.berth("token", "create", name, "--scope-map", "team-pull", *options)
        return [each["password"] for each in made["passwords"]]

    def client(self, who, password):
        client = self.people.person(who)
        return client, client.login(REGISTRY, who, password)

    def signs_in(self, name, who, password):
        client, done = self.client(who, password)
        self.checks.works(f"passwords: {name}: signs in", done)
        self.checks.works(f"passwords: {name}: pulls", client.pull(REGISTRY, "team/app"))
        return client

    def stays_out(self, name, who, password):
        _, done = self.client(who, password)
        self.checks.refused(f"passwords: {name}: does not sign in", done, REGISTRY)

    def all(self):
        self.berth("scope-map", "create", "team-pull", "--repository", "team/*", "content/read")
        self._two()
        self._ends()
        self._states()
        self._user()
        self._imported()
        self._keys()

    def _two(self):
        first, second = self.make("double")
        self.signs_in("the first of two", "double", first)
        self.signs_in("the second of two", "double", second)
        new = self.berth("token", "password", "double", "--slot", "1")["passwords"][0]["password"]
        self.stays_out("a password that was replaced", "double", first)
        self.signs_in("the one that replaced it", "double", new)
        self.signs_in("the other one, still", "double", second)
        self.berth("token", "password", "double", "--slot", "2", "--remove")
        self.stays_out("a password that was removed", "double", second)

    def _ends(self):
        first, second = self.make("ending")
        self.signs_in("before its end", "ending", first)
        password = self.berth("token", "password", "ending", "--slot", "1",
                              "--expires", "3s")["passwords"][0]["password"]
        self._until_out("ending", password)
        self.stays_out("after the password's end", "ending", password)
        self.signs_in("the other password of the account", "ending", second)
        access = self._access("ending", second)
        self.berth("token", "update", "ending", "--expires", "3s")
        self._until_out("ending", second)
        self.stays_out("after the account's end", "ending", second)
        self.checks.equal("passwords: its access token has ended with it", 401,
                          self.wire.tags("team/app", access).status)

    def _until_out(self, who, password):
        deadline = time.monotonic() + END_SECONDS_MAX
        while self.wire.basic("/v2/", who, password).status == 200 and \
                time.monotonic() < deadline:
            time.sleep(0.2)

    def _access(self, who, password):
        path = f"/oauth2/token?service={REGISTRY}&scope=repository:team/app:pull"
        return self.wire.basic(path, who, password).get("access_token")

    def _states(self):
        password, _ = self.make("state")
        client = self.signs_in("before it is disabled", "state", password)
        access = self._access("state", password)
        self.berth("token", "disable", "state")
        self.stays_out("disabled", "state", password)
        self.checks.refused("passwords: disabled: who was signed in is out",
                            client.pull(REGISTRY, "team/app"), "team/app")
        self.checks.equal("passwords: disabled: its access token is dead", 401,
                          self.wire.tags("team/app", access).status)
        self.berth("token", "enable", "state")
        client = self.signs_in("enabled again", "state", password)
        access = self._access("state", password)
        self.berth("token", "sign-out", "state")
        self.checks.equal("passwords: signed out: its access token is dead", 401,
                          self.wire.tags("team/app", access).status)
        self.signs_in("signed out: the password is good", "state", password)
        access = self._access("state", password)
        self.berth("token", "delete", "state")
        self.stays_out("deleted", "state", password)
        again, _ = self.make("state")
        self.stays_out("made anew: the old password", "state", password)
        self.checks.equal("passwords: made anew: the old access token is dead", 401,
                          self.wire.tags("team/app", access).status)
        self.signs_in("made anew", "state", again)

    def _user(self):
        """A user sees in the catalog what it may see; a token sees no catalog."""
        made = self.berth("user", "create", "maria", "--scope-map", "_repositories_pull")
        maria = made["passwords"][0]["password"]
        self.signs_in("a user", "maria", maria)
        listed = self.wire.basic("/v2/_catalog", "maria", maria)
        self.checks.true("passwords: a user lists the catalog",
                         listed.status == 200 and "team/app" in (listed.get("repositories") or []),
                         listed.status, listed.body)
        token, _ = self.make("narrow")
        self.checks.equal("passwords: a token does not list the catalog", 401,
                          self.wire.basic("/v2/_catalog", "narrow", token).status)
        chosen = "chosen-by-hand-9"
        self.berth("user", "password", "maria", "--password-stdin", stdin=chosen)
        self.signs_in("a password that was chosen", "maria", chosen)
        try:
            self.berth("user", "create", "maria")
            self.checks.fail("passwords: no second user of one name")
        except CommandFailed as refusal:
            self.checks.true("passwords: no second user of one name", refusal.status == 1,
                             refusal)
        names = [each["name"] for each in self.berth("user", "list")]
        self.checks.true("passwords: the list of users", "maria" in names, json.dumps(names))

    def _imported(self):
        """Users of an htpasswd file keep their passwords."""
        secret = "from-a-file-7"
        file = self.run.world.folder / "htpasswd"
        made = run(["htpasswd", "-nbBC", "5", "olga", secret])
        file.write_text(made.stdout)
        self.berth("user", "import", file, "--scope-map", "team-pull")
        self.signs_in("a user of an htpasswd file", "olga", secret)
        self.stays_out("the same with another password", "olga", "from-a-file-8")

    def _keys(self):
        """A new signing key: what the old one signed goes on."""
        password, _ = self.make("keys")
        client = self.signs_in("before the key is changed", "keys", password)
        access = self._access("keys", password)
        self.berth("keys", "rotate")
        self.checks.equal("passwords: the old key's access token works", 200,
                          self.wire.tags("team/app", access).status)
        newer = self._access("keys", password)
        self.checks.true("passwords: the new key signs",
                         part(newer, 0)["kid"] != part(access, 0)["kid"], newer)
        self.checks.equal("passwords: the new key's access token works", 200,
                          self.wire.tags("team/app", newer).status)
        self.checks.works("passwords: who is signed in goes on",
                          client.pull(REGISTRY, "team/app"))


def passwords_part(run_):
    run_.seed()
    PasswordChecks(run_).all()
