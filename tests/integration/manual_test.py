# SPDX-License-Identifier: Apache-2.0
"""Man pages and completions against what the program says of itself."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}; on Debian: apt-get install python3-yaml")
    sys.exit(77)

from harness import FAIRLEAD, ROOT, main
import harness

harness.NEEDED = ("groff", "bash")

PAGE = ROOT / "packaging/man/fairlead.1"
FORMAT_PAGE = ROOT / "packaging/man/fairlead.yaml.5"
SCHEMA = ROOT / "docs/fairlead.schema.json"
BASH = ROOT / "packaging/completion/fairlead.bash"
FISH = ROOT / "packaging/completion/fairlead.fish"
LONG_OPTION = re.compile(r"--[a-z][-a-z]*")


def output(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=True, **options).stdout


def help_of(*command):
    return output(FAIRLEAD, *command, "--help")


def commands():
    return re.findall(r"^  ([a-z][-a-z]*) ", help_of(), re.MULTILINE)


def options(command):
    """The long ones, but --help."""
    lines = re.findall(r"^  (?:-\w,)?(--[-a-z]+)", help_of(command), re.MULTILINE)
    return set(lines) - {"--help"}


class Page:
    """The section COMMANDS of fairlead.1: the options that it gives each command."""

    def __init__(self):
        self.commands, self.everywhere = {}, {}
        text = PAGE.read_text().replace("\\-", "-")
        section, level, command = "", 0, ""
        lines = iter(re.search(r"^\.SH COMMANDS\n(.*?)^\.SH", text, re.S | re.M)[1].splitlines())
        for line in lines:
            if line.startswith(".SS "):
                section = line[4:]
            elif line in (".RS", ".RE"):
                level += 1 if line == ".RS" else -1
            elif line == ".TP":
                tag = next(lines)
                first = re.match(r"\.[BIR]+ \"?([-a-z]+)", tag)[1]
                if level:
                    self.commands[command].update(LONG_OPTION.findall(tag))
                elif first.startswith("-"):
                    self.everywhere.setdefault(section, set()).update(LONG_OPTION.findall(tag))
                else:
                    command = first
                    self.commands[command] = set(self.everywhere.get(section, ()))


class Manual(unittest.TestCase):
    def test_the_page_has_every_command_with_its_options_and_no_other(self):
        page = Page().commands
        self.assertEqual(sorted(page), sorted(commands()))
        for command in commands():
            with self.subTest(command):
                self.assertEqual(page[command], options(command))

    def test_the_page_of_the_format_names_every_section_and_its_example_loads(self):
        text = FORMAT_PAGE.read_text()
        sections = re.search(r"The sections are\n(.*?)\.I ", text, re.S)[1]
        words = set(re.findall(r"[a-z_]{3,}", sections)) - {"and"}
        self.assertEqual(words, set(json.loads(SCHEMA.read_text())["properties"]))
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / "fairlead.yaml"
            file.write_text(re.search(r"^\.nf\n(.*?)^\.fi", text, re.S | re.M)[1])
            output(FAIRLEAD, "check", "--strict", file)

    def test_both_are_pages_that_groff_takes(self):
        for page in (PAGE, FORMAT_PAGE):
            run = subprocess.run(["groff", "-man", "-ww", "-z", page], capture_output=True,
                                 text=True, check=True)
            self.assertEqual(run.stderr, "")


class HealthChecks(unittest.TestCase):
    """What docs/health-checks.md shows of the configuration: a few checks, or a section, a block."""

    SECTIONS = set(json.loads(SCHEMA.read_text())["properties"])
    TYPES = {key.partition(".")[2] for key in json.loads(SCHEMA.read_text())["$defs"]
             if key.startswith("health_check.")}

    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        tokens = self.directory / "alive.tokens"
        tokens.write_text(f"fra1 {'0123456789abcdef' * 2}\n")
        tokens.chmod(0o600)
        plugin = self.directory / "plugins/check_lag"
        plugin.parent.mkdir()
        plugin.symlink_to("/bin/true")

    def examples(self):
        text = (ROOT / "docs/health-checks.md").read_text()
        for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M):
            if re.match(r"\s*\w+: *(\{|#|\n)", block):
                yield yaml.safe_load(block)

    def configuration(self, example):
        """With what the example takes for granted: its children, a use of each check, and an interface."""
        sections = {key: value for key, value in example.items() if key in self.SECTIONS}
        checks = {key: value for key, value in example.items() if key not in self.SECTIONS}
        for check in list(checks.values()):
            for child in check.get("children", []):
                checks.setdefault(child, {"type": "tcp", "port": 443})
        # As in its text: a program that no other machine has.
        for check in checks.values():
            if check.get("command", [""])[0].startswith("/usr/lib/nagios/"):
                check["command"][0] = "/bin/true"
        records = {name: {"policy": "failover", "targets": [
            {"address": f"203.0.113.{number}", "health_check": name}, "203.0.113.250"]}
            for number, name in enumerate(checks, 1)}
        return {"admin": {"listen": "127.0.0.1:8080"}, "health_checks": checks,
                "zones": {"example.com": {"ns": ["ns1.example.net."], "records": records}}, **sections}

    def test_every_type_has_an_example_and_all_are_right(self):
        shown = set()
        file = self.directory / "fairlead.yaml"
        for example in self.examples():
            with self.subTest(example):
                configuration = self.configuration(example)
                shown |= {check["type"] for check in configuration["health_checks"].values()}
                file.write_text(yaml.safe_dump(configuration))
                run = subprocess.run([FAIRLEAD, "check", "--strict", file], capture_output=True, text=True,
                                     check=False)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(shown, self.TYPES)


class Completion(unittest.TestCase):
    """What a shell offers after `fairlead ...` and the tabulator."""

    def setUp(self):
        directory = self.enterContext(tempfile.TemporaryDirectory())
        self.directory = pathlib.Path(directory)
        (self.directory / "site.yaml").touch()

    def check(self, offers):
        self.assertEqual(set(offers("")), set(commands()))
        self.assertEqual(set(offers("sim")), {"simulate"})
        for command in commands():
            with self.subTest(command):
                self.assertEqual(set(offers(command, "--")) - {"--help"}, options(command))
        self.assertEqual(set(offers("set", "fra1", "")) - options("set") - {"--help"},
                         {"up", "down", "drain", "obey"})
        for words in (["check", "si"], ["serve", "-c", "si"], ["serve", "--config", "si"],
                      ["doctor", "--control", "si"], ["status", "--token-file", "si"]):
            with self.subTest(words):
                self.assertEqual(offers(*words), ["site.yaml"])
        for words in (["set", "fra1", "drain", "--for", ""], ["events", "-n", ""],
                      ["status", "--server", ""]):
            with self.subTest(words):
                self.assertEqual(offers(*words), [])

    def test_bash(self):
        def offers(*words):
            script = ('. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fairlead; '
                      '((${#COMPREPLY[@]})) && printf "%s\\n" "${COMPREPLY[@]}"; true')
            return output("bash", "-c", script, BASH, FAIRLEAD, *words,
                          cwd=self.directory).split()
        self.check(offers)

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        def offers(*words):
            line = " ".join(["fairlead", *words[:-1], words[-1] or ""])
            script = (f"function fairlead; {FAIRLEAD} $argv; end; source {FISH}; "
                      f"complete -C '{line}'")
            lines = output("fish", "--no-config", "-c", script, cwd=self.directory).splitlines()
            return [offered.split("\t")[0] for offered in lines]
        self.check(offers)


if __name__ == "__main__":
    main()
