# SPDX-License-Identifier: Apache-2.0
"""Medians over the rounds, the tables with their ratios, and the files in bench/results/."""

import json
import statistics
import time

import bars
from facts import RESULTS

# (quantity, heading, how it is shown), in the order of the columns.
COLUMNS = (
    ("per_second", "per second", "{:,.0f}"), ("mb_per_second", "MB/s", "{:,.0f}"),
    ("cpu_us", "CPU µs each", "{:,.1f}"), ("cpu_s_per_gib", "CPU s/GiB", "{:.3f}"),
    ("p50_us", "p50 µs", "{:,.0f}"), ("p99_us", "p99 µs", "{:,.0f}"),
    ("beside_mb_per_second", "MB/s beside", "{:,.0f}"),
    ("ms", "ms", "{:,.1f}"), ("MiB", "MiB", "{:,.1f}"), ("cpu_s", "CPU s", "{:,.2f}"),
    ("seconds", "seconds", "{:,.3f}"),
)
# Of these a ratio is told: rates, costs, sizes. Which of a row's counts as its rate and its cost.
RATES = ("mb_per_second", "per_second")
COSTS = ("cpu_s_per_gib", "cpu_us", "ms", "MiB", "cpu_s")
# A row about bytes says nothing with its requests per second, and the other way round.
SMALL_ANSWER = 0.2


def medians(samples):
    """{row: {server: [measurement, ...]}} to {row: {server: {quantity: median}}}"""
    return {row: {server: {quantity: statistics.median(one[quantity] for one in measured)
                           for quantity in measured[0]}
                  for server, measured in by_server.items() if measured}
            for row, by_server in samples.items()}


def middle_ratio(samples, row, server, other, quantity):
    """The median of the rounds' own ratios: what disturbs a round disturbs both of its sides. None
    if there is nothing to compare."""
    found = samples.get(row, {})
    pairs = [(one[quantity], two[quantity])
             for one, two in zip(found.get(server, ()), found.get(other, ()))
             if one.get(quantity) is not None and two.get(quantity)]
    return statistics.median(one / two for one, two in pairs) if pairs else None


def shown_quantities(row):
    """A row of large things is told in bytes, one of small things in requests."""
    found = [quantity for quantity, _, _ in COLUMNS
             if any(quantity in values for values in row.values())]
    large = any(values.get("seconds") and "jobs" not in values for values in row.values())
    if "per_second" in found and not large:
        return [one for one in found if one not in ("cpu_s_per_gib", "seconds", "mb_per_second")]
    return [one for one in found if one not in ("per_second", "cpu_us")]


def table(samples, rows, names):
    """One line per row and server."""
    lines = ["| | server | " + " | ".join(title for _, title, _ in COLUMNS)
             + " | Berth's rate, times | Berth's cost, times |",
             "|---|---|" + "---:|" * (len(COLUMNS) + 2)]
    for name in names:
        quantities = shown_quantities(rows[name])
        for server, values in rows[name].items():
            cells = [form.format(values[quantity])
                     if quantity in quantities and quantity in values else ""
                     for quantity, _, form in COLUMNS]
            ratios = ["", ""]
            if server != "berth":
                for place, kinds in enumerate((RATES, COSTS)):
                    quantity = next((one for one in kinds if one in quantities), None)
                    found = quantity and middle_ratio(samples, name, "berth", server, quantity)
                    ratios[place] = f"{found:.3g}" if found else ""
            lines.append(f"| {name.split(': ', 1)[1]} | {server} | " + " | ".join(cells + ratios)
                         + " |")
    return without_empty_columns(lines)


def without_empty_columns(lines):
    cells = [line.strip("|").split("|") for line in lines]
    cells = [[one.strip() for one in line] for line in cells]
    kept = [place for place in range(len(cells[0]))
            if any(line[place] for line in cells[2:]) or place < 2]
    return ["| " + " | ".join(line[place] for place in kept) + " |" for line in cells]


def heading(bench, facts, arguments):
    known = ", ".join(f"{name} {facts[name.replace('-', '_')]}"
                      for name in ("distribution", "zot", "zb"))
    return [
        f"# Bench, {facts['time']}", "",
        f"`./dev bench {' '.join(arguments)}`".replace(" `", "`") + f", {bench.took:.0f} s (" +
        ", ".join(f"{name} {seconds:.0f}" for name, seconds in bench.group_seconds.items())
        + ").", "",
        f"- {facts['cpu']}, {facts['cores']} cores (SHA instructions: "
        f"{'yes' if facts['sha_instructions'] else 'no'}), {facts['memory_gib']} GiB, Linux "
        f"{facts['kernel']}; {facts['disk']}, {facts['file_system']}; load average "
        f"{facts['load_before']:.1f} at the start, {facts['load_after']:.1f} at the end.",
        f"- {facts['berth']}; docker-registry: {facts['docker_registry']}; {known}; "
        f"{facts['nginx']}; clients: bench/load.cc, {facts['curl'].split(' (')[0]}, "
        f"{facts['h2load']}.",
        "- Medians of interleaved rounds, ratios round by round. The clients share the cores with "
        "the servers: trust CPU and ratios, not rates. CPU is the server's own, all threads and "
        "processes. *Berth's rate, times*: Berth's as a multiple of that server's, more is better; "
        "*Berth's cost, times*: Berth's CPU, memory or time as a multiple of it, less is better.",
        *[f"- Not measured: {name}: {reason.strip()}" for name, reason in bench.missing.items()],
        *[f"- {note}" for note in bench.notes], ""]


def failures(bench):
    if not bench.failed:
        return []
    lines = ["## FAILED", ""]
    for (row, server), why in bench.failed.items():
        told = " ".join(why.split())[:400].replace("|", "\\|")
        lines.append(f"- {row}, {server}: {told}")
    return [*lines, ""]


def bar_lines(bench, verdicts):
    """All of them if everything was measured; else those that were."""
    if bench.given.rows:
        verdicts = [one for one in verdicts if one.verdict != bars.UNKNOWN]
    if not verdicts:
        return []
    lines = ["## Bars", "", "| work | bar | found | |", "|---|---|---|---|"]
    lines += [f"| {one.work} | {one.wanted} | {one.found} | {one.verdict} |" for one in verdicts]
    return [*lines, ""]


def write(bench, facts, arguments, groups):
    rows = medians(bench.samples)
    verdicts = bars.judge(bench)
    lines = heading(bench, facts, arguments) + failures(bench) + bar_lines(bench, verdicts)
    for group in groups:
        names = [name for name in rows if name.startswith(f"{group.NAME}: ") and rows[name]]
        if names:
            lines += [f"## {group.TITLE}", "", *table(bench.samples, rows, names), ""]
    text = "\n".join(lines)
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / time.strftime("%Y%m%d-%H%M%S")
    stem.with_suffix(".md").write_text(text)
    stem.with_suffix(".json").write_text(json.dumps({
        "machine": facts, "arguments": arguments, "seconds": bench.group_seconds,
        "missing": bench.missing, "notes": bench.notes,
        "failed": [{"row": row, "server": server, "why": why}
                   for (row, server), why in bench.failed.items()],
        "bars": [vars(one) for one in verdicts], "medians": rows, "samples": bench.samples},
        indent=1) + "\n")
    return "\n".join(bar_lines(bench, verdicts) + failures(bench)), stem
