# SPDX-License-Identifier: Apache-2.0
"""Real processes for integration tests: fairlead, pdns_server, nginx, dig.

Every test program has loopback addresses of its own, so that programs run side by side. Nothing
sleeps for a fixed time: wait_for() asks until an answer comes or a deadline passes. Processes are
stopped by the object that started them, and die with the test (PR_SET_PDEATHSIG). What a sanitizer
finds in one of them, in an instrumented build, fails the test program.
"""

import contextlib
import ctypes
import dataclasses
import errno
import fcntl
import itertools
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAIRLEAD = os.path.abspath(os.environ.get("FAIRLEAD", ROOT / "build/release/fairlead"))
PDNS_CONF = ROOT / "pdns-conf"
BUILD_MMDB = ROOT / "geo/build-mmdb"
os.environ["PATH"] += ":/usr/sbin:/sbin"

SANITIZERS = [name for name in os.environ.get("SANITIZERS", "").split(",") if name]  # that fairlead is built with
SKIPPED = 77  # what ctest takes for "not run"
NEEDED = ("pdns_server", "dig", "nginx", "openssl")
# A process that takes this long to start or to stop is a failure. Far above what it takes.
PATIENCE_S = 20
# An instrumented program takes several times as long for anything.
SLOWNESS = 3 if SANITIZERS else 1
# What would otherwise wait for ever for a program or its reply.
LIMIT_S = PATIENCE_S * SLOWNESS


def main():
    """What every test program ends with."""
    missing = [program for program in NEEDED if not shutil.which(program)]
    if missing:
        print("skipped, not installed:", ", ".join(missing))
        sys.exit(SKIPPED)
    with sanitizer_reports() as reports:
        passed = unittest.main(verbosity=2, exit=False).result.wasSuccessful()
        found = sorted(reports.iterdir())
        for report in found:
            print(f"\nFAILED, found by a sanitizer ({report.name}):\n{report.read_text(errors='replace')}",
                  file=sys.stderr)
    sys.exit(not passed or bool(found))


@contextlib.contextmanager
def sanitizer_reports():
    """The directory in which each process started from here on, by whomever, leaves what a sanitizer finds in it:
    a report is seen whatever becomes of the process, its exit status and its output."""
    with tempfile.TemporaryDirectory(prefix="fairlead-sanitizer-") as directory:
        os.chmod(directory, 0o1777)  # for processes that are not root, too
        for variable in "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS":
            given = os.environ.get(variable, "")
            os.environ[variable] = f"{given}:log_exe_name=1:log_path={directory}/report"
        yield pathlib.Path(directory)


def wait_for(condition, what, seconds=PATIENCE_S):
    """The first true value of condition(), asked every few milliseconds; an error after `seconds`, as an ordinary
    build takes them.

    `what` should have happened; a function of no arguments is called for it when it has not.
    """
    deadline = time.monotonic() + seconds * SLOWNESS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(
                f"not within {seconds * SLOWNESS:.1f} s: {what() if callable(what) else what}")
        threading.Event().wait(0.005)


def loopback(number):
    """One of 250 loopback addresses that no other running test program uses."""
    pid = os.getpid()
    return f"127.{128 + (pid >> 8) % 127}.{pid % 256}.{number}"


# Below those that the kernel gives to whoever asks for any, on whatever address.
_ports = itertools.count(random.randrange(12768))


def free_port(address):
    """Of TCP and of UDP: one that nobody has, that nobody gets by chance, and that no other call here has returned."""
    while True:
        port = 20000 + next(_ports) % 12768
        try:
            with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
                tcp.bind((address, port))
                udp.bind((address, port))
                return port
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise


