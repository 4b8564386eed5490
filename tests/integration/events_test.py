# SPDX-License-Identifier: Apache-2.0
"""What has happened: the command line, the live stream, and the file, of a real process."""

import json

from admin_test import FIRST, Operated
from harness import FAIRLEAD, Nginx, Process, main, wait_for


class Events(Operated):
    def events(self, **wanted):
        """Those that `fairlead events --json` shows with these members."""
        lines = self.done("events", "--json", "-n", "10000").splitlines()
        return [event for event in map(json.loads, lines)
                if all(event.get(key) == value for key, value in wanted.items())]

    def follow(self, *arguments):
        return self.start(Process(self.directory, "events", [
            FAIRLEAD, "events", "-f", "--server", self.url, "--token-file", self.tokens,
            *arguments]))

    def test_an_outage_is_told_from_beginning_to_end(self):
        watching = self.follow("-n", "0", "--json")
        self.web[FIRST].stop()
        watching.wait_until(lambda: '"kind":"failover"' in watching.log(), "tells of the failover")
        down, = self.events(kind="health", to="unhealthy")
        self.assertEqual(down["subject"], f"web {FIRST}:{self.port}")
        self.assertEqual(down["from"], "healthy")
        self.assertEqual(down["outcome"], "connect refused")
        self.assertTrue(down["active"])
        self.assertGreaterEqual(down["lasted_ms"], 0)
        self.assertIn(down, [json.loads(line) for line in watching.log().splitlines() if line])
        moved, = self.events(kind="failover")
        self.assertEqual((moved["from"], moved["to"]), ("one", "two"))

        self.web[FIRST] = self.start(Nginx(self.directory, "one", FIRST, self.port))
        up = wait_for(lambda: self.events(kind="health", to="healthy"), "one is back")[-1]
        self.assertFalse(up["active"])
        self.assertEqual(up["subject"], down["subject"])
        self.assertIn(f"{up['text']}\n", self.done("events"))

    def test_operators_and_reloads_are_events(self):
        self.done("set", "two", "drain", "--reason", "new disks")
        self.done("clear", "two")
        self.done("reload")
        was_set = self.events(kind="override", to="drain")[-1]
        self.assertEqual((was_set["by"], was_set["reason"]), ("anna", "new disks"))
        self.assertEqual(self.events(kind="override")[-1]["from"], "drain")
        self.assertTrue(self.events(kind="reload", to="applied"))
        self.assertIn('fairlead_events_total{kind="reload"}', self.request("/metrics")[1])

    def test_the_file_has_them_all(self):
        self.done("set", "two", "up", "--reason", "for the file")
        newest = self.events()[-1]
        file = self.directory / "events.jsonl"
        wait_for(lambda: file.exists() and json.dumps(newest["id"]) in file.read_text(),
                 "the newest is in the file")
        written = [json.loads(line) for line in file.read_text().splitlines()]
        self.assertEqual([event for event in written if event["id"] <= newest["id"]],
                         [event for event in self.events() if event["id"] <= newest["id"]])
        self.assertEqual([e["id"] for e in written], sorted({e["id"] for e in written}))

    def test_who_may_not_or_cannot_follow_is_told(self):
        run = self.run_command("events", "-f", "--server", "http://127.0.0.1:1")
        self.assertEqual(run.returncode, 1)
        self.assertIn("cannot reach", run.stderr)
        self.assertEqual(self.request("/api/v1/events?follow=true", token="")[0], 401)


if __name__ == "__main__":
    main()
