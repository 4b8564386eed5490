# SPDX-License-Identifier: Apache-2.0
"""Who may ping, and how, in a network namespace, whose kernel answers pings or not as a test says."""

import pathlib
import re
import socket
import subprocess
import sys
import urllib.request

from harness import (SKIPPED, SteeringTest, enter_network_namespace, free_port, loopback, main,
                     wait_for)
import harness

harness.NEEDED = ("setpriv", "dig", "pdns_server")

TARGET, FALLBACK = loopback(1), loopback(2)
FALLBACK_V6 = "2001:db8::2"
GROUPS = pathlib.Path("/proc/sys/net/ipv4/ping_group_range")
SILENT = (pathlib.Path("/proc/sys/net/ipv4/icmp_echo_ignore_all"),
          pathlib.Path("/proc/sys/net/ipv6/icmp/echo_ignore_all"))
NOBODY, EVERYBODY = "1 0", "0 2147483647"
WITHOUT_RIGHT = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")


def let_ping(groups):
    """Whether a ping socket is to be had after that."""
    GROUPS.write_text(groups)
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).close()
        return True
    except PermissionError:
        return False


def answer_pings(yes):
    for file in SILENT:
        file.write_text("0" if yes else "1")


class Pinging(SteeringTest):
    """One name with an address of each family, that the kernel of the namespace answers for."""

    through = ()

    @classmethod
    def setUpClass(cls):
        answer_pings(True)
        super().setUpClass()

    @classmethod
    def make_config(cls):
        return f"""\
        admin: {{listen: "{TARGET}:{cls.admin_port}"}}
        health_checks:
          ping: {{type: icmp, interval: 300ms, fast_interval: 100ms, timeout: 200ms, fall: 2, rise: 2}}
        pools:
          near: {{health_check: ping, endpoints: [{{name: one, address: [{TARGET}, "::1"]}}]}}
          far: {{endpoints: [{{name: two, address: [{FALLBACK}, "{FALLBACK_V6}"]}}]}}
        zones:
          example.com:
            ns: [ns1.example.net.]
            records:
              www: {{policy: failover, targets: [{{pool: near}}, {{pool: far}}]}}
        """

    @classmethod
    def prepare(cls):
        cls.admin_port = free_port(TARGET)

    @classmethod
    def operated(self, *command):
        return subprocess.run(
            [harness.FAIRLEAD, *command, "--server", f"http://{TARGET}:{self.admin_port}"],
            capture_output=True, text=True, check=True).stdout

    def not_possible(self):
        with urllib.request.urlopen(f"http://{TARGET}:{self.admin_port}/metrics") as reply:
            return int(re.search(r"^fairlead_probes_not_possible_total (\d+)$", reply.read().decode(), re.M)[1])

    def answers(self):
        return self.pdns.a("www.example.com") + self.pdns.dig("www.example.com", "AAAA").data("AAAA")

    def wait_for_answers(self, expected):
        wait_for(lambda: self.answers() == expected,
                 lambda: f"{expected}, but {self.answers()}\n{self.fairlead.log()[-2000:]}")

    def check_that_answers_follow(self):
        self.assertEqual(self.answers(), [TARGET, "::1"])
        answer_pings(False)
        self.wait_for_answers([FALLBACK, FALLBACK_V6])
        for address in TARGET, "::1":
            self.assertIn(f"ping {address} is unhealthy: icmp timeout", self.fairlead.log())
        answer_pings(True)
        self.wait_for_answers([TARGET, "::1"])
        self.assertNotIn("ping_group_range", self.fairlead.log())


class PingSocket(Pinging):
    """The group may; there is no other right."""

    through = WITHOUT_RIGHT

    @classmethod
    def prepare(cls):
        super().prepare()
        assert let_ping(EVERYBODY)

    def test_answers_follow_pings(self):
        self.check_that_answers_follow()


class RawSocket(Pinging):
    """No group may, so that every ping is a raw one."""

    @classmethod
    def prepare(cls):
        super().prepare()
        assert not let_ping(NOBODY)

    def test_answers_follow_pings(self):
        self.check_that_answers_follow()


class Neither(Pinging):
    through = WITHOUT_RIGHT

    @classmethod
    def prepare(cls):
        super().prepare()
        assert not let_ping(NOBODY)

    def test_it_is_said_and_nobody_is_down_until_the_right_is_given(self):
        warning = ("health checks of type icmp cannot run: set net.ipv4.ping_group_range to contain this process's "
                   "group, or give it CAP_NET_RAW; until then they have no data")
        self.assertEqual(self.fairlead.log().count(warning), 1)
        wait_for(lambda: self.not_possible() >= 10, "five rounds for two addresses")
        self.assertEqual(self.answers(), [TARGET, "::1"])
        status = self.operated("status")
        for address in TARGET, "::1":
            self.assertRegex(status, rf"{address} +ping +unknown +icmp not possible here: no right to send pings; ")
        self.assertNotIn("is unhealthy", self.fairlead.log())
        let_ping(EVERYBODY)
        answer_pings(False)
        self.wait_for_answers([FALLBACK, FALLBACK_V6])


def enter():
    try:
        enter_network_namespace()
    except OSError as refused:
        print("skipped:", refused)
        sys.exit(SKIPPED)


if __name__ == "__main__":
    enter()
    main()
