# SPDX-License-Identifier: Apache-2.0
"""The bars, judged from the samples of one run: met, missed, or not measured."""

import statistics
from dataclasses import dataclass

import report
from scale import count_name, size_name

SHAPE = "32 connections"
UNKNOWN = "not measured"


@dataclass
class Verdict:
    work: str
    wanted: str
    found: str
    verdict: str


def bars(scale):
    """(work, bar, how it is found, limit, whether at least or at most). A finder answers the figure
    that is compared, and what else is told about it."""
    large, huge = size_name(scale.large), size_name(scale.huge)
    tag = f"small: GET manifest by tag, {SHAPE}"
    head = f"small: HEAD blob, {SHAPE}"
    push = f"pushes: push {large} blob, monolithic, 1 at once"
    small_push = "pushes: push 1 KiB blob, monolithic, 16 at once"
    put = "pushes: PUT manifest, 64 connections"
    few, many = count_name(min(scale.tags)), count_name(max(scale.tags))
    reader = "large: GET manifest by tag, 1000 a second"
    return [
        ("GET manifest by tag, anonymous", "≥ 1.0 of nginx's rate", rate(tag, "nginx"), 1.0,
         "least"),
        ("", "≤ 1/80 of docker-registry's CPU", cost(tag, "docker-registry"), 1 / 80, "most"),
        ("", "≤ 1/20 of zot's CPU", cost(tag, "zot", f"lists: GET manifest by tag at {few} tags, "
                                         "1 connection"), 1 / 20, "most"),
        ("same with a bearer token", "≤ 1.2x of our CPU without", across(
            f"{tag}, with a token", f"{tag}, beside it without", "cpu_us"), 1.2, "most"),
        ("HEAD blob", "≥ 1.0 of nginx's rate", rate(head, "nginx"), 1.0, "least"),
        (f"{large} pull, http", "≥ 1.0 of nginx sendfile",
         rate(f"large: pull {large}, http, cached, 1 at once", "nginx", "mb_per_second"), 1.0,
         "least"),
        (f"{large} pull, https", "≥ 1.0 of nginx",
         rate(f"large: pull {large}, https, cached, 1 at once", "nginx", "mb_per_second"), 1.0,
         "least"),
        ("small reads while 8 large pulls run", "p99 ≤ 2x of idle", across(
            f"{reader}, beside 8 pulls of {large}", f"{reader}, alone", "p99_us"), 2.0, "most"),
        (f"small reads while a cold {large} is pulled, same thread", "p99 ≤ 2 ms", value(
            f"{reader}, one thread, beside a cold pull of {large}", "p99_us", 1e-3, "ms"), 2.0,
         "most"),
        (f"{large} push, one stream", "≤ 1.25x the slower of sha256 and write + fdatasync",
         slower_limit(push), 1.25, "most"),
        ("", "≥ 4x docker-registry", rate(push, "docker-registry", "mb_per_second"), 4.0, "least"),
        ("16 x 1 KiB blob pushes, durable", "≥ 15x docker-registry",
         rate(small_push, "docker-registry"), 15.0, "least"),
        ("manifest PUT, 64 connections, durable", "≥ 15x docker-registry",
         rate(put, "docker-registry"), 15.0, "least"),
        (f"tag page at {many}", "CPU ≤ 1.5x of the page at 1 k", tag_pages(scale, many), 1.5,
         "most"),
        ("start", "≤ 20 ms empty", value("footprint: start on an empty store", "ms", 1, "ms"), 20,
         "most"),
        ("", f"≤ 50 ms with {many} tags", value(f"footprint: start with {many} tags", "ms", 1,
                                                "ms"), 50, "most"),
        ("memory", "≤ 15 MB idle", value("footprint: memory, idle", "MiB", 1.048576, "MB"), 15,
         "most"),
        ("", "≤ 120 MB with 10,000 connections", value(
            "footprint: memory, 10,000 idle connections", "MiB", 1.048576, "MB"), 120, "most"),
        ("", f"peak of a {huge} push ≤ 1.1x of a {large} push", across(
            f"footprint: memory, peak while {huge} is pushed",
            f"footprint: memory, peak while {large} is pushed", "MiB"), 1.1, "most"),
    ]


def rate(row, other, quantity="per_second"):
    def found(bench):
        ratio = report.middle_ratio(bench.samples, row, "berth", other, quantity)
        if ratio is None:
            return None
        unit = "cpu_us" if quantity == "per_second" else "cpu_s_per_gib"
        cpu = report.middle_ratio(bench.samples, row, "berth", other, unit)
        return ratio, f"{ratio:.2f} (CPU {cpu:.2f}x)" if cpu else f"{ratio:.2f}"

    return found


def cost(row, other, larger=None):
    """`larger` is the same with more tags in the repository, which is told but not judged."""
    def found(bench):
        ratio = report.middle_ratio(bench.samples, row, "berth", other, "cpu_us")
        if ratio is None:
            return None
        more = larger and report.middle_ratio(bench.samples, larger, "berth", other, "cpu_us")
        told = f"; 1/{1 / more:.0f} in a repository of 1 k tags" if more else ""
        return ratio, f"1/{1 / ratio:.0f}{told}"

    return found


def across(row, beside, quantity):
    """Berth's one row against Berth's other."""
    def found(bench):
        pairs = list(zip(bench.samples.get(row, {}).get("berth", ()),
                         bench.samples.get(beside, {}).get("berth", ())))
        if not pairs:
            return None
        ratio = statistics.median(one[quantity] / two[quantity] for one, two in pairs)
        values = [statistics.median(side[quantity] for side in sides) for sides in zip(*pairs)]
        return ratio, f"{ratio:.2f}x ({values[0]:,.1f} against {values[1]:,.1f})"

    return found


def value(row, quantity, factor, unit):
    def found(bench):
        samples = bench.samples.get(row, {}).get("berth")
        if not samples:
            return None
        figure = statistics.median(one[quantity] for one in samples) * factor
        return figure, f"{figure:.1f} {unit}"

    return found


def slower_limit(row):
    def found(bench):
        servers = bench.samples.get(row, {})
        rounds = list(zip(servers.get("berth", ()), servers.get("limit: sha256", ()),
                          servers.get("limit: write + fdatasync", ())))
        if not rounds:
            return None
        ratio = statistics.median(mine["seconds"] / max(hashed["seconds"], written["seconds"])
                                  for mine, hashed, written in rounds)
        return ratio, f"{ratio:.2f}x"

    return found


def tag_pages(scale, many):
    """The worst of the three pages."""
    def found(bench):
        ratios = {}
        for page in ("first", "middle", "last"):
            ratio = across(f"lists: tags/list, {page} page at {many} tags",
                           f"lists: tags/list, {page} page at {count_name(min(scale.tags))} tags",
                           "cpu_us")(bench)
            if ratio is None:
                return None
            ratios[page] = ratio[0]
        worst = max(ratios.values())
        return worst, ", ".join(f"{page} {one:.2f}x" for page, one in ratios.items())

    return found


def judge(bench):
    """Lines of one subject: those after the first have no name of their own."""
    verdicts, named = [], ""
    for work, wanted, finder, limit, direction in bars(bench.scale):
        named = work = work or named
        found = finder(bench)
        if not found:
            verdicts.append(Verdict(work, wanted, "-", UNKNOWN))
            continue
        good = found[0] <= limit if direction == "most" else found[0] >= limit
        verdicts.append(Verdict(work, wanted, found[1], "met" if good else "**MISSED**"))
    return verdicts
