# SPDX-License-Identifier: Apache-2.0
"""The Debian package: made by cpack, judged by lintian, installed in a clean Debian 12, upgraded, purged.

Needs root and a mirror of Debian, and takes minutes, most of it for the clean system. That is kept out of ctest:
    python3 -B tests/package/package_test.py [BUILD_DIRECTORY]
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else ROOT / "build/release").resolve()
UNIT = ROOT / "packaging/systemd/fairlead.service"
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
SUITE = "bookworm"
NEEDED = ("cpack", "lintian", "debootstrap", "dpkg-deb", "systemd-analyze", "unshare")
CONFIG = "etc/fairlead/fairlead.yaml"
SKIPPED = 77
PATIENCE_S = 30


def what_is_missing():
    """Why this cannot run here; nothing when it can."""
    missing = [program for program in NEEDED if not shutil.which(program)]
    if missing:
        return "not installed: " + ", ".join(missing)
    if os.geteuid() != 0:
        return "debootstrap needs root"
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", "mount -t tmpfs none /mnt"],
                      capture_output=True, check=False).returncode:
        return "this root may not mount"
    with tempfile.TemporaryDirectory() as directory:  # as debootstrap tries it
        if subprocess.run(["sh", "-c", 'mknod "$0/null" c 1 3 && echo >"$0/null"', directory],
                          capture_output=True, check=False).returncode:
            return "this root may not make devices in " + directory
    try:
        urllib.request.urlopen(f"{MIRROR}/dists/{SUITE}/InRelease", timeout=20).close()
    except OSError as error:
        return f"no mirror at {MIRROR}: {error}"
    return ""


def run(*command, **options):
    """Its output; an error with all of it when it fails."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-6000:]}")
    return done.stdout


class Chroot:
    """A clean Debian. Each command gets mounts and processes of its own, which end with it."""

    def __init__(self, root):
        self.root = root
        run("debootstrap", "--variant=minbase", SUITE, root, MIRROR)
        # No init runs in here: nothing is to be started by an installation.
        policy = root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        (root / "etc/dpkg/dpkg.cfg.d/quick").write_text("force-unsafe-io\n")
        self.run("apt-get", "update", "-q")

    def command(self, *command):
        inside = ('mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && '
                  'exec chroot "$0" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"')
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", inside,
                str(self.root), *map(str, command)]

    def run(self, *command):
        return run(*self.command(*command))

    def install(self, package, *options):
        shutil.copy(package, self.root / "tmp/fairlead.deb")
        return self.run("apt-get", "install", "-y", "-q", "--no-install-recommends", *options, "/tmp/fairlead.deb")

    def owner(self, path):
        return self.run("stat", "-c", "%U:%G %a", "/" + path).strip()

    def traces(self):
        """What has fairlead in its name."""
        return self.run("find", "/", "-xdev", "-path", "/proc", "-prune", "-o",
                        "-iname", "*fairlead*", "-print").split()


