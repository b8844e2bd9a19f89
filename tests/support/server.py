# SPDX-License-Identifier: Apache-2.0
"""Starts, awaits and stops one Berth process for a black-box test.

The process is ours alone: it listens on a free loopback port, stores in the directory it is given
and is signalled by its own pid only."""

import os
import re
import select
import signal
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
OUTPUT_BYTES_MAX = 16 * 1024 * 1024
LISTENING = re.compile(r"listening\s+(https?://[^\s]+)")


def binary_path():
    return os.environ.get("BERTH_BINARY", str(ROOT / "build" / "release" / "berth"))


class StartError(Exception):
    """The process ended, or said nothing, before it listened. `output` is what it printed."""

    def __init__(self, message, output, status):
        super().__init__(f"{message} (status {status})\n{output}")
        self.output = output
        self.status = status


class Server:
    """`wrap` is a command line prefix (strace ...); `pid` is then found by `find_pid`."""

    def __init__(self, data, options=(), wrap=(), listen="127.0.0.1:0", seconds=20,
                 log_path=None, environment=None):
        self.data = Path(data)
        self.options = list(options)
        self.wrap = list(wrap)
        self.environment = {**os.environ, **(environment or {})}
        self.listen = listen
        self.log_path = Path(log_path or str(self.data) + ".log")
        self.process = None
        self.url = self.host = self.port = None
        self.urls = []  # of every address, that of --listen first
        self._output, self._reader = b"", None
        self._start(seconds)

    def _start(self, seconds):
        command = self.wrap + [binary_path(), "serve", "--data", str(self.data),
                               "--listen", self.listen] + self.options
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log,
                                            env=self.environment)
        try:
            self._await_banner(time.monotonic() + seconds)
        except StartError:
            self.kill()
            raise
        # The pipe must not fill up: somebody has to read what follows the banner.
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def _await_banner(self, deadline):
        printed = b""
        output = self.process.stdout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise StartError("no banner in time", self._printed(printed), None)
            if not select.select([output], [], [], left)[0]:
                continue
            piece = os.read(output.fileno(), 65536)
            if not piece:
                status = self.process.wait()
                raise StartError("ended while starting", self._printed(printed), status)
            printed += piece
            self._output = printed
            found = LISTENING.search(printed.decode(errors="replace"))
            if found and b"\n" in printed[printed.index(b"listening"):]:
                # One write holds all of them: they are at the top of what is printed.
                self.urls = LISTENING.findall(printed.decode(errors="replace"))
                self.url = found.group(1).rstrip("/")
                parts = urlsplit(self.url)
                self.host, self.port = parts.hostname, parts.port
                return

    def _printed(self, printed):
        return printed.decode(errors="replace") + self.log_tail()

    def _drain(self):
        while True:
            try:
                piece = os.read(self.process.stdout.fileno(), 65536)
            except (OSError, ValueError):
                return
            if not piece:
                return
            if len(self._output) < OUTPUT_BYTES_MAX:
                self._output += piece

    @property
    def pid(self):
        """The server itself: the wrapped command's child when there is a wrapper."""
        if not self.wrap:
            return self.process.pid
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return int(children.split()[0])

    def log_tail(self, size=4000):
        try:
            return self.log_path.read_bytes()[-size:].decode(errors="replace")
        except OSError:
            return ""

    def output(self):
        """Of a server that has ended: what it printed."""
        self._reader.join(10)
        return self._output

    def password(self):
        return (self.data / "admin-password").read_text().strip()

    def running(self):
        return self.process.poll() is None

    def kill(self):
        """kill -9, and wait until the kernel has let go of it."""
        if self.process.poll() is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except (ProcessLookupError, IndexError, OSError):
                self.process.kill()
        self.process.wait()

    def terminate(self):
        os.kill(self.pid, signal.SIGTERM)

    def stop(self, seconds=40):
        """SIGTERM; answers the exit status, None when it had to be killed."""
        if self.process.poll() is None:
            self.terminate()
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