def enter_network_namespace():
    """This process, and what it starts from here on, gets a network of its own: a loopback that is up, with the
    kernel's defaults, and nothing else. OSError if it may not."""
    clone_newnet = 0x40000000
    if ctypes.CDLL(None, use_errno=True).unshare(clone_newnet) != 0:
        raise OSError(ctypes.get_errno(), "no network namespace")
    with socket.socket() as control:
        up = struct.pack("16sh", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(control, 0x8914, up)  # SIOCSIFFLAGS


def _prepare_child():
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs inherit "ignored"
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Process:
    """A child with a log file."""

    def __init__(self, directory, name, arguments, **options):
        self.name = name
        self.log_path = directory / f"{name}.log"
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_prepare_child, **options)

    @property
    def pid(self):
        return self.child.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def running(self):
        return self.child.poll() is None

    def wait_until(self, condition, what, seconds=PATIENCE_S):
        """wait_for, and an error with the log at once when the process ends."""
        def checked():
            if not self.running():
                raise AssertionError(
                    f"{self.name} ended with {self.child.returncode}:\n{self.log()}")
            return condition()
        return wait_for(checked, lambda: f"{self.name} {what}\n{self.log()[-2000:]}", seconds)

    def send(self, number):
        self.child.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """Its exit status."""
        if self.running():
            self.child.send_signal(signal.SIGCONT)
            self.child.send_signal(number)
        try:
            return self.child.wait(PATIENCE_S * SLOWNESS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"{self.name} did not stop\n{self.log()[-2000:]}") from None

    def kill(self):
        return self.stop(signal.SIGKILL)


class Fairlead(Process):
    def __init__(self, directory, config, name="fairlead", through=()):
        """`through`: words before the command, of a program that goes on as another one."""
        super().__init__(directory, name, [*through, FAIRLEAD, "serve", "-c", config])

    def wait_ready(self):
        self.wait_until(lambda: re.search(r"\bready\b", self.log()), "is ready")
        return self

    def stop(self, number=signal.SIGTERM):
        """An error, too, when it ended otherwise than well, or than by a test's SIGKILL."""
        code = super().stop(number)
        if code not in (0, -signal.SIGKILL):
            raise AssertionError(f"{self.name} ended with {code}\n{self.log()[-2000:]}")
        return code


