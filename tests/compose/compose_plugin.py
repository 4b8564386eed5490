# SPDX-License-Identifier: Apache-2.0
"""The plugin `docker compose`, which Debian 12 has not: from the next Debian, where it is not installed."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
SUITE = os.environ.get("FAIRLEAD_COMPOSE_SUITE", "trixie")  # or sid, for the newest
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
PLUGIN = "usr/libexec/docker/cli-plugins"


def fetch():
    """A directory for DOCKER_CONFIG that has the plugin, of the package docker-compose. apt checks it against what
    Debian has signed, with lists of its own: the system's are as they were. OSError or CalledProcessError when it
    cannot be had."""
    place = ROOT / "build/compose-plugin" / SUITE
    if not (place / "cli-plugins/docker-compose").exists():
        _download(place)
        subprocess.run(["dpkg-deb", "--extract", *place.glob("docker-compose_*.deb"), place], check=True)
        (place / "cli-plugins").symlink_to(place / PLUGIN)
    return place


def _download(place):
    for directory in "lists/partial", "cache/archives/partial":
        (place / directory).mkdir(parents=True, exist_ok=True)
    (place / "sources.list").write_text(f"deb [signed-by={KEYS}] {MIRROR} {SUITE} main\n")
    settings = {"Dir::Etc::sourcelist": place / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
                "Dir::State": place, "Dir::State::lists": place / "lists", "Dir::State::status": "/dev/null",
                "Dir::Cache": place / "cache", "APT::Sandbox::User": ""}
    apt = ["apt-get", "--quiet", *(f"-o{name}={value}" for name, value in settings.items())]
    subprocess.run([*apt, "update", "--error-on=any"], check=True, capture_output=True)
    subprocess.run([*apt, "download", "docker-compose"], check=True, capture_output=True, cwd=place)
