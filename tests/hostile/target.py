# SPDX-License-Identifier: Apache-2.0
"""A server under attack: Target starts it, asks beside the attack, and looks afterwards whether it
got over it: every answer in time, memory bounded, descriptors given back, a clean end."""

import hashlib
import http.client
import json
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

from support.cases import expect
from support.server import Server

OPTIONS = ["--anonymous", "write", "--log-access=false", "--limits-connections-per-address-max",
           "0", "--limits-header-timeout", "2s", "--limits-body-timeout", "2s",
           "--limits-idle-timeout", "20s"]
GROWTH_MAX_KIB = 64 * 1024
# Until what an attack held is given back: the limits are swept once a second.
RECOVERY_SECONDS = 40
# The loops' own wake-ups, readers of the catalog and uploads at rest may have come in between.
SPARE_DESCRIPTORS = 16
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Target:
    """`with Target(context) as target:` around an attack."""

    def __init__(self, context, options=(), growth_kib=GROWTH_MAX_KIB, secure=None, wrap=(),
                 probed=True):
        self.context = context
        self.growth_kib = growth_kib
        self.secure = secure
        self.server = Server(context.folder / "data", OPTIONS + list(options), wrap=wrap)
        self.probed = probed
        self.probe = None
        self.note = ""

    def __enter__(self):
        try:
            self.small = self.push_blob(b"small" * 20)
            for _ in range(4):  # what is made once is made now
                self.ask("GET", "/v2/_catalog")
            self.descriptors = self.count_descriptors()
            self.resident = self.memory_kib("VmRSS")
            if self.probed:
                self.start_probe()
        except BaseException:
            self.server.kill()
            raise
        return self

    def __exit__(self, kind, problem, trace):
        try:
            if kind is None:
                self.look()
        finally:
            if self.probe is not None and self.probe.poll() is None:
                self.probe.kill()
                self.probe.wait()
            self.server.kill()
        return False

    def look(self):
        peak = self.memory_kib("VmHWM") - self.resident
        expect(self.server.running(), "the server ended: " + self.server.log_tail())
        slowest = self.finish_probe() if self.probed else ""
        expect(peak <= self.growth_kib, f"memory grew by {peak} KiB")
        deadline = time.monotonic() + RECOVERY_SECONDS
        while self.count_descriptors() > self.descriptors + SPARE_DESCRIPTORS:
            expect(time.monotonic() < deadline,
                   f"{self.count_descriptors()} descriptors, {self.descriptors} before")
            select.select([], [], [], 0.1)
        answer = self.ask("GET", f"/v2/app/blobs/{self.small}")
        expect(answer[0] == 200, f"afterwards: {answer}")
        expect(self.server.stop() == 0, "exit status")
        self.note = f"+{peak // 1024} MiB {slowest}{self.note}"

    def start_probe(self):
        host = ("https:" if self.secure else "") + self.server.host
        self.probe = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("probe.py")), host,
             str(self.server.port), "/v2/_catalog?n=1", f"/v2/app/blobs/{self.small}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        expect(self.probe.stdout.readline() == "ready\n", "the probe did not start")

    def finish_probe(self):
        """All its answers came, in time."""
        printed, _ = self.probe.communicate(timeout=60)
        seen = json.loads(printed)
        seconds = sorted(seen["seconds"])
        expect(not seen["wrong"], f"beside the attack: {seen['wrong'][:3]}")
        expect(seconds, "nothing was asked beside the attack")
        expect(seconds[-1] <= self.context.seconds, f"an answer took {seconds[-1]:.1f} s")
        p99 = seconds[min(len(seconds) - 1, len(seconds) * 99 // 100)]
        return f"beside: {len(seconds)} answers, p99 {p99 * 1000:.0f} ms, " \
               f"slowest {seconds[-1] * 1000:.0f} ms "

    def count_descriptors(self):
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))

    def memory_kib(self, name):
        for line in Path(f"/proc/{self.server.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise ValueError(name)

    def processor_seconds(self):
        fields = Path(f"/proc/{self.server.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def connect(self, receive_bytes=None, timeout=30):
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.settimeout(timeout)
        plain.connect((self.server.host, self.server.port))
        return plain

    def client(self):
        if self.secure:
            return http.client.HTTPSConnection(self.server.host, self.server.port, timeout=30,
                                               context=self.secure)
        return http.client.HTTPConnection(self.server.host, self.server.port, timeout=30)

    def ask(self, method, target, body=None, headers=None):
        """(status, body)."""
        connection = self.client()
        try:
            connection.request(method, target, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def push_blob(self, content):
        digest = digest_of(content)
        status, body = self.ask("POST", f"/v2/app/blobs/uploads/?digest={digest}", content)
        expect(status == 201, f"push: {status} {body[:200]!r}")
        return digest

    def put_manifest(self, name, content):
        return self.ask("PUT", f"/v2/app/manifests/{name}", content, {"Content-Type": OCI_IMAGE})


def received_all(plain):
    """Everything until the server ends the connection; None when it was reset."""
    pieces = []
    try:
        while piece := plain.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        return None if not pieces else b"".join(pieces)
    return b"".join(pieces)


def statuses(received):
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def drip(connections, pieces, seconds, every=0.2):
    """One of `pieces` after the other to each connection until the server ended them all; answers
    how many it had not ended after `seconds`."""
    poll = select.poll()
    open_ones = {plain.fileno(): plain for plain in connections}
    for number in open_ones:
        poll.register(number, select.POLLIN | select.POLLHUP | select.POLLERR)
    deadline = time.monotonic() + seconds
    at = 0
    next_drip = time.monotonic()
    while open_ones and time.monotonic() < deadline:
        for number, _ in poll.poll(every * 1000):
            if not alive(open_ones[number]):
                poll.unregister(number)
                del open_ones[number]
        if time.monotonic() < next_drip:
            continue
        next_drip = time.monotonic() + every
        for plain in list(open_ones.values()):
            try:
                plain.send(pieces[at % len(pieces)])
            except OSError:
                pass  # found to be closed by poll()
        at += 1
    return len(open_ones)


def alive(plain):
    try:
        return bool(plain.recv(65536))
    except OSError:
        return False


def close_all(connections):
    for plain in connections:
        plain.close()