class PowerDns(Process):
    """pdns-conf/pdns.conf as it is, but for the address, the socket and further `options`; without a socket PowerDNS's
    own defaults."""

    def __init__(self, directory, address, backend_socket, *options, timeout_ms=1000,
                 name="pdns"):
        self.address, self.port = address, free_port(address)
        home = directory if name == "pdns" else directory / f"{name}-home"
        home.mkdir(exist_ok=True)
        self.control_socket = home / "pdns.controlsocket"
        self.directory, self.backend_socket, self.timeout_ms = directory, backend_socket, timeout_ms
        behind = ([f"--config-dir={PDNS_CONF}", f"--{self._connection(timeout_ms)}"] if backend_socket
                  else [f"--config-dir={home}"])
        super().__init__(directory, name, [
            "pdns_server", *behind, f"--socket-dir={home}",
            f"--local-address={address}", f"--local-port={self.port}",
            "--daemon=no", "--guardian=no", "--disable-syslog", "--write-pid=no",
            "--security-poll-suffix=", *options])

    def _connection(self, timeout_ms):
        return f"remote-connection-string=unix:path={self.backend_socket},timeout={timeout_ms}"

    def wait_ready(self):
        self.wait_until(lambda: self.dig("version.bind", "CH", "TXT", "+timeout=1").status,
                        "answers")
        return self

    def control(self, *command):
        """What PowerDNS answers on its control socket, as to pdns_control."""
        return self.control_with(self.control_socket, *command)

    def version(self):
        """(5, 1, 5)."""
        return tuple(int(number) for number in re.findall(r"\d+", self.control("version"))[:3])

    @staticmethod
    def control_with(path, *command):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(LIMIT_S)
            client.connect(str(path))
            client.sendall(" ".join(command).encode() + b"\n")
            return client.makefile().read()

    def dig_arguments(self, *arguments):
        return ["dig", "-r", f"@{self.address}", "-p", str(self.port), "+tries=2", "+timeout=3",
                *arguments]

    def util(self, *arguments):
        """What pdnsutil prints with the same backend; an error when it fails."""
        home = self.directory / "pdnsutil"
        home.mkdir(exist_ok=True)
        lines = (PDNS_CONF / "pdns.conf").read_text().splitlines()
        kept = [line for line in lines if not line.startswith("remote-connection-string")]
        timeout_ms = max(self.timeout_ms, 1000 * LIMIT_S)  # a change is on the disk when it is answered
        (home / "pdns.conf").write_text("\n".join([*kept, self._connection(timeout_ms)]) + "\n")
        run = subprocess.run(["pdnsutil", f"--config-dir={home}", *arguments],
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise AssertionError(f"pdnsutil {arguments}: {run.stdout}{run.stderr}")
        return run.stdout

    def dig(self, *arguments):
        return Reply.parse(self._output_of_dig(*arguments))

    def transfer(self, zone):
        """The records of `zone` as a secondary would get them."""
        lines = self._output_of_dig(zone, "AXFR").splitlines()
        return [record for record in map(Record.parse, lines) if record]

    def _output_of_dig(self, *arguments):
        return subprocess.run(self.dig_arguments(*arguments),
                              capture_output=True, text=True, check=False).stdout

    def a(self, name, *arguments):
        """The addresses in the answer for `name`, sorted."""
        return self.dig(name, "A", *arguments).data("A")

    def many(self, name, count, *arguments):
        """`count` answers for `name` A, asked one after the other by one dig."""
        batch = "\n".join([" ".join([name, "A", *arguments])] * count) + "\n"
        run = subprocess.run(self.dig_arguments("+short", "-f", "-"), input=batch,
                             capture_output=True, text=True, check=True)
        return run.stdout.split()


@dataclasses.dataclass
class Record:
    name: str
    ttl: int
    type: str
    data: str

    @classmethod
    def parse(cls, line):
        found = re.match(r"([^;\s]\S*)\s+(\d+)\s+IN\s+(\S+)\s+(.*)", line)
        return found and cls(found[1], int(found[2]), found[3], found[4])


@dataclasses.dataclass
class Reply:
    """What dig printed. `status` is empty when nothing came back."""
    status: str = ""
    flags: tuple = ()
    scope: int | None = None  # of the EDNS client subnet; None without one
    answer: list = dataclasses.field(default_factory=list)
    authority: list = dataclasses.field(default_factory=list)
    additional: list = dataclasses.field(default_factory=list)

    def data(self, record_type):
        return sorted(record.data for record in self.answer if record.type == record_type)

    @classmethod
    def parse(cls, text):
        reply, section = cls(), None
        for line in text.splitlines():
            if found := re.search(r"status: (\w+)", line):
                reply.status = found[1]
            elif found := re.match(r";; flags: ([\w ]*);", line):
                reply.flags = tuple(found[1].split())
            elif found := re.match(r"; CLIENT-SUBNET: \S+/(\d+)/(\d+)", line):
                reply.scope = int(found[2])
            elif found := re.match(r";; (\w+) SECTION:", line):
                section = getattr(reply, found[1].lower(), None)
            elif section is not None and (record := Record.parse(line)):
                section.append(record)
        return reply


def create_bind_db(config_directory, path):
    """A database for keys of the bind backend. False: this pdnsutil cannot load that backend, as that of PowerDNS 5.1.5
    in Debian."""
    run = subprocess.run(["pdnsutil", f"--config-dir={config_directory}", "create-bind-db", path], capture_output=True,
                         text=True, check=False)
    if run.returncode != 0 and "Unable to load module" not in run.stderr:
        raise AssertionError(run.stderr)
    return run.returncode == 0


def run_delv(command):
    """Of a server that does not answer delv says so after 10 s. It may never end though, answered or not: BIND 9.18's
    isc_app_ctxrun looks whether the result has come before it takes the lock to wait for it. Run again, then."""
    for _ in range(3):
        try:
            return subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
        except subprocess.TimeoutExpired as hung:
            given_up = hung
    raise AssertionError(f"three times: {given_up}")


class Validator:
    """delv, which believes nothing but the key that `server` has of `zone` at this moment."""

    VALID = "; fully validated"
    DENIED = "; negative response, fully validated"
    UNSIGNED = "; unsigned answer"  # and it is proved that it need not be signed

    def __init__(self, directory, server, zone, beside=None):
        """`beside`: a validator whose key is not the one."""
        keys = [data for data in server.dig(zone, "DNSKEY").data("DNSKEY")
                if data.startswith("257 ") and not (beside and data == beside.key)]
        assert len(keys) == 1, keys
        self.key = keys[0]
        flags, protocol, algorithm, *key = self.key.split()
        anchor = directory / f"{zone}.{'second.' if beside else ''}anchor"
        anchor.write_text(f'trust-anchors {{ {zone}. static-key {flags} {protocol} {algorithm} '
                          f'"{"".join(key)}"; }};\n')
        self._command = ["delv", f"@{server.address}", "-p", str(server.port), "-a", anchor,
                         f"+root={zone}"]

    def ask(self, name, kind, *arguments):
        """All that it says: one of the above, and the records."""
        run = run_delv([*self._command, *arguments, name, kind])
        return run.stdout + run.stderr


class Nginx(Process):
    """A web server that answers every path with 200 and its name. `tls`: a Certificate."""

    def __init__(self, directory, name, address, port, tls=None):
        home = directory / name
        home.mkdir(exist_ok=True)
        secure = f"ssl_certificate {tls.chain}; ssl_certificate_key {tls.key};" if tls else ""
        temporary = " ".join(f"{kind}_temp_path {home};" for kind in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (home / "nginx.conf").write_text(textwrap.dedent(f"""\
            daemon off; master_process off; pid {home}/pid; error_log stderr;
            events {{ worker_connections 1024; }}
            http {{
                access_log off; {temporary}
                server {{
                    listen {address}:{port} {"ssl" if tls else ""}; {secure}
                    location / {{ return 200 "{name}\\n"; }}
                }}
            }}
            """))
        super().__init__(directory, name,
                         ["nginx", "-e", "stderr", "-p", home, "-c", home / "nginx.conf"])
        self.wait_until(lambda: connects(address, port), "listens")


class Dnsmasq(Process):
    """A resolver that knows the names in its file."""

    def __init__(self, directory, address, port):
        self.hosts = directory / "hosts"
        self.hosts.write_text("")
        super().__init__(directory, "dnsmasq", [
            "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-hosts", "--no-resolv",
            "--user=root", "--pid-file=", f"--port={port}", f"--listen-address={address}",
            "--bind-interfaces", f"--addn-hosts={self.hosts}", "--local-ttl=1", "--local=/net/",
            "--log-queries", "--log-facility=-"])
        self.wait_until(lambda: "started" in self.log(), "has started")

    def set(self, **names):
        """NAME.example.net has this address, or these; no other name is there."""
        reads = self.log().count(f"read {self.hosts}")
        self.hosts.write_text("".join(
            f"{address} {name}.example.net\n" for name, addresses in names.items()
            for address in ([addresses] if isinstance(addresses, str) else addresses)))
        self.send(signal.SIGHUP)
        self.wait_until(lambda: self.log().count(f"read {self.hosts}") > reads, "has read it")


class Listener:
    """A socket that listens at a path, or at an address and port; serve() has each connection, one after the other,
    until stop()."""

    def __init__(self, at):
        if isinstance(at, tuple):
            self.listener = socket.create_server(at)
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(at))
            self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            self.serve(peer)

    def serve(self, peer):
        raise NotImplementedError

    def stop(self):
        """More than once does no harm."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # ends accept()
        except OSError:
            return
        self.listener.close()


class TcpListener(Listener):
    """A port that accepts connections and says nothing."""

    def __init__(self, address, port):
        self.accepted = 0
        super().__init__((address, port))

    def serve(self, peer):
        peer.close()
        self.accepted += 1


def connects(address, port):
    try:
        socket.create_connection((address, port), 1).close()
        return True
    except OSError:
        return False


class Authority:
    """A certificate authority of one's own."""

    def __init__(self, directory):
        self.directory = directory
        self.certificate, self._key = directory / "ca.pem", directory / "ca.key"
        self._openssl("req", "-x509", "-subj", "/CN=Test authority", "-keyout", self._key,
                      "-out", self.certificate, "-days", "2", *self._new_key)

    _new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")

    def certificate_for(self, host):
        stem = self.directory / host
        key, chain, request = (stem.with_name(f"{host}.{end}") for end in ("key", "pem", "csr"))
        self._openssl("req", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}",
                      "-keyout", key, "-out", request, *self._new_key)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key,
                      "-CAcreateserial", "-copy_extensions", "copy", "-out", chain, "-days", "2")
        return Certificate(chain, key)

    def self_signed(self, host):
        """One that this authority knows nothing of."""
        stem = self.directory / f"self-signed-{host}"
        key, chain = stem.with_name(f"{stem.name}.key"), stem.with_name(f"{stem.name}.pem")
        self._openssl("req", "-x509", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}",
                      "-keyout", key, "-out", chain, "-days", "2", *self._new_key)
        return Certificate(chain, key)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@dataclasses.dataclass
