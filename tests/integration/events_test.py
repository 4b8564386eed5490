# SPDX-License-Identifier: Apache-2.0
"""What has happened: the command line, the live stream and the file, of a real process."""

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
        # Those of before, too: on a busy machine it may follow only after the first has happened.
        watching = self.follow("-n", "1000", "--json")
        self.web[FIRST].stop()
        watching.wait_until(lambda: watching.log().count('"kind":"failover"') == 2,
                            "tells of both failovers")
        down, = self.events(kind="health", to="unhealthy")
        self.assertEqual(down["subject"], f"web {FIRST}:{self.port}")
        self.assertEqual(down["from"], "healthy")
        self.assertEqual(down["outcome"], "connect refused")
        self.assertTrue(down["active"])
        self.assertGreaterEqual(down["lasted_ms"], 0)
        self.assertIn(down, [json.loads(line) for line in watching.log().splitlines() if line])
        self.assertEqual({(moved["subject"], moved["from"], moved["to"])
                          for moved in self.events(kind="failover")},
                         {(f"zones.example.com.records.{name} (A)", "one", "two")
                          for name in ("db", "www")})
        self.assertIn("failed over: zones.example.com.records.www (A) stays with two",
                      self.run_command("status").stdout)

        self.web[FIRST] = self.start(Nginx(self.directory, "one", FIRST, self.port))
        up = wait_for(lambda: self.events(kind="health", to="healthy"), "one is back")[-1]
        self.assertFalse(up["active"])
        self.assertEqual(up["subject"], down["subject"])
        self.assertIn(f"{up['text']}\n", self.done("events"))
        # db has failback: manual and stays.
        back, = wait_for(lambda: self.events(kind="failback"), "www goes back")
        self.assertEqual((back["subject"], back["to"]),
                         ("zones.example.com.records.www (A)", "one"))
        metrics = self.request("/metrics")[1]
        for line in ('fairlead_failovers_total 2', 'fairlead_failbacks_total 1',
                     'fairlead_failed_over 1',
                     'fairlead_failover_position{node="zones.example.com.records.www",type="A"} 0',
                     'fairlead_failover_position{node="zones.example.com.records.db",type="A"} 1'):
            self.assertIn(line + "\n", metrics)
        self.done("failback", "db.example.com")
        self.assertEqual(self.events(kind="failback")[-1]["by"], "anna")

    def test_operators_and_reloads_are_events(self):
        self.done("set", "two", "drain", "--reason", "new disks")
        self.done("clear", "two")
        self.done("reload")
        was_set = self.events(kind="override", to="drain")[-1]
        self.assertEqual((was_set["by"], was_set["reason"]), ("anna", "new disks"))
        self.assertEqual(self.events(kind="override")[-1]["from"], "drain")
        self.assertEqual(self.events(kind="reload", to="applied")[-1]["by"], "anna")
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
