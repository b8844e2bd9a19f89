# SPDX-License-Identifier: Apache-2.0
"""Named checks, their counts, and what clients said when they were refused."""

import re

# What people understand as "you may not": the words of docker, containerd, oras and the rest.
REFUSAL = re.compile(
    r"unauthorized|denied|authentication required|authorization failed|insufficient[ _]scope"
    r"|forbidden|not authorized|invalid username/password|no basic auth",
    re.IGNORECASE)


class Checks:
    """Prints a line a check, as the client tests do."""

    def __init__(self, verbose=False):
        self.passed = self.failed = 0
        self.verbose = verbose
        self.messages = []  # (client, case, text)

    def ok(self, name):
        self.passed += 1
        if self.verbose:
            print(f"ok   {name}", flush=True)

    def fail(self, name, *lines):
        self.failed += 1
        print(f"FAIL {name}")
        for line in "\n".join(str(each) for each in lines).splitlines()[-25:]:
            print(f"     | {line}")
        print(end="", flush=True)

    def true(self, name, fact, *lines):
        if fact:
            self.ok(name)
        else:
            self.fail(name, *lines)
        return bool(fact)

    def equal(self, name, wanted, got):
        return self.true(name, wanted == got, f"wanted: {wanted!r}", f"got:    {got!r}")

    def works(self, name, outcome):
        """`outcome` is a Command that has run."""
        return self.true(name, outcome.status == 0, outcome.told())

    def refused(self, name, outcome, about=None, pattern=REFUSAL):
        """It failed, and said so in words; `about` is what the words must name."""
        if outcome.status == 0:
            return self.true(name, False, "it succeeded", outcome.told())
        self.messages.append((name, last_words(outcome.output)))
        return self.true(name, understood(outcome.output, about, pattern),
                         f"refused, but not in these words: {about or ''} "
                         f"{getattr(pattern, 'pattern', pattern)}", outcome.told())


def understood(output, about=None, pattern=REFUSAL):
    text = " ".join(output.split())
    return re.search(pattern, text) is not None and (about is None or about in text)


def last_words(output):
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:400] if lines else "(nothing)"
