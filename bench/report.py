# SPDX-License-Identifier: Apache-2.0
"""Medians over the rounds, the table with its ratios and bars, and the files in bench/results/."""

import json
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path

SERVERS = ("berth", "docker-registry", "nginx")
RESULTS = Path(__file__).resolve().parent / "results"


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, IndexError):
        return "?"


def machine_facts(folder, binary):
    cpus = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in cpus if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) >> 20
    return {
        "time": time.strftime("%Y-%m-%d %H:%M:%S"),
        "cpu": models[0] if models else "?", "cores": os.cpu_count(), "memory_gib": memory,
        "kernel": platform.release(),
        "file_system": output_of("stat", "-f", "-c", "%T", str(folder)),
        "load_before": os.getloadavg()[0],
        "berth": output_of(binary, "version"),
        "docker_registry": output_of("docker-registry", "--version"),
        "nginx": output_of("nginx", "-v"),
    }


def medians(samples):
    """{row: {server: [measurement, ...]}} to {row: {server: {quantity: median}}}"""
    return {row: {server: {quantity: statistics.median(one[quantity] for one in measured)
                           for quantity in measured[0]}
                  for server, measured in by_server.items() if measured}
            for row, by_server in samples.items()}


def ratio(row, quantity, server, other):
    try:
        return row[server][quantity] / row[other][quantity]
    except (KeyError, ZeroDivisionError):
        return None


# (row, quantity, against, bar, whether at least or at most)
BARS = [
    ("GET manifest by tag", "cpu_us", "docker-registry", 1 / 40, "most"),
    ("HEAD blob", "cpu_us", "docker-registry", 1 / 40, "most"),
    ("GET large blob", "mb_per_second", "nginx", 0.9, "least"),
    ("push large blob", "mb_per_second", "docker-registry", 2.0, "least"),
]


def shown(quantity, values):
    if values is None:
        return "-"
    value = values[quantity]
    if quantity == "per_second":
        return (f"{value:,.0f}/s, {values['cpu_us']:.1f} µs CPU, "
                f"p99 {values['p99_us'] / 1000:.2f} ms")
    if quantity == "mb_per_second":
        return f"{value:,.0f} MB/s, {values['cpu_s']:.2f} s CPU"
    return f"{value:,.1f} {quantity}"


def against(name, row, other):
    """Berth's rate as a multiple of the other's, and the other's CPU as a multiple of Berth's."""
    if "per_second" in row["berth"]:
        rate, cpu = ratio(row, "per_second", "berth", other), ratio(row, "cpu_us", other, "berth")
        return "-" if rate is None or cpu is None else f"{rate:.2f}x rate, {cpu:.1f}x less CPU"
    if "mb_per_second" in row["berth"]:
        rate = ratio(row, "mb_per_second", "berth", other)
        return "-" if rate is None else f"{rate:.2f}x"
    quantity = next(iter(row["berth"]))
    found = ratio(row, quantity, "berth", other)
    return "-" if found is None else f"{found:.2f}x"


def table(rows):
    lines = ["| | Berth | docker-registry | nginx | against docker-registry | against nginx |",
             "|---|---|---|---|---|---|"]
    for name, row in rows.items():
        if "berth" not in row:
            continue
        quantity = next(iter(row["berth"]))
        cells = [shown(quantity, row.get(server)) for server in SERVERS]
        lines.append(f"| {name} | " + " | ".join(cells) + " | " +
                     f"{against(name, row, 'docker-registry')} | {against(name, row, 'nginx')} |")
    return lines


def limits(rows):
    found = rows["limits"]["machine"]
    lines = [f"Limits of this machine for the large blob: sha256 over the bytes "
             f"{found['sha256_mb_per_second']:,.0f} MB/s; write and fdatasync "
             f"{found['durable_mb_per_second']:,.0f} MB/s."]
    push = rows.get("push large blob", {}).get("berth")
    if push:
        slower = min(found["sha256_mb_per_second"], found["durable_mb_per_second"])
        reached = push["mb_per_second"] / slower
        lines.append(f"Berth's push reaches {reached:.2f} of the slower one.")
    lines.append("docker-registry 2.8 answers a push without fsync: its bytes may be lost with the "
                 "power. Berth has synced bytes and row before it answers.")
    return lines


def bars(rows):
    lines, met = ["| bar | wanted | found | |", "|---|---|---|---|"], True
    for name, quantity, other, bar, direction in BARS:
        found = ratio(rows.get(name, {}), quantity, "berth", other)
        good = found is not None and (found <= bar if direction == "most" else found >= bar)
        met = met and good
        told = "-" if found is None else f"{found:.3f}"
        lines.append(f"| {name}, {quantity} against {other} | at {direction} {bar:.3f} | {told} | "
                     f"{'met' if good else 'MISSED'} |")
    return lines, met


def write(samples, facts, rounds, size):
    rows = medians(samples)
    title = [f"# Bench, {facts['time']}", "",
             f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_gib']} GiB, Linux "
             f"{facts['kernel']}, {facts['file_system']}; load average "
             f"{facts['load_before']:.1f} at the start. {facts['berth']}; docker-registry: "
             f"{facts['docker_registry']}; {facts['nginx']}.",
             f"Medians of {rounds} interleaved rounds; the load shares the cores with the server; "
             f"the large blob is {size >> 20} MiB. CPU is the server's own, all threads, per "
             "request.", ""]
    judged, met = bars(rows)
    text = "\n".join(title + table(rows) + [""] + limits(rows) + [""] + judged) + "\n"
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / time.strftime("%Y%m%d-%H%M%S")
    stem.with_suffix(".md").write_text(text)
    stem.with_suffix(".json").write_text(json.dumps(
        {"machine": facts, "rounds": rounds, "large_bytes": size, "medians": rows,
         "samples": samples}, indent=1) + "\n")
    return text, stem, met
