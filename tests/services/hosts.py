"""Linux network namespaces as hosts: each has its own name and two cables, one to the servers, one to the world."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.services.conftest import missing
from tests.services.relay import carry

_NAMED = 'hostname "$0" && exec "$@"'


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@dataclass(frozen=True)
class Host:
    """One of them."""

    name: str

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], log: IO[bytes] | int
    ) -> subprocess.Popen[bytes]:
        """A process on it, which takes the host's name for that of the machine."""
        there = ["ip", "netns", "exec", self.name, "unshare", "--uts", "sh", "-c", _NAMED, self.name, *command]
        return subprocess.Popen(there, env=dict(environment), stdout=log, stderr=log)

    def unplug(self) -> None:
        """Cut it off from the servers without a word: what it sends, and what is sent to it, is lost."""
        _ip("link", "set", f"{self.name}-s", "down")

    def plug(self) -> None:
        """Put that cable back."""
        _ip("link", "set", f"{self.name}-s", "up")


@dataclass(frozen=True)
class Network:
    """Some hosts, and the addresses at which they find this machine."""

    servers: str
    """Where database and queue are to listen."""
    world: str
    """Where the remotes are carried to."""
    hosts: tuple[Host, ...]

    @contextmanager
    def carrying(self, ports: Sequence[int]) -> Iterator[None]:
        """Let each host find ports of this machine's loopback on its own loopback."""
        carry(self.world, "127.0.0.1", ports)
        with ExitStack() as stack:
            for host in self.hosts:
                words = [sys.executable, "-m", "tests.services.relay", "127.0.0.1", self.world, *map(str, ports)]
                relay = host.start(words, os.environ, subprocess.PIPE)
                stack.callback(relay.wait)
                stack.callback(relay.kill)
                assert relay.stdout is not None and relay.stdout.readline(), "the relay did not start"
            yield


@contextmanager
def network(count: int) -> Iterator[Network]:
    """So many hosts, which are gone afterwards."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        missing("no namespaces without root and ip (iproute2)")
    tag = f"cd{random.randrange(16**4):04x}"
    nets = [f"10.{random.randrange(64, 256)}.{random.randrange(256)}" for _ in range(2)]
    hosts = tuple(Host(f"{tag}{letter}") for letter in "abcdef"[:count])
    bridges = {"s": f"{tag}-s", "w": f"{tag}-w"}
    with ExitStack() as stack:
        for bridge, net in zip(bridges.values(), nets, strict=True):
            _ip("link", "add", bridge, "type", "bridge")
            stack.callback(_ip, "link", "del", bridge)
            _ip("addr", "add", f"{net}.1/24", "dev", bridge)
            _ip("link", "set", bridge, "up")
        for number, host in enumerate(hosts, start=2):
            _ip("netns", "add", host.name)
            stack.callback(_ip, "netns", "del", host.name)
            _ip("-n", host.name, "link", "set", "lo", "up")
            for (cable, bridge), net in zip(bridges.items(), nets, strict=True):
                _ip("link", "add", f"{host.name}-{cable}", "type", "veth", "peer", cable, "netns", host.name)
                _ip("link", "set", f"{host.name}-{cable}", "master", bridge, "up")
                _ip("-n", host.name, "addr", "add", f"{net}.{number}/24", "dev", cable)
                _ip("-n", host.name, "link", "set", cable, "up")
        yield Network(f"{nets[0]}.1", f"{nets[1]}.1", hosts)


def fresh_home(folder: Path, name: str, key: Path) -> Path:
    """An empty home folder that holds nothing but the key that all hosts share."""
    home = folder / name
    home.mkdir(mode=0o700)
    shutil.copy(key, home / "key")
    return home
