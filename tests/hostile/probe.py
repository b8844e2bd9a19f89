# SPDX-License-Identifier: Apache-2.0
"""The well-behaved client, a process of its own: once it has its first answer it prints "ready",
asks on until its standard input ends, then prints what it saw as JSON:
{"seconds": [...], "wrong": [...]}.

    probe.py HOST PORT TARGET...   (with https: before HOST over TLS, certificate unchecked)"""

import http.client
import json
import select
import ssl
import sys
import time

PAUSE = 0.02
REQUESTS_PER_CONNECTION = 10
TIMEOUT = 30


def connect(host, port):
    if host.startswith("https:"):
        context = ssl._create_unverified_context()  # the certificate was made for the run
        return http.client.HTTPSConnection(host[6:], port, timeout=TIMEOUT, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT)


def main():
    host, port, targets = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    seconds, wrong = [], []
    connection, used = None, 0
    while not select.select([sys.stdin], [], [], PAUSE)[0]:
        target = targets[len(seconds) % len(targets)]
        started = time.monotonic()
        try:
            if connection is None:
                connection, used = connect(host, port), 0
            connection.request("GET", target)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                wrong.append(f"{target}: {answer.status}")
            used += 1
        except (OSError, http.client.HTTPException) as problem:
            wrong.append(f"{target}: {type(problem).__name__}: {problem}")
            used = REQUESTS_PER_CONNECTION
        if not seconds:
            print("ready", flush=True)
        seconds.append(time.monotonic() - started)
        if used >= REQUESTS_PER_CONNECTION:
            connection.close()
            connection = None
    print(json.dumps({"seconds": seconds, "wrong": wrong[:20]}))


main()
