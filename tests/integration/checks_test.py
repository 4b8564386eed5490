# SPDX-License-Identifier: Apache-2.0
"""What each type of health check takes for healthy, at real servers."""

from harness import SLOWNESS, Authority, Nginx, SteeringTest, TcpListener, free_port, loopback, main, wait_for

RIGHT, WRONG, UNKNOWN, FALLBACK = (loopback(number) for number in range(1, 5))
HTTPS = free_port(RIGHT)
TCP = free_port(RIGHT)
TIMES = f"interval: {SLOWNESS}s, fast_interval: 200ms, timeout: {900 * SLOWNESS}ms, fall: 2, rise: 2"


class Https(SteeringTest):
    @classmethod
    def prepare(cls):
        cls.authority = Authority(cls.directory)
        elsewhere = cls.directory / "elsewhere"
        elsewhere.mkdir()
        for name, address, certificate in (
                ("right", RIGHT, cls.authority.certificate_for("www.example.com")),
                ("wrong", WRONG, cls.authority.certificate_for("other.example.com")),
                ("unknown", UNKNOWN, Authority(elsewhere).certificate_for("www.example.com"))):
            cls.start(Nginx(cls.directory, name, address, HTTPS, tls=certificate))

    @classmethod
    def make_config(cls):
        names = "".join(f"""
              {name}:
                policy: failover
                targets: [{{address: {address}, health_check: {check}}}, {FALLBACK}]"""
                        for name, address, check in (
                            ("right", RIGHT, "verified"), ("wrong", WRONG, "verified"),
                            ("unknown", UNKNOWN, "verified"), ("lenient", WRONG, "unverified")))
        common = f"type: https, port: {HTTPS}, host: www.example.com, {TIMES}"
        return f"""\
        health_checks:
          verified: {{{common}, ca_file: {cls.authority.certificate}}}
          unverified: {{{common}, verify: false}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:{names}
        """

    def test_a_certificate_of_the_host_from_the_authority_is_healthy(self):
        self.assertEqual(self.pdns.a("right.example.com"), [RIGHT])

    def test_a_certificate_of_another_host_is_not(self):
        self.assertEqual(self.pdns.a("wrong.example.com"), [FALLBACK])

    def test_a_certificate_of_an_unknown_authority_is_not(self):
        self.assertEqual(self.pdns.a("unknown.example.com"), [FALLBACK])

    def test_without_verification_any_certificate_will_do(self):
        self.assertEqual(self.pdns.a("lenient.example.com"), [WRONG])


class Tcp(SteeringTest):
    config = f"""\
        health_checks:
          port: {{type: tcp, port: {TCP}, {TIMES}}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              open:
                policy: failover
                targets: [{{address: {RIGHT}, health_check: port}}, {FALLBACK}]
              closed:
                policy: failover
                targets: [{{address: {WRONG}, health_check: port}}, {FALLBACK}]
        """

    @classmethod
    def prepare(cls):
        cls.listener = TcpListener(RIGHT, TCP)
        cls.addClassCleanup(cls.listener.stop)

    def test_a_port_that_accepts_is_healthy_and_follows_its_listener(self):
        self.assertEqual(self.pdns.a("open.example.com"), [RIGHT])
        self.assertEqual(self.pdns.a("closed.example.com"), [FALLBACK])
        late = TcpListener(WRONG, TCP)
        self.addCleanup(late.stop)
        wait_for(lambda: self.pdns.a("closed.example.com") == [WRONG],
                 "the new listener is found", 5)


class OtherTypes(SteeringTest):
    """Each type beside http, https and a bare tcp: one name each, whose first target is RIGHT or WRONG."""

    expected = {
        "dialogue": RIGHT,     # a web server answers what tcp sends
        "silence": FALLBACK,   # and never with this
        "handshake": RIGHT,    # the certificate lasts two days
        "expiring": FALLBACK,  # which is too few
        "pattern": RIGHT,
        "mismatch": FALLBACK,
        "ping": RIGHT,         # without the right to ping: unknown, which is served
        "command": RIGHT,
        "other": FALLBACK,     # the command knows the addresses apart
        "both": RIGHT,
        "neither": FALLBACK,   # one child is down
    }

    @classmethod
    def prepare(cls):
        authority = Authority(cls.directory)
        cls.ca = authority.certificate
        cls.start(Nginx(cls.directory, "plain", RIGHT, TCP))
        cls.start(Nginx(cls.directory, "secure", RIGHT, HTTPS,
                        tls=authority.certificate_for("www.example.com")))
        cls.up = cls.directory / "up"
        cls.up.write_text("")
        cls.plugin = cls.directory / "check_up"
        cls.plugin.write_text(
            "#!/bin/sh\n"
            f"test $FAIRLEAD_ADDRESS = {RIGHT} && test -e $1 && echo 'UP OK' && exit 0\n"
            "echo \"UP CRITICAL - $FAIRLEAD_CHECK\"; exit 2\n")
        cls.plugin.chmod(0o755)

    @classmethod
    def make_config(cls):
        tls = f"type: tls, port: {HTTPS}, sni: www.example.com, ca_file: {cls.ca}, {TIMES}"
        http = f"type: http, port: {TCP}, {TIMES}"
        ask = f"type: tcp, port: {TCP}, {TIMES}, send: \"GET / HTTP/1.0\\r\\n\\r\\n\""
        names = "".join(f"""
              {name}:
                policy: failover
                targets: [{{address: {WRONG if name == "other" else RIGHT},
                            health_check: {"command" if name == "other" else name}}}, {FALLBACK}]"""
                        for name in cls.expected)
        return f"""\
        health_checks:
          dialogue: {{{ask}, expect: "plain\\n"}}
          silence: {{{ask}, expect: "PONG"}}
          handshake: {{{tls}, min_days_left: 1}}
          expiring: {{{tls}, min_days_left: 14}}
          pattern: {{{http}, body_regex: '^pl[ab]in\\s*$', follow_redirects: true}}
          mismatch: {{{http}, body_regex: '^pl[bc]in\\s*$'}}
          ping: {{type: icmp, {TIMES}}}
          command: {{type: exec, command: [check_up, {cls.up}], {TIMES}}}
          both: {{type: calculated, children: [command, dialogue]}}
          neither: {{type: calculated, children: [both, silence], at_least: 2}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:{names}
        """

    def answers(self):
        return {name: self.pdns.a(f"{name}.example.com")[0] for name in self.expected}

    def test_each_type_decides_and_a_calculated_check_turns_with_its_child(self):
        self.assertEqual(self.answers(), self.expected)
        self.assertRegex(self.fairlead.log(), r"silence \S+ is unhealthy: tcp reply: text not found")
        self.assertRegex(self.fairlead.log(), r"expires in [12] days? \(min_days_left 14\)")
        self.up.unlink()
        down = {**self.expected, "command": FALLBACK, "both": FALLBACK}
        wait_for(lambda: self.answers() == down, "the command is believed", 10)
        self.assertRegex(self.fairlead.log(), r"exec status: 2 UP CRITICAL - command")
        self.assertRegex(self.fairlead.log(),
                         r"both \S+ is unhealthy: children: 1 of 2 healthy, 2 needed; down: command")
        self.up.write_text("")
        wait_for(lambda: self.answers() == self.expected, "the command is believed again", 10)


if __name__ == "__main__":
    main()
