#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The published schema against the manuals' examples: the good ones pass, broken ones do not.

Usage: schema_test.py SCHEMA MANUAL...
"""

import copy
import json
import re
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}; on Debian: apt-get install python3-jsonschema python3-yaml")
    sys.exit(77)


def examples(manual):
    return [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", manual, re.S | re.M)]


def breaches(example):
    """Copies of the example, each with one thing wrong."""
    for path in list(mappings(example)):
        broken = copy.deepcopy(example)
        at(broken, path)["no_such_key"] = 1
        yield path, broken


def mappings(value, path=()):
    if isinstance(value, dict):
        yield path
        for key, child in value.items():
            yield from mappings(child, path + (key,))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from mappings(child, path + (index,))


def at(value, path):
    for step in path:
        value = value[step]
    return value


ZONE = {"zones": {"example.com": {"ns": ["ns.example.net."]}}}


def record(**node):
    return {"zones": {"example.com": {"ns": ["ns.example.net."], "records": {"www": node}}}}


GOOD = [
    ZONE,
    {"zones": {"example.com": {"file": "example.com.zone"}}},
    {**ZONE, "server": {"socket_mode": "0660", "workers": 2}},
    {**ZONE, "health_checks": {"x": {"type": "tcp", "port": 25, "interval": 5}}},
    {**ZONE, "health_checks": {"x": {"type": "http", "status": [200, "300-399"], "headers": {"A": "b"}}}},
    {**ZONE, "alerts": {"webhooks": [{"url": "https://hooks.example.com/", "events": ["health"]}],
                        "exec": ["/bin/true", "-v"], "query_spike": {"factor": 3}}},
    {**ZONE, "health_checks": {"x": {"type": "icmp"}, "y": {"type": "exec", "command": ["/bin/true", "-v"]}}},
    record(policy="failover", targets=["192.0.2.1"], ttl="1m", TXT="a", TYPE65534="\\# 0"),
    record(policy="weighted", targets=[{"policy": "simple", "targets": ["192.0.2.1"], "weight": 3}]),
    record(policy="geolocation", default="none", targets=[{"geos": ["EU"], "pool": "x"}]),
    record(policy="geolocation", default={"use": "x"}, targets=[{"asns": [1], "address": ["192.0.2.1"]}]),
    {**record(policy="latency", targets=[{"region": "eu", "pool": "x"}]), "latency": {"table": "x.csv"}},
    record(policy="multivalue", targets=["192.0.2.1"], on_all_unhealthy={"use": "x"}, min_healthy="50%"),
]

BAD = [
    {},
    {"zones": {"example.com": {}}},
    {**ZONE, "alerts": {"exec": "/bin/true"}},
    {**ZONE, "alerts": {"webhooks": [{"timeout": "1s"}]}},
    {**ZONE, "alerts": {"events": ["helth"]}},
    {**ZONE, "server": {"workers": 0}},
    {**ZONE, "health_checks": {"x": {"type": "tcp"}}},
    {**ZONE, "health_checks": {"x": {"type": "tcp", "port": 25, "path": "/"}}},
    {**ZONE, "health_checks": {"x": {"type": "exec"}}},
    {**ZONE, "health_checks": {"x": {"type": "heartbeet"}}},
    {**ZONE, "latency": {"hysteresis": "5%"}},
    record(policy="failover", targets=[{"region": "eu", "address": "192.0.2.1"}]),
    record(policy="failover"),
    record(policy="failover", targets=[]),
    record(policy="failover", targets=[{"address": "192.0.2.1", "weight": 1}]),
    record(policy="failover", targets=[{"address": "192.0.2.1", "pool": "x"}]),
    record(policy="failover", targets=["192.0.2.1"], max_answers=2),
    record(policy="geolocation", targets=[{"geos": ["EU"], "pool": "x"}]),
    record(policy="geolocation", default="none", targets=[{"geos": [False], "pool": "x"}]),
    record(policy="geolocation", default={"use": "x", "geos": ["EU"]}, targets=[{"geos": ["EU"], "pool": "x"}]),
    record(policy="weighted", targets=["192.0.2.1"], strict=True),
    record(txt="a"),
    record(TXT=5),
]


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main(schema_path, *manual_paths):
    schema = json.loads(text_of(schema_path))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    failures = []
    found = []
    for path in manual_paths:
        here = examples(text_of(path))
        if len(here) < 3:
            failures.append(f"only {len(here)} examples in {path}")
        found += here
    for example in found + GOOD:
        failures += [f"refuses {json.dumps(example)[:200]}: {error.message[:200]}"
                     for error in validator.iter_errors(example)]
    for example in found + GOOD:
        for path, broken in breaches(example):
            if validator.is_valid(broken) and path[-1:] != ("headers",):
                failures.append(f"takes an unknown key at {path}")
    for example in BAD:
        if validator.is_valid(example):
            failures.append(f"takes {json.dumps(example)[:200]}")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
