# SPDX-License-Identifier: Apache-2.0
"""What is measured: prepared requests for the load program, curl for large blobs, and the limits
that the machine sets."""

import hashlib
import json
import os
import subprocess
import time
from pathlib import Path

from servers import REPOSITORY

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
PIECE = 1 << 20
CONFIG = b"{}"
SMALL = hashlib.shake_256(b"small").digest(1024)


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def descriptor(media_type, content):
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def image(note):
    return json.dumps({
        "schemaVersion": 2, "mediaType": OCI_IMAGE,
        "config": descriptor("application/vnd.oci.image.config.v1+json", CONFIG),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", SMALL)],
        "annotations": {"note": note},
    }).encode()


def request(method, target, body=None, media_type=None):
    head = f"{method} {target} HTTP/1.1\r\nHost: bench\r\n"
    if media_type:
        head += f"{'Accept' if body is None else 'Content-Type'}: {media_type}\r\n"
    if body is not None:
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + (body or b"")


def path(rest):
    return f"/v2/{REPOSITORY}/{rest}"


def push_requests(content):
    """POST and PUT, as ordinary clients push a blob."""
    return [request("POST", path("blobs/uploads/"), b""),
            request("PUT", f"@LOCATION@&digest={digest_of(content)}", content,
                    "application/octet-stream")]


class Load:
    """Runs the load program on requests written to a file."""

    def __init__(self, program, folder):
        self.program = program
        self.file = Path(folder) / "requests"

    def run(self, server, requests, connections, seconds=0, steps=1, method="GET"):
        """CPU and rate of what was done; seconds 0 does each job once."""
        self.write(requests)
        before = server.cpu_seconds()
        found = self.outcome(server, self.start(server, connections, seconds, steps, method))
        cpu = server.cpu_seconds() - before
        return {"per_second": found["jobs"] / found["seconds"], "p50_us": found["p50_us"],
                "p99_us": found["p99_us"], "cpu_us": cpu * 1e6 / found["jobs"]}

    def write(self, requests):
        with open(self.file, "wb") as file:
            for one in requests:
                file.write(b"%d\n" % len(one) + one)

    def start(self, server, connections, seconds, steps=1, method="GET"):
        """The load program at work on the requests written last."""
        return subprocess.Popen(
            [self.program, "127.0.0.1", str(server.port), str(connections), str(seconds),
             str(steps), method, str(self.file)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def outcome(self, server, process):
        """What it printed, once it is done."""
        printed, complaints = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{server.name}: {complaints}")
        found = json.loads(printed)
        if found["failures"] or not found["jobs"]:
            raise RuntimeError(f"{server.name}: {found} {complaints}")
        return found


def write_unique(target, size, tag):
    """A file of bytes nobody has pushed before; answers its digest and the limits it met:
    seconds to hash, seconds to write and make durable."""
    pattern = hashlib.shake_256(tag.encode()).digest(PIECE)
    hashing, found = 0.0, hashlib.sha256()
    started = time.monotonic()
    with open(target, "wb", buffering=0) as file:
        for at in range(0, size, PIECE):
            file.write(at.to_bytes(16, "big") + pattern[16:])
        os.fdatasync(file.fileno())
    writing = time.monotonic() - started
    with open(target, "rb", buffering=0) as file:
        while piece := file.read(PIECE):
            begun = time.monotonic()
            found.update(piece)
            hashing += time.monotonic() - begun
    return "sha256:" + found.hexdigest(), hashing, writing


def curl(server, *arguments):
    """(seconds, CPU seconds of the server, headers)"""
    before = server.cpu_seconds()
    started = time.monotonic()
    done = subprocess.run(["curl", "-sS", "--fail", "--http1.1", "-D", "-", "-H", "Expect:",
                           "-o", "/dev/null", *arguments],
                          capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    if done.returncode != 0:
        raise RuntimeError(f"{server.name}: curl: {done.stderr}")
    return seconds, server.cpu_seconds() - before, done.stdout


def large(seconds, cpu, size):
    return {"mb_per_second": size / 1e6 / seconds, "seconds": seconds, "cpu_s": cpu}


def pull_large(server, digest, size):
    seconds, cpu, _ = curl(server, f"http://127.0.0.1:{server.port}{path('blobs/' + digest)}")
    return large(seconds, cpu, size)


def push_large(server, source, digest, size):
    base = f"http://127.0.0.1:{server.port}"
    first, first_cpu, head = curl(server, "-X", "POST", "-d", "", base + path("blobs/uploads/"))
    location = next(line.split(":", 1)[1].strip() for line in head.splitlines()
                    if line.lower().startswith("location:"))
    link = location if location.startswith("http") else base + location
    second, second_cpu, _ = curl(server, "-T", str(source), "-H",
                                 "Content-Type: application/octet-stream",
                                 f"{link}&digest={digest}")
    return large(first + second, first_cpu + second_cpu, size)
