"""What the lab needs, and in plain words what of it this machine lacks."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from bench.netlab.firefox import FIREFOX
from tests.browser.people import CHROMIUM

PROGRAMS = {  # program: Debian's package
    "ip": "iproute2",
    "ss": "iproute2",
    "sysctl": "procps",
    "ping": "iputils-ping",
    "nft": "nftables",
    "openssl": "openssl",
    "turnserver": "coturn",
    CHROMIUM: "chromium",
    "espeak-ng": "espeak-ng",
}
FOR_FIREFOX = {FIREFOX: "firefox-esr", "certutil": "libnss3-tools"}
MODULES = ("numpy", "pystoi")


def missing(*, speech: bool = True, firefox: bool = True) -> list[str]:
    """One line for each thing that is missing, with what to do; empty when the lab can run."""
    if not sys.platform.startswith("linux"):
        return ["Linux: the lab is made of network namespaces, which no other system has"]
    found = []
    if os.geteuid() != 0:
        found.append("root: only root may make network namespaces (run it with sudo)")
    if not Path("/dev/net/tun").exists():
        found.append("/dev/net/tun: the lines are TUN devices (modprobe tun)")
    packages: dict[str, list[str]] = {}
    for program, package in (PROGRAMS | (FOR_FIREFOX if firefox else {})).items():
        if not shutil.which(program):
            packages.setdefault(package, []).append(program)
    for package, programs in packages.items():
        found.append(f"{', '.join(programs)}: apt install {package}")
    if speech and any(importlib.util.find_spec(module) is None for module in MODULES):
        found.append(
            f"{' and '.join(MODULES)}, which judge the speech: "
            "pip install -r bench/requirements.txt (or run with --no-speech)"
        )
    return found
