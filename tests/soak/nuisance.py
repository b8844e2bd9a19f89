# SPDX-License-Identifier: Apache-2.0
"""Clients as there are in the world: slow, gone in the middle, resetting, half closed, nonsensical.
What they do must not be noticed by anybody else."""

import random
import socket
import struct
import threading

from client import BROKEN, Client, content_of, digest_of, expect

BIG = 4 << 20


class Nuisance(threading.Thread):
    def __init__(self, server, seed):
        super().__init__(daemon=True)
        self.server = server
        self.random = random.Random(f"{seed} nuisance")
        self.stopping = threading.Event()
        self.problem = None
        self.done = 0
        self.big = content_of(BIG, "a blob to read slowly")

    def run(self):
        try:
            with Client(self.server, "soak/nuisance") as client:
                client.push_blob(self.big)
                client.push_blob(b"{}")
            while not self.stopping.wait(self.random.uniform(0.0, 0.1)):
                self.random.choice(self.WAYS)(self)
                self.done += 1
        except BROKEN as problem:
            if not self.stopping.is_set():
                self.problem = problem
        except Exception as problem:  # told by whoever joins the thread
            self.problem = problem

    def connect(self, receive_bytes=None):
        plain = socket.socket()
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.settimeout(20)
        plain.connect((self.server.host, self.server.port))
        return plain

    @staticmethod
    def reset(plain):
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        plain.close()

    def slow_reader(self):
        plain = self.connect(4096)
        plain.sendall(f"GET /v2/soak/nuisance/blobs/{digest_of(self.big)} HTTP/1.1\r\n"
                      "Host: a\r\n\r\n".encode())
        for _ in range(self.random.randrange(1, 6)):
            plain.recv(512)
            self.stopping.wait(0.05)
        self.reset(plain) if self.random.random() < 0.5 else plain.close()

    def half_a_head(self):
        plain = self.connect()
        plain.sendall(b"GET /v2/soak/nuisance/tags/list HTTP/1.1\r\nHo")
        self.reset(plain) if self.random.random() < 0.5 else plain.close()

    def half_a_body(self):
        with Client(self.server, "soak/nuisance") as client:
            link = client.start_upload()
        plain = self.connect()
        content = content_of(300_000, f"half {self.done}")
        plain.sendall(f"PATCH {link} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(content)}\r\n\r\n"
                      .encode() + content[:self.random.randrange(len(content))])
        self.reset(plain) if self.random.random() < 0.5 else plain.close()
        with Client(self.server, "soak/nuisance") as client:
            # 409 while the server has not noticed yet that its sender is gone.
            for _ in range(100):
                if client.request("DELETE", link).status != 409:
                    break
                self.stopping.wait(0.02)

    def half_closed(self):
        plain = self.connect()
        plain.sendall(b"GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n")
        plain.shutdown(socket.SHUT_WR)
        expect(plain.recv(64).startswith(b"HTTP/1.1 200"), "no answer to a half-closed connection")
        plain.close()

    def nonsense(self):
        plain = self.connect()
        try:
            plain.sendall(self.random.randbytes(self.random.randrange(1, 5000)))
            plain.recv(100)
        except ConnectionError:
            pass  # a refusal
        plain.close()

    def many_idle(self):
        opened = [self.connect() for _ in range(20)]
        for plain in opened:
            plain.close()

    WAYS = (slow_reader, half_a_head, half_a_body, half_closed, nonsense, many_idle)


class Reader(threading.Thread):
    """Lists and pulls whatever there is at the moment."""

    def __init__(self, server, repositories, seed):
        super().__init__(daemon=True)
        self.server = server
        self.repositories = repositories
        self.random = random.Random(f"{seed} reader")
        self.stopping = threading.Event()
        self.problem = None
        self.pulls = 0

    def run(self):
        try:
            with Client(self.server) as client:
                while not self.stopping.is_set():
                    client.repository = self.random.choice(self.repositories)
                    self.look(client)
        except BROKEN as problem:
            if not self.stopping.is_set():
                self.problem = problem
        except Exception as problem:  # told by whoever joins the thread
            self.problem = problem

    def look(self, client):
        for target in ("/v2/_catalog?n=5", f"/v2/{client.repository}/tags/list",
                       f"/acr/v1/{client.repository}/_manifests?n=3&orderby=timedesc"):
            answer = client.request("GET", target)
            expect(answer.status in (200, 404), f"GET {target}: {answer.status}")
        for tag in ("latest", "v1"):
            answer = client.request("GET", client.path(f"manifests/{tag}"))
            expect(answer.status in (200, 404), f"GET of {tag}: {answer.status}")
            if answer.status == 200:
                expect(digest_of(answer.body) == answer.headers["Docker-Content-Digest"],
                       f"{tag}: other bytes than its digest")
                self.pulls += 1
