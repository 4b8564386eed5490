# SPDX-License-Identifier: Apache-2.0
"""`fairlead drill` against a real process: what dig sees meanwhile, and what is left behind."""

import json
import signal
import socket
import subprocess
import threading

from admin_test import FIRST, SECOND, Operated
from harness import FAIRLEAD, LIMIT_S, PATIENCE_S, Fairlead, Listener, loopback, main, wait_for

THIRD = loopback(13)
LONG = "10m"  # a drill that something else ends


class Drilled(Operated):
    @classmethod
    def make_config(cls, more_records=""):
        return super().make_config(f"""
                  only: {{policy: failover, targets: [{{endpoint: one}}]}}
                  kept: {{policy: failover, failback: manual,
                          targets: [{{name: three, address: {THIRD}}}, {{endpoint: two}}]}}
            """).replace("db: {policy: failover, failback: manual,", "db: {policy: failover,")

    def drill(self, *arguments, server=None):
        """Running, in the background."""
        process = subprocess.Popen(
            [FAIRLEAD, "drill", "--server", server or self.url, "--token-file", self.tokens, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def report(self, process):
        """Exit status and what --json says."""
        out, errors = process.communicate(timeout=LIMIT_S)
        self.assertEqual(errors, "")
        return process.returncode, json.loads(out)

    def names_of(self, report):
        return {name["name"]: name for name in report["names"]}

    def overrides(self):
        return json.loads(self.done("overrides", "--json"))["overrides"]

    def events(self, **wanted):
        lines = self.done("events", "--json", "-n", "10000").splitlines()
        return [event for event in map(json.loads, lines)
                if all(event.get(key) == value for key, value in wanted.items())]


class Way(Listener):
    """Between the command and the process. It loses the replies to requests that begin with `lost`,
    and perhaps ends with that; it holds the next one that begins with `held` until it is released."""

    def __init__(self, process, lost=None, ends_with_it=False, held=None):
        self.process, self.lost, self.ends_with_it, self.held = process, lost, ends_with_it, held
        self.holds, self.released = threading.Event(), threading.Event()
        super().__init__((loopback(14), 0))
        self.url = "http://{}:{}".format(*self.listener.getsockname())

    def serve(self, peer):
        threading.Thread(target=self._pass_on, args=(peer,), daemon=True).start()

    def _pass_on(self, peer):
        with peer, socket.create_connection(self.process) as process:
            request = peer.recv(65536)
            if self.held and request.startswith(self.held):
                self.held = None
                self.holds.set()
                self.released.wait()
            process.sendall(request)
            if self.lost and request.startswith(self.lost):
                process.recv(1)  # it is done
                if self.ends_with_it:
                    self.stop()
                return
            back = threading.Thread(target=self._pump, args=(process, peer), daemon=True)
            back.start()
            self._pump(peer, process)
            back.join()

    @staticmethod
    def _pump(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self.released.set()
        super().stop()


class Drill(Drilled):
    def test_answers_move_while_it_runs_and_come_back(self):
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        running = self.drill("--down", "one", "--for", "5s", "--reason", "quarterly", "--json")
        self.wait_for_answer("www.example.com", [SECOND], PATIENCE_S)
        status, report = self.report(running)
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        self.assertEqual(self.overrides(), [])
        self.assertEqual(status, 0)

        self.assertEqual((report["ended"], report["restored"]), ("done", True))
        self.assertEqual(report["endpoints"], ["one"])
        self.assertGreaterEqual(report["lasted_ms"], 5000)
        www = self.names_of(report)["www.example.com."]
        self.assertEqual((www["type"], www["moved"]), ("A", 1))
        self.assertEqual((www["from"], www["to"]), ({FIRST: 1}, {SECOND: 1}))
        self.assertLess(www["switched_after_ms"], report["lasted_ms"])
        self.assertIsNotNone(www["back_after_ms"])
        # It has no other target: its answer stays, and is said to be dark.
        self.assertNotIn("only.example.com.", self.names_of(report))
        self.assertEqual([dark["subject"] for dark in report["all_unhealthy"]],
                         ["only.example.com. (A)"])
        self.assertIsNotNone(report["all_unhealthy"][0]["lasted_ms"])
        node = "zones.example.com.records.www (A)"
        self.assertEqual([(move["kind"], move["to"]) for move in report["moves"]
                          if move["subject"] == node], [("failover", "two"), ("failback", "one")])
        was_set, = self.events(kind="override", to="down", reason="drill: quarterly")
        self.assertEqual((was_set["by"], was_set["subject"]), ("anna", "one"))

    def test_people_read_a_table(self):
        running = self.drill("--down", "one", "--for", "5s")
        out, errors = running.communicate(timeout=LIMIT_S)
        self.assertEqual((running.returncode, errors), (0, ""))
        self.assertRegex(out, r"one is down for 5 s: 1 endpoint of \d names")
        self.assertRegex(out, rf"www\.example\.com\.\s+A\s+\d+\.\d s\s+100 %\s+{FIRST} 100 %\s+"
                              rf"{SECOND} 100 %\s+\d+\.\d s\s+60 s")
        self.assertRegex(out, r"nothing healthy left: only\.example\.com\. \(A\) for \d+\.\d s")
        self.assertRegex(out, r"switched within \d+\.\d s, back within \d+\.\d s")

    def test_a_condition_ends_it_at_once(self):
        running = self.drill("--down", "pool eu", "--for", LONG, "--json", "--abort-if",
                             "www.example.com all_unhealthy", "--abort-if", "pool eu all_unhealthy")
        status, report = self.report(running)
        self.assertEqual((status, report["ended"]), (3, "aborted"))
        self.assertEqual(report["why"], "www.example.com all_unhealthy")
        self.assertTrue(report["restored"])
        self.assertEqual(self.overrides(), [])
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])

    def test_an_interrupt_gives_back_and_reports(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            running = self.drill("--down", "one", "--for", LONG, "--json")
            self.wait_for_answer("www.example.com", [SECOND], PATIENCE_S)
            running.send_signal(number)
            status, report = self.report(running)
            self.assertEqual((status, report["ended"], report["restored"]),
                             (3, "interrupted", True))
            self.assertEqual(self.overrides(), [])
            self.assertEqual(self.pdns.a("www.example.com"), [FIRST])

    def test_a_killed_drill_leaves_nothing_for_long(self):
        running = self.drill("--down", "one", "--for", "10s")
        self.wait_for_answer("www.example.com", [SECOND], PATIENCE_S)
        running.kill()
        self.assertLessEqual(self.overrides()[0]["ends_in_s"], 15)
        self.wait_for_answer("www.example.com", [FIRST], PATIENCE_S)
        self.assertEqual(self.overrides(), [])

    def test_what_is_set_already_is_not_touched(self):
        self.done("set", "one", "drain", "--reason", "new disks")
        before = self.overrides()
        run = self.run_command("drill", "--down", "one", "--for", "1s")
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("one is set drain by anna (new disks)", run.stderr)
        self.assertIn("fairlead clear", run.stderr)
        self.assertEqual({**self.overrides()[0], "safe_in_s": 0}, {**before[0], "safe_in_s": 0})
        self.done("clear", "one")

    def test_what_somebody_sets_meanwhile_stays(self):
        running = self.drill("--down", "one", "--for", LONG, "--json")
        self.wait_for_answer("www.example.com", [SECOND], PATIENCE_S)
        self.done("set", "one", "drain", "--reason", "it smokes")
        status, report = self.report(running)
        self.assertEqual((status, report["ended"]), (3, "taken_over"))
        self.assertIn("set drain by anna", report["why"])
        self.assertEqual(self.overrides()[0]["reason"], "it smokes")
        self.done("clear", "one")

    def way(self, **what):
        way = Way((self.admin_address, self.admin_port), **what)
        self.addCleanup(way.stop)
        return way

    def test_what_somebody_sets_at_its_very_end_stays(self):
        way = self.way(held=b"GET /api/v1/events?limit=10000&")  # the last look before it ends
        running = self.drill("--down", "one", "--for", LONG, "--json", server=way.url)
        wait_for(way.holds.is_set, "it looks", PATIENCE_S)
        self.done("set", "one", "drain", "--reason", "it smokes")
        running.send_signal(signal.SIGINT)
        way.released.set()
        status, report = self.report(running)
        self.assertEqual((status, report["ended"]), (3, "taken_over"))
        self.assertIn("set drain by anna", report["why"])
        self.assertEqual(self.overrides()[0]["reason"], "it smokes")
        self.done("clear", "one")

    def test_a_drill_whose_first_reply_is_lost_leaves_nothing(self):
        way = self.way(lost=b"PUT ")
        running = self.drill("--down", "one", "--for", LONG, "--reason", "unheard", server=way.url)
        out, errors = running.communicate(timeout=LIMIT_S)
        self.assertEqual((running.returncode, out, errors.count("\n")), (1, "", 1))
        self.assertEqual(len(self.events(kind="override", reason="drill: unheard", to="down")), 1)
        self.assertEqual(self.overrides(), [])

    def test_a_drill_that_cannot_be_undone_says_so(self):
        way = self.way(lost=b"PUT ", ends_with_it=True)
        running = self.drill("--down", "one", "--for", LONG, server=way.url)
        wait_for(lambda: self.overrides() != [], "it is down", PATIENCE_S)
        running.send_signal(signal.SIGINT)  # it looks for nobody any longer
        out, errors = running.communicate(timeout=LIMIT_S)
        self.assertEqual((running.returncode, out), (1, ""))
        self.assertIn("fairlead drill: one may be down for another ", errors)
        self.done("clear", "one")

    def test_what_does_not_return_by_itself_is_said(self):
        running = self.drill("--down", "three", "--for", "5s", "--json")
        status, report = self.report(running)
        self.assertEqual((status, report["ended"], report["restored"]), (3, "done", False))
        self.assertIsNone(self.names_of(report)["kept.example.com."]["back_after_ms"])
        self.done("failback", "kept.example.com")

    def test_a_wrong_drill_changes_nothing(self):
        for arguments, part in (
                (("--down", "onee", "--for", "1s"), 'did you mean "one"?'),
                (("--down", "one", "--for", "soon"), "soon"),
                (("--down", "one", "--for", "1s", "--abort-if", "www.example.com"), "all_unhealthy"),
                (("--down", "one", "--for", "1s", "--abort-if", "no.example.com all_unhealthy"),
                 "no.example.com"),
                (("--down", "one", "--for", "1s", "--client", "nobody"), "nobody")):
            run = self.run_command("drill", *arguments)
            self.assertEqual(run.returncode, 2, arguments)
            self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
            self.assertIn(part, run.stderr)
        self.done("set", "two", "down", "--reason", "it is dark")
        self.done("set", FIRST, "down", "--reason", "the other, too")
        run = self.run_command("drill", "--down", "one", "--for", "1s", "--abort-if",
                               "www.example.com all_unhealthy")
        self.assertEqual(run.returncode, 2)
        self.assertIn("before the drill has begun", run.stderr)
        self.done("clear", "two")
        self.done("clear", FIRST)
        self.assertEqual(self.overrides(), [])


class Lost(Drilled):
    def test_without_the_process_it_ends_and_the_target_comes_back_by_itself(self):
        running = self.drill("--down", "one", "--for", "10s", "--json")
        self.wait_for_answer("www.example.com", [SECOND], PATIENCE_S)
        self.fairlead.stop()
        status, report = self.report(running)
        self.assertEqual((status, report["ended"]), (1, "lost"))
        self.assertIn("one comes back by itself", report["why"])
        self.__class__.fairlead = self.start(
            Fairlead(self.directory, self.config_path, "again")).wait_ready()
        self.wait_for_answer("www.example.com", [FIRST], PATIENCE_S)
        wait_for(lambda: self.overrides() == [], "its time is over")


if __name__ == "__main__":
    main()
