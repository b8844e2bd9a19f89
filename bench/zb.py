# SPDX-License-Identifier: Apache-2.0
"""zot's own zb, where it builds, against the servers it can talk to: Berth and zot. It drops the
query of a Location, in which docker-registry and distribution keep the state of an upload."""

import re
import subprocess

from peers import BUILT

PROGRAM = BUILT / "zb"
UNITS = {"ns": 1e-3, "µs": 1, "us": 1, "ms": 1e3, "s": 1e6, "m": 60e6, "h": 3600e6}


def run(bench):
    if not PROGRAM.exists():
        reason = BUILT / "zb.failed"
        bench.note("zb itself is missing: "
                   + (reason.read_text() if reason.exists() else "not installed"))
        return
    if not bench.wanted("zb itself"):
        return
    kinds = [kind for kind in bench.kinds if kind.name in ("berth", "zot")]
    with bench.servers(kinds) as servers:
        for server in servers:
            bench.prepare("zb itself", server, lambda server=server: one(bench, server))


def one(bench, server):
    """All its tests; every one is a row."""
    work = bench.folder / "zb"
    before = server.cpu_seconds()
    done = subprocess.run(
        [str(PROGRAM), "-c", str(bench.scale.zb_clients), "-n", str(bench.scale.zb_requests),
         "-d", str(work), f"http://127.0.0.1:{server.port}"],
        capture_output=True, text=True, cwd=bench.folder, check=False, timeout=600)
    cpu = server.cpu_seconds() - before
    told = done.stdout + done.stderr
    tests = told.split("Test name:")[1:]
    if done.returncode != 0 or not tests:
        raise RuntimeError(f"zb: {told[-500:]}")
    for test in tests:
        name = test.strip().splitlines()[0].strip()
        bench.measure(f"zb itself, {name}", server, lambda test=test: figures(test))
    bench.measure("zb itself, CPU of all of it", server, lambda: {"cpu_s": cpu})


def figures(test):
    failures = int(re.search(r"Failed requests:\s*(\d+)", test).group(1))
    if failures:
        raise RuntimeError(f"{failures} failed requests: {test[:300]}")
    return {"per_second": float(re.search(r"Requests per second:\s*([\d.e+]+)", test).group(1)),
            "p50_us": microseconds(test, "p50"), "p99_us": microseconds(test, "p99")}


def microseconds(test, name):
    """Go's text of a duration: 1m2.5s, 173.941µs."""
    text = re.search(rf"{name}:\s*(\S+)", test).group(1)
    return sum(float(number) * UNITS[unit]
               for number, unit in re.findall(r"([\d.]+)(ns|µs|us|ms|s|m|h)", text))
