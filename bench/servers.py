# SPDX-License-Identifier: Apache-2.0
"""A server under measurement: a process on free loopback ports with a directory of its own, its CPU
time and its memory; and Berth, as it is started here. The peers are in peers.py."""

import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.server import binary_path  # noqa: E402

REPOSITORY = "bench/app"
START_SECONDS = 60
PROBE = b"GET /v2/ HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Certificate:
    """For the TLS ports: a key on P-256, signed by itself. Clients do not verify it."""

    def __init__(self, folder):
        self.cert, self.key = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "30", "-subj", "/CN=localhost", "-keyout", self.key, "-out",
             self.cert, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            check=True, capture_output=True)


class Process:
    """One server. With a certificate it also (Berth, nginx) or only (`secure_only`) speaks https.
    `threads` is how many may serve requests; None is its default. `start_seconds` is from the start
    of the process to its first answer."""

    name = None
    pushes = True
    secure_only = False

    def __init__(self, folder, certificate=None, threads=None, data=None):
        self.folder = Path(folder) / self.name
        self.folder.mkdir(exist_ok=True, parents=True)
        self.data = Path(data or self.folder / "data")
        self.certificate = certificate
        self.threads = threads
        self.process = self.twin = None
        self.port, self.https_port = free_port(), free_port()
        self.start()

    def prepare(self):
        """The command that starts it, and what it reads."""
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def start(self):
        command = self.prepare()
        environment = self.environment()
        started = time.monotonic()
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=environment)
        self._await_answer(started + START_SECONDS)
        self.start_seconds = time.monotonic() - started

    def _await_answer(self, deadline):
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.stop()
                raise RuntimeError(f"{self.name} does not answer: "
                                   + (self.folder / "log").read_text(errors="replace")[-2000:])
            # A foreign server announces nothing: asking again is the only way to know.
            time.sleep(0.0002)

    def _answers(self):
        try:
            if self.secure_only and self.certificate:
                link = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=5,
                                                   context=ssl._create_unverified_context())
                link.request("GET", "/v2/")
                return link.getresponse().status in (200, 401)
            with socket.create_connection(("127.0.0.1", self.port), 5) as link:
                link.sendall(PROBE)
                return link.recv(64)[9:12] in (b"200", b"401")
        except OSError:
            return False

    def https(self):
        """The server that speaks https over the same data, and its port."""
        if not self.secure_only:
            return self, self.https_port
        if self.twin is None:
            self.twin = type(self)(self.folder / "tls", self.certificate_for_twin, self.threads,
                                   self.data)
        return self.twin, self.twin.port

    def pids(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid] + [int(child) for child in children.split()]

    def cpu_seconds(self):
        """utime + stime of all its threads and processes, from the processes' CPU clocks: what
        /proc tells in ticks of 10 ms."""
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in self.pids())

    def memory_kib(self, name):
        """VmRSS or VmHWM, summed over its processes."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(name + ":"):
                    total += int(line.split()[1])
        return total

    def forget_peak(self):
        """VmHWM starts again from what is resident now."""
        for pid in self.pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def large_files(self, at_least):
        return [path for path in self.data.rglob("*")
                if path.is_file() and path.stat().st_size >= at_least]

    def stop(self):
        if self.twin is not None:
            self.twin.stop()
            self.twin = None
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def restart(self, threads=None):
        self.stop()
        self.threads = threads
        self.start()


class Berth(Process):
    """As installed, but anybody may push, and no line per request is written; the peers write none
    either. Durable, as always."""

    name = "berth"

    def prepare(self):
        command = [binary_path(), "serve", "--data", str(self.data), "--anonymous", "write",
                   "--log-access=false", "--limits-connections-max", "20000",
                   "--limits-connections-per-address-max", "0"]
        if self.threads:
            command += ["--server-io-threads", str(self.threads)]
        if not self.certificate:
            return command + ["--listen", f"127.0.0.1:{self.port}"]
        return command + ["--listen", f"127.0.0.1:{self.https_port}", "--listen-http",
                          f"127.0.0.1:{self.port}", "--tls-cert", str(self.certificate.cert),
                          "--tls-key", str(self.certificate.key)]

    def stored(self, digest):
        """The file that holds a blob."""
        algorithm, value = digest.split(":")
        return next((self.data / "blobs" / algorithm / value[:2]).glob(value + "*"))
