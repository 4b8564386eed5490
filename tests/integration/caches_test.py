# SPDX-License-Identifier: Apache-2.0
"""PowerDNS's caches keep what depends on health alone, and forget it when it changes."""

import json
import socket
import struct
import subprocess
import threading
import time

from harness import (FAIRLEAD, Fairlead, PowerDns, SteeringTest, TcpListener, free_port, loopback, main,
                     wait_for)

FIRST, SECOND = loopback(1), loopback(2)
PORT = free_port(FIRST)
# From the verdict's log line, as seen by the test, to the end of the purges that matter.
SETTLED_S = 0.5


class Client(threading.Thread):
    """Asks www.example.com A again and again, and keeps when it was asked and what came."""

    def __init__(self, pdns):
        super().__init__(daemon=True)
        self.server, self.answers, self.going_on = (pdns.address, pdns.port), [], True
        self.start()

    def run(self):
        name = b"\x03www\x07example\x03com\x00"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(5)
            udp.connect(self.server)
            number = 0
            while self.going_on:
                number = (number + 1) % 65536
                asked = time.monotonic()
                udp.send(struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + name
                         + struct.pack(">HH", 1, 1))
                reply = udp.recv(4096)
                self.answers.append((asked, socket.inet_ntoa(reply[-4:])))

    def stop(self):
        self.going_on = False
        self.join()
        return self.answers


class SlowWay:
    """Between PowerDNS and its backend: every reply takes `delay_s`."""

    def __init__(self, path, backend, delay_s):
        self.backend, self.delay_s = backend, delay_s
        self.answered = threading.Event()  # a question for addresses is; its reply is on its way
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with peer, socket.socket(socket.AF_UNIX) as backend:
            backend.connect(str(self.backend))
            replies = backend.makefile("rb")
            for request in peer.makefile("rb"):
                backend.sendall(request)
                reply = replies.readline()
                if b'"qtype": "ANY"' in request:
                    self.answered.set()
                threading.Event().wait(self.delay_s)
                peer.sendall(reply)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class CachedNames(SteeringTest):
    """Of www, the first target's port is checked."""

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
            """

    @classmethod
    def write_config(cls, text, name="fairlead.yaml"):
        path = super().write_config(text, name)
        path.write_text(path.read_text().replace(
            "server: {", f"server: {{pdns_control: {cls.directory}/pdns.controlsocket, ", 1))
        return path

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


class Caches(CachedNames):
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
        turns = []
        for i in range(10):
            self.flip(down=i % 2 == 0)
            turns.append((time.monotonic() + SETTLED_S, SECOND if i % 2 == 0 else FIRST))
            ends = time.monotonic() + 2 * SETTLED_S
            wait_for(lambda ends=ends: time.monotonic() > ends, "some more answers")
        ends = [began for began, _ in turns[1:]] + [float("inf")]
        answers = sorted(answer for client in clients for answer in client.stop())
        checked = 0
        for (settled, right), end in zip(turns, ends):
            # Up to where the next turn may have begun.
            until = min(end - SETTLED_S - 0.45, settled + SETTLED_S - 0.05)
            for asked, got in answers:
                if settled < asked < until:
                    self.assertEqual(got, right, f"{asked - settled + SETTLED_S:.3f} s after it")
                    checked += 1
        self.assertGreater(checked, 1000)

    def test_without_the_channel_nothing_is_cached_until_it_is_back(self):
        control = self.directory / "pdns.controlsocket"
        hidden = control.with_name("hidden")
        before = self.count("cacheable")
        lost = "PowerDNS caches nothing that depends on health"
        lost_before = self.count(lost)  # it was not there yet when fairlead started
        control.rename(hidden)
        self.wait_for_log(lost, lost_before + 1)
        self.pdns.control_with(hidden, "purge")  # what it has cached until now
        asked = self.lookups_with(hidden)
        self.assertEqual(self.pdns.many("www.example.com", 100), [FIRST] * 100)
        self.assertGreaterEqual(self.lookups_with(hidden) - asked, 100)
        hidden.rename(control)
        self.wait_for_log("cacheable", before + 1)

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


class OldAnswerOnItsWay(CachedNames):
    """One that PowerDNS gets, and caches, after the first purge."""

    with_pdns = False

    def test_it_does_not_stay(self):
        self.config_path = self.write_config(self.make_config())
        type(self).fairlead = self.start(Fairlead(self.directory, self.config_path)).wait_ready()
        slow = SlowWay(self.directory / "slow.sock", self.socket, 0.9)
        self.addCleanup(slow.stop)
        pdns = self.start(PowerDns(self.directory, loopback(250), self.directory / "slow.sock"))
        pdns.wait_ready()
        self.wait_for_log("what depends on health alone is cacheable", 1)
        wait_for(lambda: pdns.a("www.example.com") == [FIRST], "answers", 20)
        pdns.control("purge", "www.example.com")
        slow.answered.clear()
        asking = threading.Thread(target=pdns.a, args=("www.example.com",))
        asking.start()
        self.assertTrue(slow.answered.wait(20))
        self.flip(down=True)
        self.assertTrue(asking.is_alive(), "the verdict came too late for this test")
        asking.join()
        # The purges until 3 s after the verdict; cache-ttl is 20 s.
        wait_for(lambda: pdns.a("www.example.com") == [SECOND], "answers what is healthy", 6)


if __name__ == "__main__":
    main()
