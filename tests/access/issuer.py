# SPDX-License-Identifier: Apache-2.0
"""The tests' OpenID Connect issuer (issuer/issuer.mjs) as a process that is started, asked, told to
rotate its keys, stopped, and started again on the same port with the same keys."""

import json
import shutil
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).resolve().parent / "issuer"
MODULES = ROOT / "build" / "tools" / "access-issuer" / "node_modules"
AUDIENCE = "https://management.azure.com/"


class Issuer:
    """`place` is {host, path, address, port}, `files` {cert, key, ca}; `clients` and `documents`
    are as issuer.mjs explains."""

    def __init__(self, folder, place, files, clients, documents=None):
        self.folder = Path(folder)
        self.folder.mkdir()
        for source in PROGRAM.glob("*.mjs"):
            shutil.copy(source, self.folder)
        (self.folder / "node_modules").symlink_to(MODULES)
        self.clients = clients
        self.config = {"path": "", **place, "cert": str(files["cert"]), "key": str(files["key"]),
                       "keys": str(self.folder / "keys.json"), "clients": clients,
                       "documents": documents or {}}
        self.context = ssl.create_default_context(cafile=str(files["ca"]))
        self.process = None
        self.url = None
        self.start()

    def start(self):
        config = self.folder / "config.json"
        config.write_text(json.dumps(self.config))
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["node", str(self.folder / "issuer.mjs"), str(config)], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log, text=True)
        for line in self.process.stdout:
            if line.startswith("issuer "):
                self.url = line.split()[1]
                self.config["port"] = urllib.parse.urlsplit(self.url).port or 443
                return
        raise RuntimeError("the issuer does not start\n" +
                           (self.folder / "log").read_text(errors="replace")[-3000:])

    def stop(self):
        """Its exit status."""
        self.process.terminate()
        status = self.process.wait(timeout=30)
        self.process.stdout.close()
        return status

    def ask(self, url, body=None):
        """`body`: a str is sent as a form, a dict as JSON."""
        data = json.dumps(body) if isinstance(body, dict) else body
        request = urllib.request.Request(url, data and data.encode())
        with urllib.request.urlopen(request, timeout=20, context=self.context) as answer:
            return json.load(answer)

    def control(self, what, body=None):
        return self.ask(urllib.parse.urljoin(self.url, f"/control/{what}"), body)

    def token(self, client, audience=AUDIENCE):
        """What `client` gets for its secret, by the issuer's own token endpoint."""
        return self.ask(f"{self.url}/token", urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": client, "resource": audience,
            "client_secret": self.clients[client]["secret"]}))["access_token"]

    def sign(self, claims, **how):
        """Any claims; `how`: header, kid, alg, foreign."""
        return self.control("sign", {"claims": claims, **how})["token"]

    def rotate(self, keep_old=True):
        return self.control("rotate", {"keepOld": keep_old})["kids"]

    def asked(self, path):
        """How often a path was asked for since the start."""
        return self.control("counts").get(path, 0)
