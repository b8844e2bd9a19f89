# SPDX-License-Identifier: Apache-2.0
"""What the parts share: expectations, requests with a trusted authority, waiting for log lines."""

import base64
import hashlib
import http.client
import json
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from support.cases import Failure, expect
from support.server import Server, binary_path

LOCAL = ("local", "berth-local-password")


def expect_equal(got, wanted, what):
    expect(got == wanted, f"{what}: {got!r}, wanted {wanted!r}")


def berth(*words, check=True, env=None):
    done = subprocess.run([binary_path(), *map(str, words)], capture_output=True, text=True,
                          timeout=60, check=False, env=env)
    if check and done.returncode != 0:
        raise Failure(f"berth {' '.join(map(str, words))}: exit {done.returncode}\n{done.stderr}")
    return done


def tls_init(directory, *words):
    """The JSON that `berth tls init` prints."""
    return json.loads(berth("tls", "init", directory, "--output", "json", *words).stdout)


def tls_options(directory):
    return ["--tls-cert", f"{directory}/server.crt", "--tls-key", f"{directory}/server.key"]


def trusting(authority, certificate=None, key=None):
    context = ssl.create_default_context(cafile=str(authority))
    if certificate:
        context.load_cert_chain(str(certificate), str(key))
    return context


def basic(account):
    name, password = account
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


class Connection:
    """One connection to 127.0.0.1 under a host name of one's own; TLS when there is a context."""

    def __init__(self, port, context=None, host="localhost"):
        self.host = f"{host}:{port}"
        self.inner = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.inner.connect()
        if context:
            self.inner.sock = context.wrap_socket(self.inner.sock, server_hostname=host)

    def request(self, method, path, headers=None, body=None):
        """Status, headers and body."""
        response = self.open(method, path, headers, body)
        return response.status, response.headers, response.read()

    def open(self, method, path, headers=None, body=None):
        self.inner.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        self.inner.putheader("Host", self.host)
        for name, value in (headers or {}).items():
            self.inner.putheader(name, value)
        if body is not None:
            self.inner.putheader("Content-Length", str(len(body)))
        self.inner.endheaders(body)
        return self.inner.getresponse()

    def serial(self):
        return self.inner.sock.getpeercert()["serialNumber"]

    def close(self):
        self.inner.close()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()


def ask(port, path="/v2/", context=None, host="localhost", headers=None, method="GET", body=None):
    """One request on a connection of its own."""
    with Connection(port, context, host) as connection:
        return connection.request(method, path, headers, body)


def port_of(url):
    return int(url.rsplit(":", 1)[1])


def push_blob(port, context, content, name="app", headers=None):
    """The digest of `content`, stored."""
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    status, _, body = ask(port, f"/v2/{name}/blobs/uploads/?digest={digest}", context,
                          headers=headers, method="POST", body=content)
    expect(status == 201, f"push: {status} {body[:200]!r}")
    return digest


def log_lines(server, event):
    return [line for line in server.log_path.read_text(errors="replace").splitlines()
            if f" {event} " in f"{line} "]


def await_log(server, event, count=1, seconds=30):
    """The lines of an event, once there are `count`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        lines = log_lines(server, event)
        if len(lines) >= count:
            return lines
        expect(time.monotonic() < deadline,
               f"no {event} in the log, wanted {count}\n{server.log_tail()}")
        pause.wait(0.05)


class Running:
    """A server for a `with`, whatever happens in it."""

    def __init__(self, *arguments, **named):
        self.server = Server(*arguments, **named)

    def __enter__(self):
        return self.server

    def __exit__(self, *ignored):
        self.server.kill()


def local_server(folder, *options, data="data"):
    """In local mode on free ports, with an authority of its own."""
    return Running(folder / data, ["--local", "--local-directory", str(folder / "authority"),
                                   "--listen-http", "127.0.0.1:0", *options])


def local_context(folder):
    return trusting(Path(folder) / "authority" / "ca.crt")


def raw(port, sent):
    """What comes back for bytes, until the other side ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(sent)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received