class Certificate:
    chain: pathlib.Path
    key: pathlib.Path


class SteeringTest(unittest.TestCase):
    """A class of tests around one fairlead and one PowerDNS.

    A subclass sets `config` (YAML; `server:` is added) or overrides make_config(), and may start
    endpoints in prepare(). serve() and directory are for tests that need no PowerDNS, too.
    """

    config = ""
    with_pdns = True
    through = ()  # fairlead is started: see Fairlead
    pdns_options = ()
    pdns_timeout_ms = 1000

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="fairlead-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.socket = cls.directory / "pdns.sock"
        cls.prepare()
        if cls.with_pdns:
            cls.config_path = cls.write_config(cls.make_config())
            cls.fairlead = cls.start(
                Fairlead(cls.directory, cls.config_path, through=cls.through)).wait_ready()
            cls.pdns = cls.start(PowerDns(cls.directory, loopback(250), cls.socket,
                                          *cls.pdns_options,
                                          timeout_ms=cls.pdns_timeout_ms)).wait_ready()

    @classmethod
    def prepare(cls):
        """Before fairlead starts."""

    @classmethod
    def make_config(cls):
        return cls.config

    @classmethod
    def server_keys(cls):
        """Further `key: value, ...` of `server`, in every configuration that is written."""
        return ""

    @classmethod
    def tells_pdns(cls):
        """The key by which fairlead purges what self.pdns has cached."""
        return f"pdns_control: {cls.directory}/pdns.controlsocket"

    @classmethod
    def write_config(cls, text, name="fairlead.yaml"):
        path = cls.directory / name
        keys = ", ".join(filter(None, [f"socket: {cls.socket}", f"state_dir: {cls.directory}", cls.server_keys()]))
        path.write_text(f"server: {{{keys}}}\n" + textwrap.dedent(text))
        return path

    @classmethod
    def start(cls, process):
        """Has `process` stopped at the end of the class."""
        cls.addClassCleanup(process.stop)
        return process

    @classmethod
    def build_mmdb(cls, table, name="fixture.mmdb"):
        """A database from rows as geo/build-mmdb --fixture takes them."""
        spec, database = cls.directory / f"{name}.csv", cls.directory / name
        spec.write_text("database_type: fairlead-City\nip_version: 6\nrecord_size: 28\n\n"
                        + textwrap.dedent(table))
        subprocess.run([BUILD_MMDB, "--fixture", spec, "--output", database],
                       check=True, capture_output=True)
        return database

    def wait_for_answer(self, name, expected, seconds):
        """Until dig shows exactly `expected`; an error after `seconds`. One that the machine loses is asked again."""
        wait_for(lambda: self.pdns.a(name, "+timeout=1") == sorted(expected),
                 lambda: f"{name} is {sorted(expected)} but {self.pdns.a(name)}\n"
                         f"{self.fairlead.log()[-2000:]}", seconds)
