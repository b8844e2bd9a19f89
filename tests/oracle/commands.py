# SPDX-License-Identifier: Apache-2.0
"""Commands of berth that tests of durability end with."""

import json
import subprocess

from client import expect
from support.server import binary_path

# A crash leaves a file that no row names yet; nothing looks at it, and the collector takes it.
LEFT_BY_CRASHES = {"orphan_object", "orphan_upload"}


def berth(*words, statuses=(0,)):
    """What the command printed."""
    done = subprocess.run([binary_path(), *map(str, words)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300, check=False)
    expect(done.returncode in statuses, f"berth {' '.join(map(str, words))}: exit "
           f"{done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def check_by_command(data):
    """`berth verify` reads every byte and finds nothing wrong."""
    told = json.loads(berth("verify", "--data", data, "--output", "json", statuses=(0, 3)))
    wrong = [one for one in told["findings"] if one["kind"] not in LEFT_BY_CRASHES]
    expect(not wrong, f"berth verify: {wrong[:5]}")
