# SPDX-License-Identifier: Apache-2.0
"""docs/powerdns.md as an operator reads it: each command that stands there is run, each piece of
configuration is loaded, and what it says of the outcome is so."""

import re
import shlex
import sqlite3
import subprocess

from harness import (FAIRLEAD, LIMIT_S, ROOT, Fairlead, PowerDns, Process, Reply, SteeringTest, create_bind_db,
                     free_port, loopback, main, run_delv, wait_for)

TEXT = (ROOT / "docs/powerdns.md").read_text()
PROGRAMS = ("pdnsutil", "pdns_control", "fairlead", "delv", "dig", "cp", "sed")
ELSEWHERE = {  # with the test that runs it
    "fairlead check": "manual_test",
    "dig +subnet=203.0.113.0/24": "geography_test",
}

# What stands in the manual, in an order in which it can be done; what it lacks there; what it says.
STEPS = (
    ("fairlead doctor", "-c {config} --control {control}", "as steering needs it"),
    ("fairlead doctor -c FILE --control SOCKET", "", "as steering needs it"),
    ("fairlead doctor -c /etc/fairlead/fairlead.yaml --control /run/pdns/pdns.controlsocket", "", "as steering needs it"),
    ("fairlead status", "--server {admin}", "ready"),
    ("fairlead explain", "www.example.com A --server {admin}", "weighted"),
    ("fairlead explain NAME A --client ADDRESS", "--server {admin}", "weighted"),
    ("pdns_control show '*'", "", "packetcache-hit="),
    ("pdns_control rediscover", "", "Ok"),
    ("pdns_control purge", "", r"^\d+"),
    ("pdns_control purge NAME", "", r"^\d+"),
    ("pdns_control notify ZONE", "", "Added .*to queue"),
    ("pdnsutil list-zone", "example.com", r"www.example.com\.?\s+60\s+IN\s+A\s+203.0.113.10"),
    ("pdnsutil secure-zone", "plain.example", None),
    ("pdnsutil secure-zone example.com", "", "secured"),
    ("pdnsutil show-zone example.com", "", r"DS = example.com. IN DS \d+ 13 2"),
    ("pdns_control purge", "", r"^\d+"),
    ("delv @127.0.0.1 +root=example.com -a anchor www.example.com", "", "fully validated"),
    ("pdnsutil unset-nsec3 example.com", "", ""),
    ("pdnsutil set-nsec3 example.com '1 0 0 -' narrow", "", ""),
    ("pdnsutil add-zone-key example.com ksk active ecdsa256", "", "Added"),
    ("dig @127.0.0.1 example.com DNSKEY +short", "", "257 3 13"),
    ("pdnsutil publish-zone-key", "example.com 2", ""),
    ("pdnsutil activate-zone-key", "example.com 2", ""),
    ("pdnsutil deactivate-zone-key", "example.com 2", ""),
    ("pdnsutil unpublish-zone-key", "example.com 2", ""),
    ("pdnsutil remove-zone-key example.com 1", "", ""),
    ("pdnsutil disable-dnssec", "example.com", ""),
    ("pdnsutil generate-tsig-key transfer hmac-sha256", "", "Create new TSIG key"),
    ("pdnsutil activate-tsig-key example.com transfer primary", "", "Enabled TSIG key"),
    ("pdnsutil list-tsig-keys", "", "transfer. hmac-sha256."),
    ("pdnsutil delete-rrset", "example.com www A", None),
    ("pdnsutil backend-cmd remote status", "", "ready"),
    ('pdnsutil backend-cmd remote "explain www.example.com A 192.0.2.1"', "", "weighted"),
)
WIRING = (
    "cp pdns-conf/pdns.conf /etc/powerdns/pdns.d/zz-fairlead.conf",
    "sed -i 's/^launch=remote/launch+=remote/' /etc/powerdns/pdns.d/zz-fairlead.conf",
)
# Steps of a list of which the manual writes out the first.
SHORT = {f"pdnsutil {step}" for step in (
    "activate-zone-key", "deactivate-zone-key", "unpublish-zone-key")}


def commands():
    """Of the programs above, with an argument: in the text, and in lines of their own."""
    spans = re.findall(r"`([^`\n]+)`", TEXT)
    spans += [line.strip() for line in TEXT.splitlines() if re.match(r" {4,}\w", line)]
    return {span for span in spans if span.split()[0] in PROGRAMS and len(span.split()) > 1}


def newer_words():
    """What pdnsutil of PowerDNS 5.0 calls a command, by the name that older ones know."""
    table = re.search(r"^## Versions$.*?^## ", TEXT, re.S | re.M)[0]
    words = {}
    for row in re.findall(r"(?m)^\| (`.+`) \| (`.+`) \|$", table):
        older, newer = (re.findall("`([^`]+)`", cell) for cell in row)
        words.update(zip(older, newer, strict=True))
    return words


