# SPDX-License-Identifier: Apache-2.0
"""The disk whose power is cut: a file system in a file on an XFS, which can be cloned in a moment
and whose clones can be mounted."""

import fcntl
import os
import subprocess
from pathlib import Path

from client import Failure

FICLONE = 0x40049409  # linux/fs.h
HOST_BYTES = 16 << 30  # sparse
DISK_BYTES = 1 << 30


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: {done.stderr.strip()}")


def sparse(path, size):
    with open(path, "wb") as file:
        file.truncate(size)


def mount(image, point):
    point.mkdir(exist_ok=True)
    run("mount", "-o", "loop", str(image), str(point))


def unmount(point):
    run("umount", str(point))


class Host:
    """The XFS that holds the disks. Use it as a context."""

    def __init__(self, folder):
        self.image = Path(folder) / "host.img"
        self.point = Path(folder) / "host"
        self.folder = Path(folder)

    def __enter__(self):
        sparse(self.image, HOST_BYTES)
        run("mkfs.xfs", "-q", "-m", "reflink=1", str(self.image))
        mount(self.image, self.point)
        return self

    def __exit__(self, *_):
        unmount(self.point)
        self.image.unlink()


class Disk:
    """One ext4, mounted at `point` from the start to the end of the context."""

    def __init__(self, host, name):
        self.host = host
        self.name = name
        self.image = host.point / f"{name}.img"
        self.point = host.folder / name
        self.cuts = 0

    def __enter__(self):
        sparse(self.image, DISK_BYTES)
        # Small journal and no lazy initialisation: the kernel has nothing of its own to write.
        run("mkfs.ext4", "-qF", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(self.image))
        mount(self.image, self.point)
        return self

    def __exit__(self, *_):
        unmount(self.point)
        self.image.unlink()

    def cut(self):
        """What the disk holds at this instant, as a file."""
        self.cuts += 1
        clone = self.host.point / f"{self.name}-{self.cuts}.img"
        source = os.open(self.image, os.O_RDONLY)
        target = os.open(clone, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.ioctl(target, FICLONE, source)
        finally:
            os.close(source)
            os.close(target)
        return clone


class Found:
    """A clone, mounted as after the power came back. Use it as a context; it is gone afterwards."""

    def __init__(self, host, clone):
        self.clone = clone
        self.point = host.folder / clone.stem

    def __enter__(self):
        mount(self.clone, self.point)
        return self.point

    def __exit__(self, *_):
        unmount(self.point)
        self.point.rmdir()
        self.clone.unlink()
