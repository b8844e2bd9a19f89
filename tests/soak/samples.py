# SPDX-License-Identifier: Apache-2.0
"""What the server takes at a moment, and whether it takes more and more."""

import os
from pathlib import Path
from statistics import median

from client import expect

MIB = 1 << 20


def resident(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def tree_size(path):
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.stat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                continue  # collected meanwhile
    return total


class Sample:
    def __init__(self, server):
        data = Path(server.data)
        self.memory = resident(server.pid)
        self.descriptors = len(os.listdir(f"/proc/{server.pid}/fd"))
        self.catalog = sum(path.stat().st_size for path in data.glob("catalog.db*"))
        self.blobs = tree_size(data / "blobs") + tree_size(data / "uploads")

    def text(self):
        return (f"memory {self.memory / MIB:.1f} MiB, {self.descriptors} descriptors, "
                f"catalog {self.catalog / MIB:.1f} MiB, blobs {self.blobs / MIB:.1f} MiB")


# What the last third may be above the first, as a factor and besides.
ALLOWED = {"memory": (1.15, 16 * MIB), "descriptors": (1.0, 8), "catalog": (1.5, 16 * MIB),
           "blobs": (1.5, 64 * MIB)}


def check_growth(samples):
    """Compares medians of the first and the last third of samples taken while nobody works."""
    expect(len(samples) >= 6, f"only {len(samples)} samples: too short a run")
    third = len(samples) // 3
    told = []
    for what, (factor, more) in ALLOWED.items():
        first, last = (median(getattr(sample, what) for sample in part)
                       for part in (samples[:third], samples[-third:]))
        expect(last <= first * factor + more, f"{what} grows: {first:.0f} in the first third, "
               f"{last:.0f} in the last")
        unit, name = (MIB, " MiB") if what != "descriptors" else (1, "")
        told.append(f"{what} {first / unit:.1f} to {last / unit:.1f}{name}")
    return ", ".join(told)
