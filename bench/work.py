# SPDX-License-Identifier: Apache-2.0
"""Prepared requests, and the load program that sends them and says what came of it."""

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from servers import REPOSITORY

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCTETS = "application/octet-stream"
CONFIG = b"{}"
SMALL = hashlib.shake_256(b"small").digest(1024)


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def described(media_type, digest, size):
    return {"mediaType": media_type, "digest": digest, "size": size}


def descriptor(media_type, content):
    return described(media_type, digest_of(content), len(content))


def image(note, layers=None, **more):
    """A manifest; `layers` are descriptors, the small blob if there are none."""
    return json.dumps({
        "schemaVersion": 2, "mediaType": OCI_IMAGE,
        "config": descriptor(OCI_CONFIG, CONFIG),
        "layers": layers or [descriptor(OCI_LAYER, SMALL)],
        "annotations": {"note": note}, **more,
    }).encode()


@dataclass
class Request:
    """Bytes, then `fill` bytes of the filler from `offset` on, then `tail`; `frame` is the size of
    the chunks if they are sent as chunks, `status` the only right answer if any 2xx will not do."""

    head: bytes
    tail: bytes = b""
    offset: int = 0
    fill: int = 0
    frame: int = 0
    status: int = 0


def head_of(method, target, fields):
    lines = [f"{method} {target} HTTP/1.1", "Host: bench"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def request(method, target, body=None, media_type=None, authorization=None):
    fields = {}
    if media_type:
        fields["Accept" if body is None else "Content-Type"] = media_type
    if authorization:
        fields["Authorization"] = authorization
    if body is not None:
        fields["Content-Length"] = len(body)
    return head_of(method, target, fields) + (body or b"")


def path(rest, repository=REPOSITORY):
    return f"/v2/{repository}/{rest}"


def push_requests(content, repository=REPOSITORY):
    """POST and PUT, as ordinary clients push a blob."""
    return [request("POST", path("blobs/uploads/", repository), b""),
            request("PUT", f"@LOCATION@&digest={digest_of(content)}", content, OCTETS)]


def tag_request(tag, manifest, repository=REPOSITORY):
    return request("PUT", path(f"manifests/{tag}", repository), manifest, OCI_IMAGE)


def in_jobs(requests, steps):
    return [requests[at:at + steps] for at in range(0, len(requests), steps)]


class Load:
    """Runs the load program on requests written to a file. `requests` are bytes or Requests; a job
    is `steps` of them, or what a list among them holds."""

    def __init__(self, program, folder, filler=None):
        self.program = program
        self.file = Path(folder) / "requests"
        self.filler = filler

    def run(self, server, requests, connections, seconds=0, steps=1):
        """CPU and rate of what was done; seconds 0 does each job once."""
        self.write(requests, steps)
        before = server.cpu_seconds()
        found = self.outcome(server, self.start(server, connections, seconds))
        return measured(found, server.cpu_seconds() - before)

    def write(self, requests, steps=1):
        jobs = requests if isinstance(requests[0], list) else in_jobs(requests, steps)
        self.fills = False
        with open(self.file, "wb") as file:
            for job in jobs:
                for number, one in enumerate(job):
                    if isinstance(one, bytes):
                        one = Request(one)
                    self.fills = self.fills or one.fill > 0
                    file.write(b"%d %d %d %d %d %d %d\n" % (
                        len(one.head), len(one.tail), one.offset, one.fill, one.frame, one.status,
                        number == 0))
                    file.write(one.head + one.tail)

    def start(self, server, connections, seconds):
        """The load program at work on the requests written last."""
        filler = [str(self.filler)] if self.fills else []
        return subprocess.Popen(
            [self.program, "127.0.0.1", str(server.port), str(connections), str(seconds),
             str(self.file), *filler],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def outcome(self, server, process):
        """What it printed, once it is done."""
        printed, complaints = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{server.name}: {complaints}")
        found = json.loads(printed)
        if not found["jobs"]:
            raise RuntimeError(f"{server.name}: nothing was answered")
        return found


def measured(found, cpu):
    """What is kept of one run of the load program, during which the server used `cpu` seconds."""
    moved = found["sent"] + found["received"]
    return {"seconds": found["seconds"], "jobs": found["jobs"],
            "per_second": found["jobs"] / found["seconds"], "p50_us": found["p50_us"],
            "p99_us": found["p99_us"], "max_us": found["max_us"],
            "cpu_us": cpu * 1e6 / found["jobs"],
            "mb_per_second": moved / 1e6 / found["seconds"],
            "cpu_s_per_gib": cpu / (moved / 2**30)}
