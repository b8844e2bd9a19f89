# SPDX-License-Identifier: Apache-2.0
"""The daemons behind docker and ctr: one of our own each, stopped by its process."""

import subprocess
import time

from commands import run

START_SECONDS_MAX = 40


class Engine:
    def __init__(self, world, name):
        self.folder = world.folder / name
        self.folder.mkdir()
        self.world = world
        self.log = self.folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(each) for each in self.command()], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=world.environment(self.folder / "home"))
        self._await()

    def _await(self):
        last = None
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            last = run(self.question(), seconds=10)
            if last.status == 0:
                return
            time.sleep(0.1)
        text = self.log.read_text(errors="replace")[-3000:]
        self.stop()
        answer = last.told() if last else "no answer"
        raise RuntimeError(f"{self.folder.name} does not start\n{answer}\n{text}")

    def stop(self):
        """Its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Dockerd(Engine):
    @property
    def address(self):
        return f"unix://{self.folder}/d.sock"

    def command(self):
        return ["dockerd", "--data-root", self.folder / "root", "--exec-root", self.folder / "exec",
                "--pidfile", self.folder / "pid", "-H", self.address, "--storage-driver", "vfs",
                "--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
                "--ip-masq=false", "--exec-opt", "native.cgroupdriver=cgroupfs"]

    def question(self):
        return ["docker", "-H", self.address, "info"]


class Containerd(Engine):
    @property
    def socket(self):
        return self.folder / "c.sock"

    def command(self):
        config = self.folder / "config.toml"
        config.write_text(f"""version = 2
root = "{self.folder}/root"
state = "{self.folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
oom_score = 0
[grpc]
  address = "{self.socket}"
[ttrpc]
  address = "{self.socket}.ttrpc"
""")
        return ["containerd", "--config", config]

    def question(self):
        return ["ctr", "--address", self.socket, "version"]
