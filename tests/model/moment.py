# SPDX-License-Identifier: Apache-2.0
"""A time that the server chose. The model knows at first only between which instants it must lie;
the first report fixes it, and from then on it may not change until something moves it."""

import datetime
import re
import time

TICKS_PER_SECOND = 10_000_000
EPOCH = datetime.datetime(1970, 1, 1)
FORMAT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z")
# The two processes read one clock, but the kernel may step it by a little.
SLACK = TICKS_PER_SECOND // 1000


def now():
    """Ticks of 100 ns since 1970, as the server counts."""
    return time.time_ns() // 100


def text_of(ticks):
    """acr-wire 8.6: trailing zeros trimmed, no fraction for a whole second."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    text = (EPOCH + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{fraction:07}".rstrip("0") if fraction else "") + "Z"


def ticks_of(text):
    """None when it is no time."""
    found = FORMAT.fullmatch(text) if isinstance(text, str) else None
    if not found:
        return None
    seconds = (datetime.datetime.fromisoformat(found.group(1)) - EPOCH) // \
        datetime.timedelta(seconds=1)
    return seconds * TICKS_PER_SECOND + int((found.group(2) or "").ljust(7, "0"))


class Window:
    """From when a request was sent to when its answer was there."""

    def __init__(self, first, last):
        self.first = first - SLACK
        self.last = last + SLACK

    def holds(self, ticks):
        return self.first <= ticks <= self.last


class Moment:
    def __init__(self, window):
        self.windows = [window]
        self.ticks = None  # once reported

    def move(self, window):
        self.windows = [window]
        self.ticks = None

    def may_move(self, window):
        """The rules leave open whether it moved."""
        if self.ticks is not None:
            self.windows = [Window(self.ticks + SLACK, self.ticks - SLACK)]
        self.windows.append(window)
        self.ticks = None

    def report(self, text):
        """Takes the first report over if it can be true; a later one is compared by whoever
        renders this."""
        ticks = ticks_of(text)
        if self.ticks is None and ticks is not None and \
                any(window.holds(ticks) for window in self.windows):
            self.ticks = ticks

    @property
    def known(self):
        return self.ticks is not None

    def text(self):
        if self.ticks is not None:
            return text_of(self.ticks)
        return " or ".join(f"{text_of(window.first)}..{text_of(window.last)}"
                           for window in self.windows)
