# SPDX-License-Identifier: Apache-2.0
"""What the machine itself can do with the bytes of one blob, beside which pushes are judged."""

import hashlib
import os
import time

from blobs import MIB

WRITE = MIB


def timed(size, started, cpu):
    seconds = time.monotonic() - started
    return {"mb_per_second": size / 1e6 / seconds, "seconds": seconds,
            "cpu_s_per_gib": (time.process_time() - cpu) / (size / 2**30)}


def sha256(blobs, size):
    """On one core, out of memory, with OpenSSL."""
    started, cpu = time.monotonic(), time.process_time()
    found = hashlib.sha256()
    for piece in blobs.pieces(size, WRITE):
        found.update(piece)
    return timed(size, started, cpu)


def durable_write(blobs, size, folder):
    """write() of 1 MiB at a time into a new file, fdatasync at its end."""
    target = folder / "durable"
    started, cpu = time.monotonic(), time.process_time()
    with open(target, "wb", buffering=0) as file:
        for piece in blobs.pieces(size, WRITE):
            file.write(piece)
        os.fdatasync(file.fileno())
    found = timed(size, started, cpu)
    target.unlink()
    return found


def durable_small_writes(folder, count, size):
    """`count` files of `size` bytes, each fdatasynced, one after the other; the directory at the
    end."""
    place = folder / "small"
    place.mkdir()
    content = os.urandom(size)
    started, cpu = time.monotonic(), time.process_time()
    for number in range(count):
        with open(place / str(number), "wb", buffering=0) as file:
            file.write(content)
            os.fdatasync(file.fileno())
    descriptor = os.open(place, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    seconds = time.monotonic() - started
    cpu = time.process_time() - cpu
    for number in range(count):
        (place / str(number)).unlink()
    place.rmdir()
    return {"per_second": count / seconds, "p50_us": seconds / count * 1e6,
            "p99_us": seconds / count * 1e6, "cpu_us": cpu / count * 1e6}
