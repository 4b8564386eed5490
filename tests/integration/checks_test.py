# SPDX-License-Identifier: Apache-2.0
"""What each type of health check takes for healthy, at real servers."""

from harness import Authority, Nginx, SteeringTest, TcpListener, free_port, loopback, main, wait_for

RIGHT, WRONG, UNKNOWN, FALLBACK = (loopback(number) for number in range(1, 5))
HTTPS = free_port(RIGHT)
TCP = free_port(RIGHT)
TIMES = "interval: 1s, fast_interval: 200ms, timeout: 900ms, fall: 2, rise: 2"


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


if __name__ == "__main__":
    main()
