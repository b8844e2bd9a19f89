# SPDX-License-Identifier: Apache-2.0
"""SIGTERM with everything under way: what was begun is finished, what is new is refused, an upload
goes on with the next server. And when the time is over, or somebody insists: the rest is cut."""

import http.client
import socket
import ssl
import threading

import h2.config
import h2.connection
from hyperframe.frame import (DataFrame, Frame, GoAwayFrame, RstStreamFrame, SettingsFrame,
                              WindowUpdateFrame)

from admin import WatchedServer, local_mode
from client import BROKEN, Client, content_of, digest_of, expect
from support.cases import await_value
from support.server import Server

BIG = 24 * 1024 * 1024
STREAM = 3 * 1024 * 1024  # far more than a window of HTTP/2
TALKERS = 8
PULLS = 4
PUSHES = 4


class Talker(threading.Thread):
    """Small requests on one kept-alive connection until the server says it closes, then on new
    ones until nobody answers there. `cut`: requests that were sent and never answered."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.answered = 0
        self.told = False
        self.cut = []

    def run(self):
        while True:
            try:
                connection = http.client.HTTPConnection(self.server.host, self.server.port,
                                                        timeout=20)
                connection.connect()
            except OSError:
                return  # refused: the server listens no more
            try:
                self.talk(connection)
            except BROKEN as problem:
                # A connection that was never used may be closed at once.
                if connection.berth_used:
                    self.cut.append(repr(problem))
                return
            finally:
                connection.close()

    def talk(self, connection):
        connection.berth_used = False
        while True:
            connection.request("GET", "/v2/_catalog")
            answer = connection.getresponse()
            answer.read()
            connection.berth_used = True
            self.answered += 1
            if answer.will_close:
                self.told = True
                return


class SlowPull(threading.Thread):
    """Takes a blob piece by piece, the last of it only when it is let."""

    def __init__(self, server, digest):
        super().__init__(daemon=True)
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.server, self.digest = server, digest
        self.content, self.problem = b"", None

    def run(self):
        try:
            connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=30)
            connection.request("GET", f"/v2/faults/app/blobs/{self.digest}")
            answer = connection.getresponse()
            self.content = answer.read(1000)
            self.begun.set()
            self.may_end.wait()
            self.content += answer.read()
            connection.close()
        except BROKEN as problem:
            self.problem = repr(problem)
        finally:
            self.begun.set()


class SlowPush(threading.Thread):
    """The PATCH of a session, half of it before and half after it is let; then a second PATCH and
    the end of the session with whatever server `later` gives."""

    def __init__(self, server, seed):
        super().__init__(daemon=True)
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.server, self.content = server, content_of(600_000, seed)
        self.link, self.status, self.problem = None, None, None

    def run(self):
        try:
            with Client(self.server) as client:
                self.link = client.start_upload()
                client.connection.putrequest("PATCH", self.link)
                client.connection.putheader("Content-Length", "400000")
                client.connection.endheaders(self.content[:200_000])
                self.begun.set()
                self.may_end.wait()
                client.connection.send(self.content[200_000:400_000])
                answer = client.connection.getresponse()
                answer.read()
                self.status = answer.status
        except BROKEN as problem:
            self.problem = repr(problem)
        finally:
            self.begun.set()

    def go_on(self, server):
        with Client(server) as client:
            offset = client.upload_offset(self.link)
            expect(offset == 400_000, f"offset after the restart: {offset}")
            expect(client.patch(self.link, self.content[400_000:], 400_000).status == 202, "PATCH")
            answer = client.close_upload(self.link, digest_of(self.content))
            expect(answer.status == 201, f"close: {answer.status}")
            client.check_blob(self.content)


class H2Pull(threading.Thread):
    """One blob over HTTP/2, its window opened only when it is let."""

    def __init__(self, server, digest):
        super().__init__(daemon=True)
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.server, self.digest = server, digest
        self.size, self.said_goodbye, self.ended, self.problem = 0, False, False, None

    def run(self):
        try:
            self.pull()
        except OSError as problem:
            self.problem = repr(problem)
        finally:
            self.begun.set()

    def pull(self):
        context = ssl._create_unverified_context()
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection((self.server.host, self.server.port), timeout=30)
        with context.wrap_socket(plain) as connection:
            session = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
            session.initiate_connection()
            session.send_headers(1, [(":method", "GET"), (":scheme", "https"),
                                     (":authority", "localhost"),
                                     (":path", f"/v2/faults/app/blobs/{self.digest}")],
                                 end_stream=True)
            connection.sendall(session.data_to_send())
            received = connection.makefile("rb")
            while not self.ended:
                head = received.read(9)
                if len(head) < 9:
                    return
                frame, length = Frame.parse_frame_header(memoryview(head))
                frame.parse_body(memoryview(received.read(length)))
                self.take(frame, connection)

    # By hand: the library takes no data after a GOAWAY, which is the point here.
    def take(self, frame, connection):
        if isinstance(frame, DataFrame):
            self.size += len(frame.data)
            self.begun.set()
            self.may_end.wait()
            if frame.data:
                for stream in (0, 1):
                    connection.sendall(WindowUpdateFrame(
                        stream, window_increment=len(frame.data)).serialize())
        elif isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            connection.sendall(SettingsFrame(flags=["ACK"]).serialize())
        elif isinstance(frame, GoAwayFrame):
            self.said_goodbye = True
        elif isinstance(frame, RstStreamFrame):
            raise OSError(f"reset {frame.error_code}")
        self.ended = "END_STREAM" in frame.flags


def refused(server):
    try:
        socket.create_connection((server.host, server.port), timeout=5).close()
        return False
    except OSError:
        return True


def await_true(condition, what):
    await_value(condition, True, what)


def everything_under_way(folder):
    """pulls, pushes and small requests: none is cut, uploads go on with the next server"""
    data = folder / "data"
    server = WatchedServer(data)
    try:
        big = content_of(BIG, "big")
        with Client(server) as client:
            digest = client.push_blob(big)
            idle_link = client.start_upload()
            expect(client.patch(idle_link, big[:50_000], 0).status == 202, "PATCH")
        pulls = [SlowPull(server, digest) for _ in range(PULLS)]
        pushes = [SlowPush(server, f"push {i}") for i in range(PUSHES)]
        talkers = [Talker(server) for _ in range(TALKERS)]
        for thread in [*pulls, *pushes, *talkers]:
            thread.start()
        for thread in [*pulls, *pushes]:
            thread.begun.wait(30)
        await_true(lambda: all(talker.answered > 20 for talker in talkers), "small requests")
        server.terminate()
        await_true(lambda: refused(server), "still accepts")
        # The admin listener stays, and says what is going on.
        server.await_checks({"accepting": "draining"})
        expect(server.ask("/healthz")[0] == 200, "/healthz while draining")
        expect(server.metric("berth_draining") == 1, "metric")
        await_true(lambda: not any(talker.is_alive() for talker in talkers), "talkers end")
        expect(server.running(), "ended with requests under way")
        server.await_metric(PULLS + PUSHES, "berth_http_requests_under_way")
        for thread in [*pulls, *pushes]:
            thread.may_end.set()
        for thread in [*pulls, *pushes]:
            thread.join(30)
            expect(thread.problem is None, f"cut: {thread.problem}")
        expect(all(pull.content == big for pull in pulls), "a pull is not whole")
        expect([push.status for push in pushes] == [202] * PUSHES, "a PATCH was not accepted")
        expect(server.process.wait(timeout=20) == 0, "exit status")
        cut = [problem for talker in talkers for problem in talker.cut]
        expect(not cut, f"small requests were cut: {cut}")
        expect(any(talker.told for talker in talkers), "nobody was told to close")
        expect("cut_connections=false" in server.log_tail(), "the log says some were cut")
        server = WatchedServer(data)
        for push in pushes:
            push.go_on(server)
        with Client(server) as client:
            expect(client.upload_offset(idle_link) == 50_000, "the upload that rested")
        expect(server.stop() == 0, "exit status of the second")
        return f"{sum(talker.answered for talker in talkers)} small requests"
    finally:
        server.kill()


def over_http2(folder):
    """HTTP/2: GOAWAY comes, the streams that were begun end well"""
    server = WatchedServer(folder / "data", local_mode(folder))
    try:
        with Client(server_plain(server)) as client:
            digest = client.push_blob(content_of(STREAM, "big"))
        pulls = [H2Pull(server, digest) for _ in range(PULLS)]
        for pull in pulls:
            pull.start()
        for pull in pulls:
            pull.begun.wait(30)
        server.terminate()
        await_true(lambda: refused(server), "still accepts")
        for pull in pulls:
            pull.may_end.set()
        for pull in pulls:
            pull.join(30)
            expect(pull.problem is None and pull.ended and pull.size == STREAM,
                   f"{pull.problem}, {pull.size} bytes")
            expect(pull.said_goodbye, "no GOAWAY")
        expect(server.process.wait(timeout=20) == 0, "exit status")
    finally:
        server.kill()


def server_plain(server):
    """The same server by its http address."""
    class Plain:
        host, port = server.host, next(int(url.rsplit(":", 1)[1]) for url in server.urls
                                       if url.startswith("http://"))
    return Plain


def stalled(folder, end):
    """A pull that stands still, and a server that is told to end; `end` hurries it."""
    server = WatchedServer(folder / "data", ["--server-drain-timeout", "2s" if end is None
                                             else "600s"])
    try:
        with Client(server) as client:
            digest = client.push_blob(content_of(BIG, "big"))
        pull = SlowPull(server, digest)
        pull.start()
        pull.begun.wait(30)
        server.terminate()
        await_true(lambda: refused(server), "still accepts")
        if end is not None:
            expect(server.running(), "did not wait")
            end(server)
        expect(server.process.wait(timeout=20) == 0, "exit status")
        expect("cut_connections=true" in server.log_tail(), "the log does not say so")
        pull.may_end.set()
        pull.join(30)
        expect(pull.problem is not None, "the pull was not cut")
    finally:
        server.kill()


def out_of_time(folder):
    """after drain_timeout the rest is cut, which the log says; exit status 0"""
    stalled(folder, None)


def a_second_signal(folder):
    """a second SIGTERM cuts the rest at once"""
    stalled(folder, Server.terminate)


CASES = [everything_under_way, over_http2, out_of_time, a_second_signal]