class Server(SteeringTest):
    words = {}  # for commands of pdnsutil
    address = loopback(1)
    admin = f"{address}:{free_port(address)}"
    config = f"""\
        admin: {{listen: "{admin}"}}
        zones:
          example.com:
            dnssec: true
            ns: [ns1.example.net.]
            records:
              www: {{policy: weighted, targets: [203.0.113.10, 198.51.100.20]}}
          plain.example:
            ns: [ns1.example.net.]
            records: {{www: {{A: [192.0.2.7]}}}}
        """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.primary = cls.start(PowerDns(cls.directory, loopback(3), cls.socket, "--primary=yes",
                                         name="primary")).wait_ready()

    def do_all(self):
        for command, rest, says in STEPS:
            with self.subTest(command=command):
                self.do(command, rest, says)

    def do(self, command, rest, says):
        """`says` None: it must fail."""
        if command.startswith("delv"):
            self.write_anchor()
        places = {"config": self.config_path, "control": self.pdns.control_socket,
                  "admin": f"http://{self.admin}"}
        line = f"{command} {rest.format(**places)}"
        for word, what in (("NAME", "www.example.com"), ("ZONE", "example.com"),
                           ("ADDRESS", "192.0.2.9"),
                           ("FILE", self.config_path), ("/etc/fairlead/fairlead.yaml", self.config_path),
                           ("SOCKET", self.pdns.control_socket),
                           ("/run/pdns/pdns.controlsocket", self.pdns.control_socket),
                           ("@127.0.0.1", f"@{self.pdns.address} -p {self.pdns.port}"),
                           ("-a anchor", f"-a {self.directory}/anchor")):
            line = line.replace(word, str(what))
        program, *arguments = shlex.split(line)
        if program == "pdnsutil":
            self.pdns.util("list-all-zones")  # which writes its configuration
            command, *others = arguments
            arguments = [f"--config-dir={self.directory}/pdnsutil",
                         *self.words.get(command, command).split(), *others]
        elif program == "pdns_control":
            server = self.primary if "notify" in arguments else self.pdns
            arguments.insert(0, f"--socket-dir={server.control_socket.parent}")
        words = [FAIRLEAD if program == "fairlead" else program, *arguments]
        run = (run_delv(words) if program == "delv" else
               subprocess.run(words, capture_output=True, text=True, check=False, timeout=LIMIT_S))
        said = run.stdout + run.stderr
        self.assertEqual(run.returncode != 0, says is None, f"{line}: {said}")
        if says:
            self.assertRegex(said, says)

    def write_anchor(self):
        key = wait_for(lambda: self.pdns.dig("example.com", "DNSKEY").data("DNSKEY"), "is signed")
        flags, protocol, algorithm, *text = key[0].split()
        (self.directory / "anchor").write_text(
            f'trust-anchors {{ example.com. static-key {flags} {protocol} {algorithm} '
            f'"{"".join(text)}"; }};\n')


class Manual(Server):
    def test_every_command_is_run(self):
        written = {command for command, _, _ in STEPS} - SHORT
        self.assertEqual(commands(), written | set(WIRING) | set(ELSEWHERE))
        for short in SHORT:
            self.assertIn(f"`{short.split()[1]}`", TEXT)
        self.do_all()

    def test_every_piece_of_configuration_loads(self):
        key = self.directory / "pdns-api.key"
        key.write_text("secret\n")
        key.chmod(0o600)
        pieces = re.findall(r"^ *```yaml\n(.*?)^ *```", TEXT, re.S | re.M)
        self.assertEqual(len(pieces), 4)
        for number, piece in enumerate(pieces):
            piece = re.sub(r"(?m)^   (?=zones|  )", "", piece) if piece.startswith("   ") else piece
            if "health_check: web" in piece:
                piece = "health_checks: {web: {type: http}}\n" + piece
            piece = piece.replace("dnssec: true", "dnssec: true\n    ns: [ns1.example.net.]")
            piece = piece.replace("/etc/fairlead/pdns-api.key", str(key))
            if "zones:" not in piece:
                piece += "zones: {example.com: {ns: [ns1.example.net.], records: {}}}\n"
            file = self.directory / f"piece-{number}.yaml"
            file.write_text(piece)
            run = subprocess.run([FAIRLEAD, "check", file], capture_output=True, text=True,
                                 check=False)
            self.assertEqual(run.returncode, 0, f"{piece}\n{run.stdout}{run.stderr}")


