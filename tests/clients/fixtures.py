#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the OCI image layouts that the client tests push: DIR/app and DIR/multi, tag v1.

`app` is one amd64 image that runs (a static busybox, 3 MiB of noise, a text file). `multi` is
an index of an amd64 and an arm64 image. Everything is deterministic, so that a failure repeats.
The two differ on purpose: the manifest of `app` names its mediaType, the manifests and the index
of `multi` leave it out, as skopeo and umoci do; a server has to take it from Content-Type then.
"""
import gzip
import hashlib
import io
import json
import pathlib
import random
import sys
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
BUSYBOX = pathlib.Path("/bin/busybox")
BUSYBOX_LINKS = ("cat", "echo", "ls", "sh", "sha256sum")


class Layout:
    """One OCI image layout on disk."""

    def __init__(self, root, name_media_types):
        self.blobs = root / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        self.root = root
        self.name_media_types = name_media_types
        (root / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def add(self, media_type, data):
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data)}

    def add_json(self, media_type, document):
        if self.name_media_types and media_type != CONFIG:
            document = {"mediaType": media_type, **document}
        return self.add(media_type, json.dumps(document, indent=1).encode())

    def add_image(self, architecture, layers):
        """`layers` is a list of lists of (path, bytes, mode) or (path, link target)."""
        tars = [make_tar(files) for files in layers]
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {"Cmd": ["/bin/cat", "/greeting"], "Env": ["PATH=/bin"]},
            "rootfs": {
                "type": "layers",
                "diff_ids": ["sha256:" + hashlib.sha256(tar).hexdigest() for tar in tars],
            },
            "history": [{"created_by": f"layer {n}"} for n in range(len(tars))],
        }
        return self.add_json(
            MANIFEST,
            {
                "schemaVersion": 2,
                "config": self.add_json(CONFIG, config),
                "layers": [self.add(LAYER, gzip.compress(tar, 6, mtime=0)) for tar in tars],
            },
        )

    def tag(self, name, descriptor):
        entry = {**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}}
        index = {"schemaVersion": 2, "manifests": [entry]}
        (self.root / "index.json").write_text(json.dumps(index))


def make_tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, content, *mode in files:
            info = tarfile.TarInfo(path)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                tar.addfile(info)
            else:
                info.size, info.mode = len(content), mode[0]
                tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def main():
    root = pathlib.Path(sys.argv[1])
    noise = random.Random(20231121)
    busybox = [("bin/busybox", BUSYBOX.read_bytes(), 0o755)]
    busybox += [("bin/" + name, "busybox") for name in BUSYBOX_LINKS]
    greeting = [("greeting", b"hello from the registry\n", 0o644)]

    app = Layout(root / "app", name_media_types=True)
    payload = [("payload", noise.randbytes(3 << 20), 0o644)]
    app.tag("v1", app.add_image("amd64", [busybox, payload, greeting]))

    multi = Layout(root / "multi", name_media_types=False)
    children = []
    for architecture in ("amd64", "arm64"):
        own = [("architecture", architecture.encode() + b"\n", 0o644)]
        image = multi.add_image(architecture, [busybox, own, greeting])
        children.append({**image, "platform": {"architecture": architecture, "os": "linux"}})
    multi.tag("v1", multi.add_json(INDEX, {"schemaVersion": 2, "manifests": children}))


if __name__ == "__main__":
    main()
