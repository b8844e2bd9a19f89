# SPDX-License-Identifier: Apache-2.0
"""The little internet that the access tests live in: a network namespace of their own (run.sh made
it) where each host has an address on the loopback interface, port 443, a name in /etc/hosts and a
certificate of the test's authority. Nothing of it can be reached from outside, and no client can
reach anything else."""

import os
import subprocess
import sys
from pathlib import Path

from commands import run

CLIENTS = Path(__file__).resolve().parents[1] / "clients"
# Like the service's own names, so that a client that knows those behaves as it would there.
REGISTRY = "contoso.azurecr.io"
PUBLIC = "public.azurecr.io"
MANAGEMENT = "management.azure.com"
ENTRA = "login.microsoftonline.com"
ISSUER = "issuer.test"
STRANGER = "stranger.test"  # an issuer that nobody trusts
ADDRESSES = {
    REGISTRY: "10.99.0.1",
    PUBLIC: "10.99.0.2",
    MANAGEMENT: "10.99.0.3",
    ENTRA: "10.99.0.4",
    ISSUER: "10.99.0.5",
    STRANGER: "10.99.0.6",
}
IDENTITY_ADDRESS = "169.254.169.254"  # where a virtual machine asks who it is


class World:
    """`folder` is the run's directory; short, since daemons put unix sockets below it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.ca = self.folder / "ca.crt"
        self.certificate = self.folder / "server.crt"
        self.key = self.folder / "server.key"
        self.image = self.folder / "app"

    def prepare(self):
        self._addresses()
        self._certificates()
        subprocess.run([sys.executable, str(CLIENTS / "fixtures.py"), str(self.folder)], check=True)

    def _addresses(self):
        _need(["ip", "link", "set", "lo", "up"])
        for address in (*ADDRESSES.values(), IDENTITY_ADDRESS):
            _need(["ip", "address", "add", f"{address}/32", "dev", "lo"])
        hosts = self.folder / "hosts"
        names = {"localhost": "127.0.0.1", **ADDRESSES}
        hosts.write_text("".join(f"{address} {name}\n" for name, address in names.items()))
        _need(["mount", "--bind", hosts, "/etc/hosts"])

    def _certificates(self):
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        _need(["openssl", "req", "-x509", *curve, "-days", "2", "-subj", "/CN=Berth test CA",
               "-keyout", self.folder / "ca.key", "-out", self.ca,
               "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
        _need(["openssl", "req", *curve, "-subj", f"/CN={REGISTRY}", "-keyout", self.key,
               "-out", self.folder / "server.csr"])
        names = ",".join(f"DNS:{name}" for name in ADDRESSES)
        extensions = self.folder / "extensions"
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
        _need(["openssl", "x509", "-req", "-in", self.folder / "server.csr", "-CA", self.ca,
               "-CAkey", self.folder / "ca.key", "-CAcreateserial", "-days", "2",
               "-out", self.certificate, "-extfile", extensions])

    def environment(self, home):
        """What a client sees: the test's authority, a home of its own, and no more."""
        home = Path(home)
        home.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "HOME": str(home),
            "TMPDIR": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "SSL_CERT_FILE": str(self.ca),
            "REQUESTS_CA_BUNDLE": str(self.ca),
            "NODE_EXTRA_CA_CERTS": str(self.ca),
        }

    def tls_options(self):
        return ["--tls-cert", str(self.certificate), "--tls-key", str(self.key)]


def _need(arguments):
    done = run(arguments)
    if done.status != 0:
        raise RuntimeError(done.told())
