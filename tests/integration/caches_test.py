# SPDX-License-Identifier: Apache-2.0
"""PowerDNS's caches keep what depends on health alone, and forget it when it changes."""

import json
import random
import signal
import socket
import struct
import subprocess
import threading
import time
import urllib.request

from harness import (FAIRLEAD, LIMIT_S, Fairlead, Listener, PowerDns, SteeringTest, TcpListener,
                     free_port, loopback, main, wait_for)

FIRST, SECOND = loopback(1), loopback(2)
PORT = free_port(FIRST)
# The last purge comes 3 s after a verdict, for a PowerDNS that waits a second for its backend; from
# then on no answer is old. Usually it is right much sooner.
SETTLED_S = 3 + 2
SOON_S = 5


class Client(threading.Thread):
    """Asks for the address of one of these names of example.com again and again, and keeps when it asked, when and
    what came."""

    def __init__(self, pdns, labels=("www",)):
        super().__init__(daemon=True)
        self.server, self.answers, self.going_on = (pdns.address, pdns.port), [], True
        self.labels = [label.encode() for label in labels]
        self.error = None
        self.start()

    def run(self):
        try:
            self._ask()
        except Exception as error:  # for who waits for this thread
            self.error = error

    def _ask(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(20)
            udp.connect(self.server)
            number = 0
            while self.going_on:
                number = (number + 1) % 65536
                label = random.choice(self.labels)
                name = bytes([len(label)]) + label + b"\x07example\x03com\x00"
                asked = time.monotonic()
                udp.send(struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + name
                         + struct.pack(">HH", 1, 1))
                reply = udp.recv(4096)
                self.answers.append((asked, time.monotonic(), socket.inet_ntoa(reply[-4:])))

    def stop(self):
        self.going_on = False
        self.join()
        if self.error:
            raise self.error
        return self.answers


class SlowWay(Listener):
    """Between PowerDNS and its backend: what hold() does with a reply to a question for addresses comes before
    PowerDNS has it."""

    def __init__(self, path, backend):
        self.backend = backend
        super().__init__(path)

    def hold(self):
        raise NotImplementedError

    def serve(self, peer):
        threading.Thread(target=self._pass_on, args=(peer,), daemon=True).start()

    def _pass_on(self, peer):
        with peer, socket.socket(socket.AF_UNIX) as backend:
            backend.connect(str(self.backend))
            replies = backend.makefile("rb")
            for request in peer.makefile("rb"):
                backend.sendall(request)
                reply = replies.readline()
                if b'"qtype": "ANY"' in request:
                    self.hold()
                peer.sendall(reply)


class Holding(SlowWay):
    """The next one, if told to, until it is released."""

    def __init__(self, path, backend):
        self.holding = False
        self.holds, self.released = threading.Event(), threading.Event()
        super().__init__(path, backend)

    def hold(self):
        if self.holding:
            self.holding = False
            self.holds.set()
            self.released.wait()

    def stop(self):
        self.released.set()
        super().stop()


class Dawdling(SlowWay):
    """Each for a while that nobody knows."""

    longest_s = 0.03

    def hold(self):
        time.sleep(random.uniform(0, self.longest_s))


class CachedNames(SteeringTest):
    """Of www, the first target's port is checked."""

    more_records = ""  # of example.com
    controls = ("pdns.controlsocket",)

    @classmethod
    def make_config(cls):
        return f"""\
            health_checks:
              port: {{type: tcp, port: {PORT}, interval: 200ms, timeout: 200ms, fast_interval: 100ms, fall: 1, rise: 1}}
            zones:
              example.com:
                ns: [ns1.example.com.]
                records:
                  ns1: {{A: [192.0.2.53]}}
                  www: {{policy: failover, health_check: port, targets: [{FIRST}, {SECOND}]}}
                  {cls.more_records}
            """

    @classmethod
    def server_keys(cls):
        """The keys of `server` by which PowerDNS is told."""
        return f"pdns_control: [{', '.join(f'{cls.directory}/{path}' for path in cls.controls)}]"

    @classmethod
    def prepare(cls):
        cls.first, cls.second = TcpListener(FIRST, PORT), TcpListener(SECOND, PORT)

    @classmethod
    def tearDownClass(cls):
        for listener in filter(None, (cls.first, cls.second)):
            listener.stop()

    def wait_for_log(self, text, times):
        self.fairlead.wait_until(lambda: self.count(text) >= times, f"says {text}")

    def count(self, text):
        return self.fairlead.log().count(text)

    def flip(self, down):
        """Returns when fairlead has said so."""
        text = "is unhealthy" if down else "is healthy"
        before = self.count(f"{FIRST}:{PORT} {text}")
        if down:
            self.first.stop()
            type(self).first = None
        else:
            type(self).first = TcpListener(FIRST, PORT)
        wait_for(lambda: self.count(f"{FIRST}:{PORT} {text}") > before, text)

    def turn(self, down):
        """From when to when there is one right answer only, after the last purge, and which."""
        right = SECOND if down else FIRST
        self.flip(down)
        said = time.monotonic()
        wait_for(lambda: self.pdns.a("www.example.com") == [right], f"{right} is answered", SOON_S)
        self.wait_until(said + SETTLED_S)
        self.wait_until(said + SETTLED_S + 0.5)
        return said + SETTLED_S, time.monotonic(), right

    @staticmethod
    def wait_until(when):
        wait_for(lambda: time.monotonic() >= when, "time passes")

    def check(self, turns, answers):
        """None was old."""
        for settled, end, right in turns:
            found = [(asked, got) for asked, came, got in answers if settled < asked and came < end]
            self.assertGreater(len(found), 0)
            for asked, got in found:
                self.assertEqual(got, right, f"{asked - settled + SETTLED_S:.3f} s after it")


class NewZone:
    """Of CachedNames, however PowerDNS is told."""

    def reload_with(self, text):
        before = self.count("reloaded")
        self.config_path.write_text(text)
        self.fairlead.send(signal.SIGHUP)
        self.wait_for_log("reloaded", before + 1)

    def test_a_new_zone_is_found_at_once(self):
        self.reload_with(self.config_path.read_text() + (
            "  new.example.net: {ns: [ns1.example.com.], records: {a: {A: 192.0.2.77}}}\n"))
        self.wait_for_answer("a.new.example.net", ["192.0.2.77"], 10)

    def test_a_zone_that_is_new_after_a_restart_is_found_at_once(self):
        self.fairlead.stop()
        text = self.config_path.read_text()
        self.config_path.write_text(text + (
            "  later.example.net: {ns: [ns1.example.com.], records: {a: {A: 192.0.2.78}}}\n"))
        type(self).fairlead = self.start(
            Fairlead(self.directory, self.config_path, "again")).wait_ready()
        # PowerDNS itself looks after 60 s.
        self.wait_for_answer("a.later.example.net", ["192.0.2.78"], 15)


class Caches(NewZone, CachedNames):
    def setUp(self):
        self.wait_for_log("what depends on health alone is cacheable", 1)
        self.wait_for_answer("www.example.com", [FIRST], 10)

    def lookups(self):
        """How often PowerDNS has asked its backend."""
        return int(self.pdns.control("show", "backend-queries"))

    def test_a_failover_name_is_answered_from_the_packet_cache(self):
        self.assertEqual(self.pdns.many("www.example.com", 20), [FIRST] * 20)
        before = self.lookups()
        self.assertEqual(self.pdns.many("www.example.com", 200), [FIRST] * 200)
        # One that fell to the end of cache-ttl, or to a cache that was busy, is none too many.
        self.assertLess(self.lookups() - before, 20)

    def test_no_answer_is_old_after_the_purges_however_hard_it_is_asked(self):
        clients = [Client(self.pdns) for _ in range(8)]
        turns = [self.turn(down=i % 2 == 0) for i in range(4)]
        self.check(turns, [answer for client in clients for answer in client.stop()])

    def test_without_the_channel_nothing_is_cached_until_it_is_back(self):
        control = self.directory / "pdns.controlsocket"
        hidden = control.with_name("hidden")
        before = self.count("cacheable")
        lost = "PowerDNS caches nothing that depends on health"
        lost_before = self.count(lost)  # it was not there yet when fairlead started
        control.rename(hidden)
        wait_for(lambda: self.count(lost) > lost_before, "it is noticed", 3)  # it looks each second
        self.pdns.control_with(hidden, "purge")  # what it has cached until now
        asked = self.lookups_with(hidden)
        self.assertEqual(self.pdns.many("www.example.com", 100), [FIRST] * 100)
        self.assertGreaterEqual(self.lookups_with(hidden) - asked, 100)
        hidden.rename(control)
        self.wait_for_log("cacheable", before + 1)

    def test_a_zone_that_has_gone_is_gone_at_once(self):
        text = self.config_path.read_text()
        self.reload_with(text + "  gone.example.net: {ns: [ns1.example.com.], records: {a: {A: 192.0.2.76}}}\n")
        self.wait_for_answer("a.gone.example.net", ["192.0.2.76"], 10)
        self.reload_with(text)
        wait_for(lambda: self.pdns.dig("a.gone.example.net", "A").status == "REFUSED", "it is refused", 10)

    def doctor(self, *arguments):
        return subprocess.run([FAIRLEAD, "doctor", "-c", self.config_path, *arguments],
                              capture_output=True, text=True, check=False)

    def test_the_doctor_finds_nothing_wrong_with_the_configuration_that_is_shipped(self):
        run = self.doctor()
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn("as steering needs it", run.stdout)

    def test_the_doctor_says_what_is_wrong_with_another_one(self):
        other = self.directory / "other"
        other.mkdir(exist_ok=True)
        self.start(PowerDns(other, loopback(249), self.socket,
                            "--consistent-backends=yes", "--distributor-threads=3")).wait_ready()
        run = self.doctor("--control", other / "pdns.controlsocket", "--json")
        self.assertEqual((run.returncode, run.stderr), (3, ""))
        [examined] = json.loads(run.stdout)
        self.assertEqual([finding["line"] for finding in examined["findings"]],
                         ["consistent-backends=no", "distributor-threads=16"])
        run = self.doctor("--control", other / "nobody")
        self.assertEqual(run.returncode, 1)
        self.assertIn("is pdns_server running", run.stderr)

    def lookups_with(self, control):
        return int(self.pdns.control_with(control, "show", "backend-queries"))


class AnotherConfiguration(CachedNames):
    pdns_options = ("--consistent-backends=yes",)

    def test_what_is_wrong_with_it_is_a_warning_with_the_line_to_write(self):
        self.wait_for_log("consistent-backends=no", 1)
        [said] = [line for line in self.fairlead.log().splitlines() if "consistent-backends=no" in line]
        self.assertRegex(said, r"^\S+ warning PowerDNS at .* has consistent-backends=yes: every steered name is asked "
                               r"for twice.*consistent-backends=no$")


class References(CachedNames):
    """Names under which PowerDNS keeps a steered address too, though it does not stand there."""

    more_records = f"""\
                  "*.wild": {{policy: failover, health_check: port, targets: [{FIRST}, {SECOND}]}}
                  shop: {{CNAME: www.example.com.}}
                  store: {{CNAME: shop.example.com.}}
                  "*.dev": {{CNAME: www.example.com.}}
                  tame: {{CNAME: x.wild.example.com.}}
                  post: {{MX: [10 www.example.com.]}}
                  _sip._tcp: {{SRV: [0 0 5060 www.example.com.]}}
                  below: {{NS: [www.example.com.]}}
    """.strip()
    names = ("www", "a.wild", "b.a.wild", "shop", "store", "a.dev", "tame")
    additional = (("post", "MX"), ("_sip._tcp", "SRV"), ("a.below", "A"))

    def addresses(self):
        """What is answered at this moment, by name."""
        found = {name: self.pdns.a(f"{name}.example.com") for name in self.names}
        for name, kind in self.additional:
            reply = self.pdns.dig(f"{name}.example.com", kind)
            found[name] = [record.data for record in reply.additional if record.type == "A"]
        return found

    def expected(self, address):
        return {name: [address] for name in (*self.names, *(name for name, _ in self.additional))}

    def test_no_name_that_leads_to_a_steered_one_is_old_after_a_verdict(self):
        self.wait_for_log("what depends on health alone is cacheable", 1)
        wait_for(lambda: self.addresses() == self.expected(FIRST), self.addresses, 10)
        for down, right in ((True, SECOND), (False, FIRST)):
            self.addresses()  # which are cached now, for 20 s
            self.flip(down=down)
            wait_for(lambda right=right: self.addresses() == self.expected(right),
                     self.addresses, 5)


class OtherBackend(CachedNames):
    """Another backend of the same PowerDNS has a zone that leads to a steered name."""

    pdns_options = ("--launch=bind,remote",)

    @classmethod
    def prepare(cls):
        super().prepare()
        (cls.directory / "other.zone").write_text(
            "$TTL 60\n@ SOA ns h 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.53\n"
            "shop CNAME www.example.com.\n")
        named = cls.directory / "named.conf"
        named.write_text(f'zone "example.org" {{ type native; file "{cls.directory}/other.zone"; }};\n')
        cls.pdns_options = (*cls.pdns_options, f"--bind-config={named}")

    def test_its_references_are_not_old_after_a_verdict(self):
        self.wait_for_log("what depends on health alone is cacheable", 1)
        self.wait_for_answer("shop.example.org", [FIRST], 10)
        for down, right in ((True, SECOND), (False, FIRST)):
            self.pdns.a("shop.example.org")
            self.flip(down=down)
            self.wait_for_answer("shop.example.org", [right], 5)


class TwoPowerDns(CachedNames):
    """On one fairlead: one of them dies and comes back while verdicts change."""

    controls = ("other-home/pdns.controlsocket", "pdns.controlsocket")

    @classmethod
    def start_other(cls):
        return PowerDns(cls.directory, loopback(248), cls.socket, name="other")

    def test_the_other_one_is_never_old(self):
        other = self.start_other().wait_ready()
        self.addCleanup(lambda: other.kill())
        self.wait_for_log("what depends on health alone is cacheable", 1)
        self.wait_for_answer("www.example.com", [FIRST], 10)
        client = Client(self.pdns)
        lost = self.count("PowerDNS caches nothing that depends on health")
        other.kill()
        turns = []
        for down in (True, False, True):
            turns.append(self.turn(down))  # the first before anybody has seen that it is gone
            self.wait_for_log("PowerDNS caches nothing that depends on health", lost + 1)
        cacheable = self.count("is cacheable")
        other = self.start_other().wait_ready()
        self.wait_for_log("is cacheable", cacheable + 1)
        self.assertEqual(other.a("www.example.com"), [SECOND])
        turns.append(self.turn(down=False))
        wait_for(lambda: other.a("www.example.com") == [FIRST], "the one that is back is told",
                 SOON_S)
        self.check(turns, client.stop())


API = loopback(247)
API_PORT = free_port(API)
API_KEY = "a-key-of-PowerDNS"


def api_options(address, port):
    """Of a PowerDNS with its HTTP API there."""
    return ("--webserver=yes", "--api=yes", f"--api-key={API_KEY}", f"--webserver-address={address}",
            f"--webserver-port={port}")


class Api(CachedNames):
    """A PowerDNS that is told through its HTTP API, as one on another host is."""

    more_records = f"""\
                  "*.wild": {{policy: failover, health_check: port, targets: [{FIRST}, {SECOND}]}}
                  shop: {{CNAME: www.example.com.}}
    """.strip()
    pdns_options = api_options(API, API_PORT)

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.key_file = cls.directory / "api-key"
        cls.key_file.write_text(f"# of the PowerDNS in this test\n{API_KEY}\n")
        cls.key_file.chmod(0o600)

    @classmethod
    def server_keys(cls):
        return f"pdns_api: {{url: 'http://{API}:{API_PORT}', key_file: {cls.key_file}}}"

    def doctor(self, config, *arguments):
        return subprocess.run([FAIRLEAD, "doctor", "-c", config, *arguments],
                              capture_output=True, text=True, check=False)


class ByApi(NewZone, Api):
    def setUp(self):
        self.wait_for_log("what depends on health alone is cacheable", 1)

    def test_no_name_is_old_after_a_verdict(self):
        names = ("www.example.com", "a.wild.example.com", "shop.example.com")
        for name in names:
            self.wait_for_answer(name, [FIRST], 10)
        before = int(self.pdns.control("show", "packetcache-hit"))
        for down, right in ((True, SECOND), (False, FIRST)):
            for name in names:
                self.pdns.many(name, 5)
            self.flip(down=down)
            for name in names:
                self.wait_for_answer(name, [right], 5)
        self.assertGreater(int(self.pdns.control("show", "packetcache-hit")), before)

    def test_one_that_falls_silent_is_noticed_and_taken_back(self):
        lost = "PowerDNS caches nothing that depends on health"
        lost_before, back_before = self.count(lost), self.count("cacheable")
        self.pdns.send(signal.SIGSTOP)
        try:
            wait_for(lambda: self.count(lost) > lost_before, "it is noticed", 8)  # it looks every 5 s and waits for 2
        finally:
            self.pdns.send(signal.SIGCONT)
        self.wait_for_log("cacheable", back_before + 1)
        self.wait_for_answer("www.example.com", [FIRST], 10)

    def test_a_flush_of_the_root_leaves_nothing(self):
        """Which stands for everything where names are too many."""
        def sizes():
            return [int(self.pdns.control("show", cache))
                    for cache in ("packetcache-size", "query-cache-size")]

        def fill():
            for name in ("www.example.com", "a.wild.example.com", "shop.example.com"):
                self.pdns.a(name)
            return min(sizes()) >= 2

        def flush():
            request = urllib.request.Request(
                f"http://{API}:{API_PORT}/api/v1/servers/localhost/cache/flush?domain=.",
                method="PUT", headers={"X-API-Key": API_KEY})
            with urllib.request.urlopen(request, timeout=LIMIT_S) as reply:
                return json.load(reply)["count"]

        # fairlead's own purges, of the start, may come between.
        wait_for(lambda: fill() and flush() >= 4, sizes)
        self.assertEqual(sizes(), [0, 0])

    def test_the_doctor_finds_there_what_is_wrong(self):
        other, port = loopback(244), free_port(loopback(244))
        home = self.directory / "wrong"
        home.mkdir()
        self.start(PowerDns(home, loopback(243), self.socket, *api_options(other, port),
                            "--consistent-backends=yes")).wait_ready()
        config = self.directory / "wrong.yaml"
        config.write_text(self.config_path.read_text().replace(f"{API}:{API_PORT}", f"{other}:{port}"))
        [examined] = json.loads(self.doctor(config, "--json").stdout)
        self.assertEqual([finding["line"] for finding in examined["findings"]], ["consistent-backends=no"])

    def test_the_doctor_asks_there(self):
        run = self.doctor(self.config_path)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn(f"at http://{API}:{API_PORT}: as steering needs it", run.stdout)
        [examined] = json.loads(self.doctor(self.config_path, "--json").stdout)
        self.assertEqual(examined, {"api": f"http://{API}:{API_PORT}", "version": examined["version"],
                                    "findings": []})

    def test_the_doctor_says_who_is_not_let_in(self):
        other, port = loopback(246), free_port(loopback(246))
        home = self.directory / "closed"
        home.mkdir()
        self.start(PowerDns(home, loopback(245), self.socket, *api_options(other, port),
                            "--webserver-allow-from=192.0.2.1"))
        config = self.directory / "closed.yaml"
        config.write_text(self.config_path.read_text().replace(f"{API}:{API_PORT}", f"{other}:{port}"))
        wait_for(lambda: "webserver-allow-from" in self.doctor(config).stderr,
                 lambda: self.doctor(config).stderr)


class OneByControlOneByApi(TwoPowerDns, Api):
    """The one that dies and comes back is told through its API, the other by its control socket."""

    controls = ("pdns.controlsocket",)
    pdns_options = ()

    @classmethod
    def server_keys(cls):
        return f"{super(Api, cls).server_keys()}, {super().server_keys()}"

    @classmethod
    def start_other(cls):
        return PowerDns(cls.directory, loopback(248), cls.socket, *Api.pdns_options, name="other")


class WrongKey(Api):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.key_file.write_text("another-key\n")

    def test_it_is_said_once_and_nothing_is_cached(self):
        said = "it refuses the key (is it PowerDNS's api-key that stands in key_file?)"
        self.wait_for_log(said, 1)
        self.wait_for_answer("www.example.com", [FIRST], 10)
        asked = int(self.pdns.control("show", "backend-queries"))
        self.assertEqual(self.pdns.many("www.example.com", 100), [FIRST] * 100)
        self.assertGreaterEqual(int(self.pdns.control("show", "backend-queries")) - asked, 100)
        run = self.doctor(self.config_path)
        self.assertEqual((run.returncode, run.stderr.count("\n")), (1, 1))
        self.assertIn(said, run.stderr)
        self.assertNotIn("another-key", run.stderr + self.fairlead.log())
        # Through another look: what is known is not said again.
        failures = "Authentication by API Key failed"
        before = self.pdns.log().count(failures)
        self.pdns.wait_until(lambda: self.pdns.log().count(failures) > before, "is asked again")
        self.assertEqual(self.count(said), 1)


class OldAnswerOnItsWay(CachedNames):
    """One that PowerDNS gets, and caches, after the first purge."""

    with_pdns = False

    def test_it_does_not_stay(self):
        self.config_path = self.write_config(self.make_config())
        type(self).fairlead = self.start(Fairlead(self.directory, self.config_path)).wait_ready()
        slow = Holding(self.directory / "slow.sock", self.socket)
        self.addCleanup(slow.stop)
        pdns = self.start(PowerDns(self.directory, loopback(250), self.directory / "slow.sock",
                                   timeout_ms=8000)).wait_ready()
        self.wait_for_log("what depends on health alone is cacheable", 1)
        wait_for(lambda: pdns.a("www.example.com") == [FIRST], "answers", 20)
        slow.holding = True
        pdns.control("purge", "www.example.com")
        asking = threading.Thread(target=pdns.a, args=("www.example.com", "+timeout=20"))
        asking.start()
        self.assertTrue(slow.holds.wait(20))
        purged = pdns.log().count("www.example.com")
        self.flip(down=True)
        wait_for(lambda: pdns.a("www.example.com") == [SECOND], "it is purged", SOON_S)
        wait_for(lambda: pdns.log().count("www.example.com") - purged >= 4, "all purges but the last have been")
        slow.released.set()
        asking.join()
        self.assertEqual(pdns.a("www.example.com"), [FIRST], "the old answer is in the cache")
        # The last purge is 9 s after the verdict; cache-ttl is 20 s.
        wait_for(lambda: pdns.a("www.example.com") == [SECOND], "answers what is healthy", 14)


class ManyOnTheirWay(CachedNames):
    """Whenever a verdict falls, lookups of old answers are under way, because the caches are emptied all the time."""

    with_pdns = False
    labels = [f"w{i}" for i in range(10)]
    more_records = "\n                  ".join(
        f"{label}: {{policy: failover, health_check: port, targets: [{FIRST}, {SECOND}]}}" for label in labels)

    def test_none_is_old_after_the_purges(self):
        self.config_path = self.write_config(self.make_config())
        type(self).fairlead = self.start(Fairlead(self.directory, self.config_path)).wait_ready()
        slow = Dawdling(self.directory / "slow.sock", self.socket)
        self.addCleanup(slow.stop)
        self.pdns = self.start(PowerDns(self.directory, loopback(250), self.directory / "slow.sock")).wait_ready()
        self.wait_for_log("what depends on health alone is cacheable", 1)
        self.wait_for_answer("www.example.com", [FIRST], 10)
        clients = [Client(self.pdns, self.labels) for _ in range(8)]
        turns, stale = [], []
        while len(turns) < 4 or (sum(stale) == 0 and len(turns) < 12):
            turns.append(self.turn(down=len(turns) % 2 == 0))
            stale.append(self.stale(turns[-1], clients, slow.longest_s))
        answers = [answer for client in clients for answer in client.stop()]
        self.check(turns, answers)
        print(f"{len(answers)} answers; old ones from the cache, turn by turn: {stale}")
        self.assertGreater(sum(stale), 0, "no old answer came after the first purge: the test proves nothing")

    @staticmethod
    def stale(turn, clients, longest_s):
        """How many old answers came from the cache: when none could be on its way to it any more."""
        settled, _, right = turn
        return sum(settled - SETTLED_S + longest_s < asked < settled and got != right
                   for client in clients for asked, _, got in list(client.answers))

    def flip(self, down):
        text = f"{FIRST}:{PORT} is {'unhealthy' if down else 'healthy'}"
        before = self.count(text)
        emptying = threading.Thread(target=self.empty_until, args=(lambda: self.count(text) > before,), daemon=True)
        emptying.start()
        super().flip(down)
        emptying.join()

    def empty_until(self, said):
        while not said():
            self.pdns.control("purge", "example.com$")


if __name__ == "__main__":
    main()