def ask(path, method, **parameters):
    """What fairlead answers to one request of PowerDNS, once it listens."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(PATIENCE_S)
                client.connect(str(path))
                client.sendall(json.dumps({"method": method, "parameters": parameters}).encode() + b"\n")
                return json.loads(client.makefile().readline())["result"]
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class Package(unittest.TestCase):
    """In the order of a package's life: the tests build on each other, and are numbered for it."""

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="deb-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        run("cpack", "-G", "DEB", "-B", cls.directory / "cpack", cwd=BUILD)
        cls.deb, = (cls.directory / "cpack").glob("*.deb")
        cls.chroot = Chroot(cls.directory / "root")

    @classmethod
    def next_version(cls):
        """The package once more: a later revision, with another configuration as it comes."""
        tree = cls.directory / "next"
        run("dpkg-deb", "-R", cls.deb, tree)
        control = tree / "DEBIAN/control"
        lines = control.read_text().splitlines()
        control.write_text("".join(line + ("+next" if line.startswith("Version:") else "") + "\n" for line in lines))
        with open(tree / CONFIG, "a", encoding="utf-8") as config:
            config.write("# a line of the next version\n")
        (tree / "DEBIAN/md5sums").unlink(missing_ok=True)
        run("dpkg-deb", "-b", tree, cls.directory / "next.deb")
        return cls.directory / "next.deb"

    def test_1_lintian_has_nothing_to_say(self):
        run("lintian", "--fail-on", "warning", "--allow-root", self.deb)

    def test_2_the_unit_is_hardened(self):
        run("systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT)

    def test_3_it_installs_in_a_clean_debian(self):
        self.chroot.install(self.deb)
        self.assertIn("fairlead", self.chroot.run("fairlead", "version"))
        self.assertEqual(self.chroot.owner(CONFIG), "root:fairlead 640")
        self.assertEqual(self.chroot.owner("etc/fairlead"), "root:fairlead 750")
        self.assertTrue(os.path.lexists(
            self.chroot.root / "etc/systemd/system/multi-user.target.wants/fairlead.service"))
        self.chroot.run("fairlead", "check", "--strict", "/" + CONFIG)
        self.chroot.run("dpkg", "--verify", "fairlead")

    def test_4_it_answers_as_its_own_user(self):
        # What systemd makes of User, Group, SupplementaryGroups, RuntimeDirectory and StateDirectory.
        for directory in ("run/fairlead", "var/lib/fairlead"):
            self.chroot.run("install", "-d", "-o", "fairlead", "-g", "pdns", "-m", "750", "/" + directory)
        serving = subprocess.Popen(self.chroot.command(
            "setpriv", "--reuid=fairlead", "--regid=pdns", "--groups=fairlead", "--no-new-privs", "--inh-caps=-all",
            "fairlead", "serve", "-c", "/" + CONFIG))
        try:
            answer = ask(self.chroot.root / "run/fairlead/pdns.sock", "lookup", qtype="TXT",
                         qname="fairlead.example.com.", remote="192.0.2.1", local="192.0.2.53", zone_id=-1)
            self.assertIn('"fairlead answers"', [record["content"] for record in answer])
            self.assertIn("fairlead.example.com", self.chroot.run("fairlead", "list", "records"))
            self.assertIn("fairlead", self.chroot.run("fairlead", "status"))
            self.chroot.run("fairlead", "ping")
            self.assertEqual(self.chroot.owner("run/fairlead/admin.sock"), "fairlead:pdns 600")
        finally:
            # What unshare started: with its user it has lost what would end it together with unshare.
            children = pathlib.Path(f"/proc/{serving.pid}/task/{serving.pid}/children")
            for child in children.read_text().split():
                os.kill(int(child), signal.SIGTERM)
            self.assertEqual(serving.wait(PATIENCE_S), 0)

    def test_5_an_upgrade_keeps_what_was_changed(self):
        config = self.chroot.root / CONFIG
        config.write_text(config.read_text() + "# a line of the operator\n")
        changed = config.read_text()
        self.chroot.install(self.next_version(), "-o", "Dpkg::Options::=--force-confdef",
                            "-o", "Dpkg::Options::=--force-confold")
        self.assertIn("+next", self.chroot.run("dpkg-query", "-W", "-f", "${Version}", "fairlead"))
        self.assertEqual(config.read_text(), changed)
        self.assertEqual(self.chroot.owner(CONFIG), "root:fairlead 640")

    def test_6_a_removal_keeps_the_configuration_and_a_purge_leaves_nothing(self):
        self.chroot.run("apt-get", "remove", "-y", "-q", "fairlead")
        self.assertTrue((self.chroot.root / CONFIG).exists())
        (self.chroot.root / "var/lib/fairlead").mkdir(exist_ok=True)
        (self.chroot.root / "var/lib/fairlead/state.json").touch()
        self.chroot.run("apt-get", "purge", "-y", "-q", "fairlead")
        self.chroot.run("rm", "/tmp/fairlead.deb")
        self.assertEqual(self.chroot.traces(), [])


if __name__ == "__main__":
    why_not = what_is_missing()
    if why_not:
        print("skipped:", why_not)
        sys.exit(SKIPPED)
    unittest.main(verbosity=2, failfast=True)
