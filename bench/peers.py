# SPDX-License-Identifier: Apache-2.0
"""The peers, each in its best ordinary configuration (docs/benchmarks.md says why so): Debian's
docker-registry, distribution v3 and zot; nginx with the same bytes as static files, which is the
practical limit; and a program that sends from memory, which is the limit of the sockets."""

import json
import os
import shutil
import signal
import socket
import threading
from pathlib import Path

from servers import REPOSITORY, Berth, Process

BUILT = Path(os.environ.get("BERTH_BENCH_PEERS", Path(__file__).resolve().parents[1]
                            / "build" / "tools" / "bench"))


class GoProcess(Process):
    """A Go server has one port, http or https: for the other a second process serves the same
    data."""

    secure_only = True

    def __init__(self, folder, certificate=None, threads=None, data=None):
        self.certificate_for_twin = certificate
        super().__init__(folder, certificate if data else None, threads, data)

    def environment(self):
        found = super().environment()
        # distribution v3 would look for a collector of traces.
        found["OTEL_TRACES_EXPORTER"] = "none"
        if self.threads:
            found["GOMAXPROCS"] = str(self.threads)
        return found


class DockerRegistry(GoProcess):
    name = "docker-registry"
    program = "docker-registry"
    more_settings = ""

    def prepare(self):
        tls = ""
        if self.certificate:
            tls = (f", tls: {{certificate: {self.certificate.cert}, "
                   f"key: {self.certificate.key}}}")
        config = self.folder / "config.yml"
        config.write_text(f"""version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage:
  cache: {{blobdescriptor: inmemory}}
  filesystem: {{rootdirectory: {self.data}, maxthreads: 100}}
  delete: {{enabled: true}}
  maintenance: {{uploadpurging: {{enabled: false}}}}
http: {{addr: "127.0.0.1:{self.port}", secret: bench, relativeurls: true{tls}}}
{self.more_settings}""")
        return [self.program, "serve", str(config)]


class Distribution(DockerRegistry):
    name = "distribution"
    program = str(BUILT / "distribution")


class Zot(GoProcess):
    name = "zot"
    program = str(BUILT / "zot")

    def prepare(self):
        serving = {"address": "127.0.0.1", "port": str(self.port)}
        if self.certificate:
            serving["tls"] = {"cert": str(self.certificate.cert),
                              "key": str(self.certificate.key)}
        config = self.folder / "config.json"
        config.write_text(json.dumps({
            "distSpecVersion": "1.0.1-dev",
            "storage": {"rootDirectory": str(self.data), "dedupe": False, "gc": False,
                        "commit": True},
            "http": serving,
            "log": {"level": "error", "output": str(self.folder / "zot.log")},
        }))
        return [self.program, "serve", str(config)]


class Nginx(Process):
    """Serves the same bytes under the same paths as static files; offers h2 on its TLS port."""

    name = "nginx"
    pushes = False

    def prepare(self):
        root = self.folder / "root"
        for kind in ("manifests", "blobs"):
            (root / "v2" / REPOSITORY / kind).mkdir(parents=True, exist_ok=True)
        (root / "v2" / "index").write_text("{}")
        secure = ""
        if self.certificate:
            secure = (f"listen 127.0.0.1:{self.https_port} ssl http2 reuseport; "
                      f"ssl_certificate {self.certificate.cert}; "
                      f"ssl_certificate_key {self.certificate.key};")
        config = self.folder / "nginx.conf"
        config.write_text(f"""daemon off;
pid {self.folder}/pid;
error_log {self.folder}/error.log error;
worker_processes {self.threads or os.cpu_count()};
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 12000; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  keepalive_timeout 300s; http2_max_requests 100000000; http2_max_concurrent_streams 128;
  open_file_cache max=1000 inactive=600s; open_file_cache_valid 600s; open_file_cache_errors on;
  default_type application/octet-stream;
  client_body_temp_path {self.folder}/t1; proxy_temp_path {self.folder}/t2;
  fastcgi_temp_path {self.folder}/t3; uwsgi_temp_path {self.folder}/t4;
  scgi_temp_path {self.folder}/t5;
  server {{ listen 127.0.0.1:{self.port} reuseport; {secure} root {root}; index index; }}
}}
""")
        return ["nginx", "-e", f"{self.folder}/error.log", "-c", str(config)]

    def place(self, kind, name, source):
        """Makes the file `source` available as a manifest or blob; no bytes are copied."""
        target = self.folder / "root" / "v2" / REPOSITORY / kind / name
        target.unlink(missing_ok=True)
        os.link(source, target)


class Memory(Process):
    """Answers every GET with the same bytes out of memory: what the sockets alone take."""

    name = "memory"
    pushes = False

    def __init__(self, folder, content):
        self.content = memoryview(content)
        self.size = 0
        super().__init__(folder)

    def start(self):
        """A fork of this process, which listens before it forks: nothing to wait for."""
        listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            while True:
                threading.Thread(target=self.serve, args=listener.accept()[:1],
                                 daemon=True).start()
        listener.close()
        self.process = Child(child)

    def serve(self, link):
        """GET /SIZE"""
        with link:
            size = int(link.recv(65536).split()[1][1:])
            link.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                         b"Content-Length: %d\r\n\r\n" % size)
            for at in range(0, size, len(self.content)):
                link.sendall(self.content[:size - at])


class Child:
    """As much of subprocess.Popen as a forked child needs."""

    def __init__(self, pid):
        self.pid = pid
        self.ended = False

    def poll(self):
        return 0 if self.ended else None

    def send_signal(self, number):
        os.kill(self.pid, number)

    def wait(self, timeout=None):
        os.waitpid(self.pid, 0)
        self.ended = True


def available():
    """The peers there are, and why the others are not."""
    missing, found = {}, []
    for kind in (DockerRegistry, Distribution, Zot, Nginx):
        program = "nginx" if kind is Nginx else kind.program
        if shutil.which(program):
            found.append(kind)
            continue
        reason = BUILT / f"{kind.name}.failed"
        missing[kind.name] = reason.read_text() if reason.exists() else "not installed"
    return [Berth] + found, missing
