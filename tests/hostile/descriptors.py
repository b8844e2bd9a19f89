# SPDX-License-Identifier: Apache-2.0
"""No more files may be opened."""

import resource
import time

from target import Target, close_all, expect, statuses

FEW = 64
SPARE = 5


def few_from_the_start(context):
    """ulimit -n 64: fewer connections, a warning, 503 where a blob cannot be opened, no 500"""
    limited = ["sh", "-c", f'ulimit -n {FEW}; "$@"; exit $?', "sh"]
    with Target(context, wrap=limited, probed=False) as target:
        expect("connections_limited" in target.server.log_tail(), "no warning")
        digest = target.push_blob(b"large" * (4 << 20))
        target.resident = target.memory_kib("VmRSS")
        connections = [target.connect(receive_bytes=4096) for _ in range(FEW)]
        for plain in connections:
            try:
                plain.send(f"GET /v2/app/blobs/{digest} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            except OSError:
                pass  # one too many
        answers = [first_status(plain) for plain in connections]
        expect(set(answers) <= {200, 503, None}, f"answers: {answers}")
        expect(answers.count(200) >= 10, f"answers: {answers}")
        close_all(connections)
        wait_until_served(target, digest)
        target.note = f"{answers.count(200)} served, {answers.count(503)} got 503"
    return target.note


def first_status(plain):
    try:
        found = statuses(plain.recv(100))
    except OSError:
        return None
    return found[0] if found else None


def wait_until_served(target, digest):
    deadline = time.monotonic() + 30
    while True:
        try:
            if target.ask("HEAD", f"/v2/app/blobs/{digest}")[0] == 200:
                return
        except OSError:
            pass
        expect(time.monotonic() < deadline, "it did not recover")
        time.sleep(0.1)


def none_left_while_serving(context):
    """no descriptors left: accepting waits without spinning, and goes on by itself"""
    with Target(context, probed=False) as target:
        pid = target.server.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (target.count_descriptors() + SPARE, hard))
        connections = [target.connect() for _ in range(60)]
        for plain in connections:
            plain.send(b"GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n")
        before = target.processor_seconds()
        time.sleep(2)
        spent = target.processor_seconds() - before
        expect(spent < 0.5, f"{spent:.1f} s of processor time in 2 s")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
        answers = [first_status(plain) for plain in connections]
        # One that was let in may have met the catalog without a file to read it by.
        expect(set(answers) <= {200, 503} and answers.count(503) <= SPARE,
               f"answers: {answers}")
        close_all(connections)
        target.note = f"{spent * 1000:.0f} ms of processor time in 2 s"
    return target.note


CASES = [few_from_the_start, none_left_while_serving]
