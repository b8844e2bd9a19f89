# SPDX-License-Identifier: Apache-2.0
"""A server with an admin listener, and what it says there."""

import http.client
import json
import re
import time
from urllib.parse import urlsplit

from client import expect
from prometheus_client.parser import text_string_to_metric_families
from support.cases import await_value
from support.server import Server

OPTIONS = ["--anonymous", "write"]
ADMIN = re.compile(r"(http://[^\s/]+)/healthz")


def local_mode(folder):
    """Options for https and http without a certificate."""
    return ["--local", "--local-directory", str(folder / "local"), "--listen-http", "127.0.0.1:0"]


class WatchedServer(Server):
    """`ask` talks to the admin listener, whose port is free as well."""

    def __init__(self, data, options=(), **more):
        super().__init__(data, [*OPTIONS, "--admin-listen", "127.0.0.1:0", *options], **more)
        self.admin = urlsplit(self._admin_url())

    def _admin_url(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found = ADMIN.search(self._output.decode(errors="replace"))
            if found:
                return found.group(1)
            time.sleep(0.01)  # the rest of what is printed at the start
        raise AssertionError(f"no admin address in {self._output!r}")

    def ask(self, path, method="GET"):
        connection = http.client.HTTPConnection(self.admin.hostname, self.admin.port, timeout=20)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def failed_checks(self):
        """{name: reason} of /readyz; its status must agree."""
        status, _, body = self.ask("/readyz")
        said = json.loads(body)
        failed = {check["name"]: check["reason"] for check in said["checks"] if not check["ok"]}
        expect(status == (503 if failed else 200) and said["ready"] == (not failed),
               f"/readyz: {status} {body!r}")
        return failed

    def await_checks(self, wanted):
        """Until the failed checks are just these."""
        await_value(self.failed_checks, wanted, "/readyz")

    def metrics(self):
        """{(name, labels as a frozenset of pairs): value}, as a client of Prometheus reads it."""
        status, headers, body = self.ask("/metrics")
        expect(status == 200, f"/metrics: {status}")
        expect(headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8",
               headers["Content-Type"])
        values = {}
        for family in text_string_to_metric_families(body.decode()):
            for sample in family.samples:
                values[sample.name, frozenset(sample.labels.items())] = sample.value
        return values

    def metric(self, name, **labels):
        return self.metrics().get((name, frozenset(labels.items())), 0)

    def await_metric(self, wanted, name, **labels):
        """Until it is that: what is counted at the end of a request, or of a connection, may come
        after what its client saw."""
        await_value(lambda: self.metric(name, **labels), wanted, f"{name} {labels}")

    def settled(self):
        """The metrics when no request is under way."""
        self.await_metric(0, "berth_http_requests_under_way")
        return self.metrics()
