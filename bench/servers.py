# SPDX-License-Identifier: Apache-2.0
"""The servers that are compared, each in its best ordinary configuration, each started fresh: a
process on a free loopback port with a directory of its own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.server import binary_path  # noqa: E402

REPOSITORY = "bench/app"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """One server. `start_seconds` is from the start of the process to its first answer."""

    name = None
    pushes = True

    def __init__(self, folder):
        self.folder = Path(folder) / self.name
        self.folder.mkdir(exist_ok=True)
        self.port = free_port()
        command = self.prepare()
        started = time.monotonic()
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        self._await_answer(started + 20)
        self.start_seconds = time.monotonic() - started

    def prepare(self):
        raise NotImplementedError

    def _await_answer(self, deadline):
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/v2/")
                status = connection.getresponse().status
                connection.close()
                if status in (200, 401):
                    return
            except OSError:
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.stop()
                raise RuntimeError(f"{self.name} does not answer: "
                                   + (self.folder / "log").read_text(errors="replace")[-2000:])
            # A foreign server announces nothing: asking again is the only way to know.
            time.sleep(0.001)

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

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Berth(Process):
    name = "berth"

    def prepare(self):
        return [binary_path(), "serve", "--data", str(self.folder / "data"), "--listen",
                f"127.0.0.1:{self.port}", "--anonymous", "write", "--log-access=false"]

    def stored(self, digest):
        """The file that holds a blob."""
        algorithm, value = digest.split(":")
        return next((self.folder / "data" / "blobs" / algorithm / value[:2]).glob(value + "*"))


class DockerRegistry(Process):
    name = "docker-registry"

    def prepare(self):
        config = self.folder / "config.yml"
        config.write_text(f"""version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage:
  cache: {{blobdescriptor: inmemory}}
  filesystem: {{rootdirectory: {self.folder}/data, maxthreads: 100}}
  delete: {{enabled: true}}
http: {{addr: "127.0.0.1:{self.port}", secret: bench, relativeurls: true}}
""")
        return ["docker-registry", "serve", str(config)]


class Nginx(Process):
    """Serves the same bytes under the same paths as static files."""

    name = "nginx"
    pushes = False

    def prepare(self):
        root = self.folder / "root"
        (root / "v2" / REPOSITORY / "manifests").mkdir(parents=True)
        (root / "v2" / REPOSITORY / "blobs").mkdir()
        (root / "v2" / "index").write_text("{}")
        config = self.folder / "nginx.conf"
        config.write_text(f"""daemon off;
pid {self.folder}/pid;
error_log {self.folder}/error.log error;
worker_processes {os.cpu_count()};
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  open_file_cache max=1000 inactive=600s; default_type application/octet-stream;
  client_body_temp_path {self.folder}/t1; proxy_temp_path {self.folder}/t2;
  fastcgi_temp_path {self.folder}/t3; uwsgi_temp_path {self.folder}/t4;
  scgi_temp_path {self.folder}/t5;
  server {{ listen 127.0.0.1:{self.port} reuseport; root {root}; index index; }}
}}
""")
        return ["nginx", "-e", f"{self.folder}/error.log", "-c", str(config)]

    def place(self, kind, name, source):
        """Makes the file `source` available as a manifest or blob; no bytes are copied."""
        os.link(source, self.folder / "root" / "v2" / REPOSITORY / kind / name)


KINDS = [Berth, DockerRegistry, Nginx]
