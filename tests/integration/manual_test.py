# SPDX-License-Identifier: Apache-2.0
"""Man pages and completions against what the program says of itself."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

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
