# SPDX-License-Identifier: Apache-2.0
"""The tables of the metadata bench, with the bar beside each ratio, and its files in
bench/results/."""

import json
import time

from report import RESULTS

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
    """`rows` are the medians by (row, page); the thousand entries of a `_manifests` list are in a
    store of their own. A page other than the first is compared with the first one, too: the ratio
    of the dearer to the cheaper."""
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
             "peak |", "|---|---|---|---|---|"]
    for name, values in found.items():
        lines.append(f"| {name} | " + " | ".join(
            f"{values[moment] / 1024:.1f}" if moment in values else "-"
            for moment in ("before", "catalog", "tags", "peak")) + " |")
    return lines


def pauses(found, tags):
    if not found:
        return []
    lines = ["", f"DELETE of a repository with {tags:,} tags beside a stream of tag PUTs into "
             "another one, in ms:", "",
             "| answered after | rows gone after | stream alone: p50, p99, longest | beside the "
             "deletion: p50, p99, longest |", "|---|---|---|---|"]
    for one in found:
        told = [", ".join(f"{one[f'{when}_{what}_ms']:.2f}" for what in ("p50", "p99", "max"))
                for when in ("alone", "beside")]
        gone = "not within 30 s" if one["gone_ms"] is None else f"{one['gone_ms']:,.0f}"
        lines.append(f"| {one['delete_ms']:.1f} | {gone} | {told[0]} | {told[1]} |")
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
            f"Medians of {bench.given.rounds} rounds, n=100, one connection. Each cell is the "
            "server's CPU / the wall time of the median request, in µs; ratios are of CPU. "
            "docker-registry ignores n and last of tags/list.", ""]


def write(rows, bench, facts):
    lines = title(bench, facts) + table(rows) + [""] + memory(bench.memory)
    lines += pauses(bench.pauses, bench.servers["large"].plan.doomed_tags)
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
         "pauses": bench.pauses,
         "medians": [{"row": row, "page": page, "servers": found}
                     for (row, page), found in rows.items()],
         "samples": [{"row": row, "page": page, "servers": found}
                     for (row, page), found in bench.samples.items()]}, indent=1) + "\n")
    return text, stem