class BesideAnotherBackend(SteeringTest):
    """That chapter, in a directory that stands for /etc/powerdns."""

    with_pdns = False

    @classmethod
    def prepare(cls):
        cls.config_path = cls.write_config("""\
            zones:
              plain.example:
                dnssec: true
                ns: [ns1.example.net.]
                records: {www: {A: [192.0.2.7]}}
            """)
        cls.fairlead = cls.start(Fairlead(cls.directory, cls.config_path)).wait_ready()
        cls.address, cls.etc = loopback(2), cls.directory / "powerdns"
        cls.port = free_port(cls.address)
        cls.write_other_backend()
        for command in WIRING:
            subprocess.run(shlex.split(command.replace("/etc/powerdns", str(cls.etc))), cwd=ROOT, check=True)
        ours = cls.etc / "pdns.d/zz-fairlead.conf"
        ours.write_text(ours.read_text().replace("/run/fairlead/pdns.sock", str(cls.socket)))

    @classmethod
    def write_other_backend(cls):
        """As Debian has it. It keeps keys, and its file comes late in the alphabet."""
        (cls.etc / "pdns.d").mkdir(parents=True)
        (cls.etc / "other.zone").write_text("$TTL 60\n@ SOA ns h 1 3600 600 86400 60\n@ NS ns\n"
                                            "ns A 192.0.2.53\nwww A 192.0.2.54\n")
        (cls.etc / "named.conf").write_text(
            f'zone "example.org" {{ type native; file "{cls.etc}/other.zone"; }};\n')
        cls.keys = cls.etc / "keys.db"
        (cls.etc / "pdns.conf").write_text("launch=bind\n")
        cls.has_keys = create_bind_db(cls.etc, cls.keys)
        (cls.etc / "pdns.conf").write_text(f"launch=\ninclude-dir={cls.etc}/pdns.d\n")
        (cls.etc / "pdns.d/pdns.local.conf").write_text(
            f"launch+=bind\nbind-config={cls.etc}/named.conf\n" + f"bind-dnssec-db={cls.keys}\n" * cls.has_keys)

    def power_dns(self, name):
        """Without caches, so that what is seen is seen at once."""
        return self.start(Process(self.directory, name, [
            "pdns_server", f"--config-dir={self.etc}", f"--socket-dir={self.etc}", f"--local-address={self.address}",
            f"--local-port={self.port}", "--cache-ttl=0", "--query-cache-ttl=0", "--negquery-cache-ttl=0",
            "--daemon=no", "--guardian=no", "--disable-syslog", "--write-pid=no", "--security-poll-suffix="]))

    def ask(self, name):
        run = subprocess.run(PowerDns.dig_arguments(self, name, "A"), capture_output=True, text=True, check=False)
        return Reply.parse(run.stdout)

    def test_both_answer_as_long_as_both_are_there(self):
        pdns = self.power_dns("both")
        for name, address in (("www.example.org", "192.0.2.54"), ("www.plain.example", "192.0.2.7")):
            pdns.wait_until(lambda name=name, address=address: self.ask(name).data("A") == [address], f"answers {name}")
        self.assertEqual(self.ask("nosuch.example.org").status, "NXDOMAIN")
        settings = PowerDns.control_with(self.etc / "pdns.controlsocket", "current-config")
        self.assertRegex(settings, "(?m)^launch=bind, ?remote$")

        if self.has_keys:
            self.assert_keys_go_to_the_other()
        self.fairlead.stop()
        for name in ("www.example.org", "nosuch.example.org", "www.plain.example"):
            self.assertEqual(self.ask(name).status, "SERVFAIL")
        pdns.stop()
        without = self.power_dns("without")
        self.assertNotEqual(without.child.wait(20), 0)
        self.assert_quoted(pdns.log() + without.log())

    def assert_keys_go_to_the_other(self):
        subprocess.run(["pdnsutil", f"--config-dir={self.etc}", "add-zone-key", "plain.example", "ksk", "active",
                        "ecdsa256"], check=True, capture_output=True)
        with sqlite3.connect(self.keys) as kept:
            self.assertEqual(kept.execute("select domain from cryptokeys").fetchall(), [("plain.example",)])
        self.assertFalse((self.directory / "keystore.json").exists())

    def assert_quoted(self, log):
        """What the manual says that PowerDNS logs is what it logs."""
        chapter = re.search(r"^## By symptom$.*?^## ", TEXT, re.S | re.M)[0]
        for words in ("Cannot connect to socket", "while filling the zone cache", "Could not send a message"):
            self.assertIn(f"*{words}*", chapter)
            self.assertIn(words, log)


class InNewerWords(Server):
    words = newer_words()

    def test_every_command_is_run(self):
        names = {command.split()[1] for command, _, _ in STEPS if command.startswith("pdnsutil ")}
        self.assertLessEqual(names - {"backend-cmd"}, set(self.words))
        if self.pdns.version() < (5, 0):
            self.skipTest("PowerDNS 5.0 has these words")
        self.do_all()


if __name__ == "__main__":
    main()
