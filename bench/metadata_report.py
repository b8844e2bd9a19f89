# SPDX-License-Identifier: Apache-2.0
"""The tables of the metadata bench, with the bar beside each ratio, and its files in
bench/results/."""

import json
import statistics
import time

from facts import RESULTS

BAR = 2.0


def cell(values):
    return "-" if values is None else f"{values['cpu_us']:,.0f} / {values['p50_us']:,.0f}"


def ratio(a, b):
    return None if a is None or b is None or not b["cpu_us"] else a["cpu_us"] / b["cpu_us"]


def judged(*ratios):
    """Flat means within the bar in both directions."""
    known = [one for one in ratios if one is not None]
    if not known:
        return "-"
    return "met" if all(one <= BAR for one in known) else "**MISSED**"


def shown(number):
    return "-" if number is None else f"{number:.2f}x"


def table(rows):
    """`rows` are the best samples by (row, page); the thousand entries of a `_manifests` list are
    in a store of their own. A page other than the first is compared with the first one, too: the
    bar holds in both directions."""
    lines = ["| | page | 1,000 entries | large | large / 1,000 | last, middle / first | at most "
             f"{BAR:.0f}x | docker-registry |", "|---|---|---|---|---|---|---|---|"]
    for (row, page), found in rows.items():
        small, large = found.get("small") or found.get("thousand"), found.get("large")
        against_small, against_first = ratio(large, small), None
        first = rows.get((row, "first"), {}).get("large")
        if page not in ("", "first"):
            against_first = ratio(large, first)
        both_ways = against_first and max(against_first, 1 / against_first)
        lines.append(f"| {row} | {page} | {cell(small)} | {cell(large)} | {shown(against_small)} | "
                     f"{shown(against_first)} | {judged(against_small, both_ways)} | "
                     f"{cell(found.get('docker-registry'))} |")
    return lines


def memory(found):
    lines = ["| resident MiB | before | all repositories listed | all tags listed, three orders | "
             "peak of listing | peak of the whole run |", "|---|---|---|---|---|---|"]
    for name, values in found.items():
        lines.append(f"| {name} | " + " | ".join(
            f"{values[moment] / 1024:.1f}" if moment in values else "-"
            for moment in ("before", "catalog", "tags", "peak", "end")) + " |")
    return lines


def pauses(bench):
    plan = bench.servers["large"].plan
    answered = [one["answered_ms"] for one in bench.pieces if one["answered_ms"] is not None]
    gone = ("not while it was watched" if bench.reaped_after is None
            else f"{bench.reaped_after:.0f} s after the first of them")
    lines = ["", f"DELETE of {len(answered)} repositories with {plan.doomed_tags:,} tags each, "
             f"answered after {', '.join(f'{one:.0f}' for one in answered)} ms; the rows were gone "
             f"{gone}. Beside it one connection puts tags into another repository, in pieces of "
             f"{bench.given.stream_seconds} s; ms, medians of the pieces:", "",
             "| during | pieces | p50 | p99 | longest wait | longest of all pieces |",
             "|---|---|---|---|---|---|"]
    for during in dict.fromkeys(one["during"] for one in bench.pieces):
        found = [one for one in bench.pieces if one["during"] == during]
        middle = [statistics.median(one[f"{what}_ms"] for one in found)
                  for what in ("p50", "p99", "max")]
        lines.append(f"| {during} | {len(found)} | " + " | ".join(f"{one:.2f}" for one in middle) +
                     f" | {max(one['max_ms'] for one in found):.2f} |")
    return lines


def title(bench, facts):
    stores = "; ".join(f"{name}: {len(server.plan.repositories):,} repositories, "
                       f"{server.plan.tags:,} tags over {server.plan.manifests:,} manifests"
                       for name, server in bench.servers.items())
    return [f"# Metadata bench, {facts['time']}", "",
            f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_gib']} GiB, Linux "
            f"{facts['kernel']}, {facts['file_system']}; load average {facts['load_before']:.1f} "
            f"at the start, {facts['load_after']:.1f} at the end. {facts['berth']}; "
            f"docker-registry: {facts['docker_registry']}.", "",
            f"Stores: {stores}. `_manifests` at 1,000 entries is asked of *thousand*, everything "
            "else of *small*.", "",
            f"n=100, one connection. Each cell is the server's CPU per request / the wall time of "
            f"the median request, in µs, of the best of {bench.given.rounds} short samples taken "
            "in turns (all of them are in the .json): other load adds to both. Ratios are of CPU. "
            "docker-registry ignores n and last of tags/list.", ""]


def write(rows, bench, facts):
    lines = title(bench, facts) + table(rows) + [""] + memory(bench.memory)
    lines += pauses(bench)
    if bench.complaints:
        lines += ["", "Not answered as it should be:", ""]
        lines += [f"- {row}, {name}: {' '.join(told.split())[:200]}"
                  for (row, name), told in bench.complaints.items()]
    text = "\n".join(lines) + "\n"
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / time.strftime("metadata-%Y%m%d-%H%M%S")
    stem.with_suffix(".md").write_text(text)
    stem.with_suffix(".json").write_text(json.dumps(
        {"machine": facts, "rounds": bench.given.rounds, "memory_kib": bench.memory,
         "stream": bench.pieces, "rows_gone_after_s": bench.reaped_after,
         "best": [{"row": row, "page": page, "servers": found}
                     for (row, page), found in rows.items()],
         "samples": [{"row": row, "page": page, "servers": found}
                     for (row, page), found in bench.samples.items()]}, indent=1) + "\n")
    return text, stem
