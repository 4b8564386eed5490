# SPDX-License-Identifier: Apache-2.0
"""Bad configurations, bad databases, bad peers: one clear message, and nothing else suffers."""

import json
import re
import socket
import subprocess

from harness import FAIRLEAD, LIMIT_S, SteeringTest, main

GOOD = """\
    zones:
      example.com:
        ns: [ns1.example.com.]
        records:
          ns1: {A: [192.0.2.53]}
          www:
            policy: weighted
            targets: [{address: 192.0.2.1, weight: 1}, {address: 192.0.2.2, weight: 0}]
    """


class Start(SteeringTest):
    with_pdns = False

    def refused(self, config):
        """What `fairlead serve` says as it refuses; it must not have begun anything."""
        path = self.write_config(config)
        run = subprocess.run([FAIRLEAD, "serve", "-c", path], capture_output=True, text=True,
                             timeout=LIMIT_S, check=False)
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertFalse(self.socket.exists())
        self.assertEqual(run.stdout, "")
        return run.stderr.strip().splitlines()

    def test_a_wrong_word_is_shown_with_its_place_and_the_right_one(self):
        lines = self.refused(GOOD.replace("policy: weighted", "policy: weigthed"))
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"fairlead\.yaml:\d+:\d+: error")
        self.assertIn("weighted", lines[0])

    def test_all_mistakes_are_shown_at_once(self):
        lines = self.refused(GOOD.replace("192.0.2.53", "192.0.2.530")
                                 .replace("weight: 1", "wieght: 1"))
        self.assertGreaterEqual(len(lines), 2)

    def test_text_that_is_not_yaml_is_shown_with_its_place(self):
        lines = self.refused("zones: [unclosed\n")
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"fairlead\.yaml:\d+:\d+: error")

    def test_a_file_that_is_not_there_is_named(self):
        run = subprocess.run([FAIRLEAD, "serve", "-c", self.directory / "absent.yaml"],
                             capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertEqual(run.returncode, 2)
        self.assertEqual(len(run.stderr.strip().splitlines()), 1, run.stderr)
        self.assertIn("absent.yaml", run.stderr)

    def test_a_broken_database_is_named(self):
        for name, content in (("garbage.mmdb", b"this is no database" * 1000), ("empty.mmdb", b"")):
            with self.subTest(database=name):
                database = self.directory / name
                database.write_bytes(content)
                lines = self.refused(f"    geoip: {{databases: [{database}]}}\n" + GOOD)
                self.assertEqual(len(lines), 1, lines)
                self.assertIn(name, lines[0])

    def test_a_truncated_database_is_refused(self):
        whole = self.build_mmdb("network,country.iso_code\n192.0.2.0/24,DE\n203.0.113.0/24,US\n")
        database = self.directory / "half.mmdb"
        database.write_bytes(whole.read_bytes()[:whole.stat().st_size // 2])
        lines = self.refused(f"    geoip: {{databases: [{database}]}}\n" + GOOD)
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("half.mmdb", lines[0])


class Peers(SteeringTest):
    """Strangers on the socket beside PowerDNS, which must not notice."""

    config = GOOD

    def connect(self):
        peer = socket.socket(socket.AF_UNIX)
        self.addCleanup(peer.close)
        peer.settimeout(LIMIT_S)
        peer.connect(str(self.socket))
        return peer

    def tearDown(self):
        for _ in range(20):
            self.assertEqual(self.pdns.a("www.example.com"), ["192.0.2.1"])
        self.assertTrue(self.fairlead.running())

    def resident_kb(self):
        with open(f"/proc/{self.fairlead.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1])

    def reply_to(self, line):
        """The reply, or None where the connection was closed instead."""
        peer = self.connect()
        peer.sendall(line + b"\n")
        received = peer.makefile("rb").readline()
        return json.loads(received) if received else None

    def test_nonsense_gets_a_well_formed_no_or_a_closed_connection(self):
        for line in (b"nonsense", b"{", b"[]", b"null", b"{}", b'{"method": 7}', b"\xff\xfe\0",
                     b'{"method": "lookup"}', b'{"method": "lookup", "parameters": []}',
                     b'{"method": "lookup", "parameters": {"qname": 1, "qtype": "A"}}',
                     b'{"method": "lookup", "parameters": {"qname": "%s.", "qtype": "A"}}'
                     % (b"a" * 300),
                     b'{"method": "noSuchMethod", "parameters": {}}', b"[" * 5000):
            with self.subTest(line=line[:60]):
                reply = self.reply_to(line)
                if reply is not None:
                    self.assertFalse(reply["result"])

    def test_half_a_request_and_a_hang_up_disturb_nobody(self):
        for _ in range(50):
            peer = self.connect()
            peer.sendall(b'{"method": "lookup", "parameters": {"qna')
            peer.close()

    def test_a_line_of_ten_megabytes_is_refused_without_being_kept(self):
        before = self.resident_kb()
        peer = self.connect()
        try:
            for _ in range(160):
                peer.sendall(b"a" * 65536)
        except (BrokenPipeError, ConnectionResetError):
            pass  # closed while we were still talking, as it may
        self.assertLess(self.resident_kb() - before, 4096)

    def test_a_thousand_idle_connections_leave_room_for_pdns(self):
        peers = [self.connect() for _ in range(1000)]
        self.assertEqual(self.pdns.a("www.example.com"), ["192.0.2.1"])
        for peer in peers:
            peer.close()


if __name__ == "__main__":
    main()
