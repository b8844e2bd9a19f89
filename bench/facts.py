# SPDX-License-Identifier: Apache-2.0
"""What is written above every result: the machine, and the version of everything that is measured
or measures."""

import os
import platform
import re
import subprocess
import time
from pathlib import Path

from peers import BUILT

RESULTS = Path(__file__).resolve().parent / "results"


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, IndexError):
        return "?"


def stamped(name):
    """The version of which a peer was built."""
    found = [path.name.split("-", 1)[1] for path in BUILT.glob(f".{name}-v*")]
    return found[0] if found else "?"


def disk_of(folder):
    """The device below `folder`, with its model and whether it turns."""
    source = output_of("findmnt", "-n", "-o", "SOURCE", "-T", str(folder))
    name = Path(source).name
    while name and not Path(f"/sys/block/{name}").exists():
        name = name[:-1]
    at = Path(f"/sys/block/{name}")
    if not name:
        return source
    turns = (at / "queue/rotational").read_text().strip() == "1"
    cache = (at / "queue/write_cache")
    model = at / "device/model"
    told = model.read_text().strip() if model.exists() else "virtual disk"
    return (f"{source} ({told}, {'rotational' if turns else 'not rotational'}, write cache: "
            f"{cache.read_text().strip() if cache.exists() else '?'})")


def machine_facts(folder, binary):
    cpus = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)", cpus)
    memory = int(Path("/proc/meminfo").read_text().split()[1]) >> 20
    return {
        "time": time.strftime("%Y-%m-%d %H:%M:%S"),
        "cpu": model.group(1) if model else "?", "cores": os.cpu_count(), "memory_gib": memory,
        "sha_instructions": bool(re.search(r"\bsha_ni\b", cpus)),
        "kernel": platform.release(),
        "file_system": output_of("findmnt", "-n", "-o", "FSTYPE,OPTIONS", "-T", str(folder)),
        "disk": disk_of(folder),
        "load_before": os.getloadavg()[0],
        "berth": output_of(binary, "version"),
        "docker_registry": output_of("docker-registry", "--version"),
        "distribution": stamped("distribution"), "zot": stamped("zot"), "zb": stamped("zb"),
        "nginx": output_of("nginx", "-v"), "curl": output_of("curl", "--version"),
        "h2load": output_of("h2load", "--version"), "python": platform.python_version(),
    }
