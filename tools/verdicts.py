"""What `tlbmc verify` says of one operation, or of several together, for the scripts here."""
import functools
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

WORST = [70, 2, 30, 10, 20, 0]
WORDS = {0: "proved", 10: "VIOLATED", 20: "unknown", 30: "certificate rejected", 2: "bad input", 70: "internal error"}
STATUS = {"proved": 0, "violated": 10, "unknown": 20}


class Problem(Exception):
    """There is no answer; said to the user in one line."""


@dataclass
class Verdict:
    status: int
    detail: str = ""  # what was missed, or why it is not known
    assumptions: list = field(default_factory=list)
    trace: dict | None = None
    result: dict | None = None  # of `tlbmc verify --format json`


def worst(statuses):
    return min(statuses, key=WORST.index, default=20)


def read_json(file):
    try:
        with open(file, encoding="utf-8") as text:
            return json.load(text)
    except (OSError, ValueError) as error:
        raise Problem(f"{file}: {error}") from error


@functools.lru_cache(maxsize=64)
def whole(placement):
    return read_json(placement)


def called(node):
    """The routines that a part of a placement calls."""
    if isinstance(node, dict) and isinstance(node.get("call"), str):
        yield node["call"]
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from called(child)


def names_of(operations):
    """One name or several."""
    return [operations] if isinstance(operations, str) else list(operations)


def part_of(placement, operations):
    """The operations with the routines that they call; nothing: the placement extends another, or lacks one."""
    json_of, names = whole(placement), names_of(operations)
    if "extends" in json_of or not set(names) <= set(json_of.get("operations", {})):
        return None
    chosen = {name: json_of["operations"][name] for name in names}
    routines, found = json_of.get("routines", {}), set()
    waiting = list(called(chosen))
    while waiting:
        name = waiting.pop()
        if name in routines and name not in found:
            found.add(name)
            waiting += called(routines[name])
    return json_of | {"operations": chosen, "routines": {name: routines[name] for name in routines if name in found}}


def alone(placement, operations, folder):
    """The operations as a placement of their own: an extracted one is of megabytes, which each process would read."""
    part = part_of(placement, operations)
    if part is None:
        return placement
    file = os.path.join(folder, f"{names_of(operations)[0]}.json")
    with open(file, "w", encoding="utf-8") as output:
        json.dump(part, output)
    return file


def command(tlbmc, placement, machine, operations, properties, timeout, *more):
    words = [tlbmc, "verify", placement, "--machine", machine, "--timeout", str(timeout), "--proof-first"]
    for name in names_of(operations):
        words += ["--op", name]
    for name in properties:
        words += ["--property", name]
    return words + list(more)


def verdict_of(found, result, timeout):
    trace = found.get("trace")
    detail = trace["missed"] if trace else found.get("reason", "")
    if found["verdict"] == "unknown" and not detail:
        detail = f"out of time, {timeout:g} s"
    assumed = [line.removeprefix("placement: ") for line in result["assumptions"]
               if line.startswith("placement: ") or "runs left out" in line]
    return Verdict(STATUS[found["verdict"]], detail, assumed, trace, result)


def verify(tlbmc, placement, machine, operations, properties, timeout, *more):
    """{property: Verdict}. Without a result every one has the status of the process, but never 0."""
    with tempfile.TemporaryDirectory() as folder:
        output, part = os.path.join(folder, "result.json"), alone(placement, operations, folder)
        run = subprocess.run(command(tlbmc, part, machine, operations, properties, timeout, "--format", "json", "-o", output,
                                     *more), capture_output=True, text=True, check=False)
        text = Path(output).read_text(encoding="utf-8") if os.path.exists(output) else ""
    try:
        result = json.loads(text)
        found = {one["property"]: verdict_of(one, result, timeout) for one in result["properties"]}
    except (ValueError, LookupError):
        found = {}
    said = (run.stderr or run.stdout).replace(part, placement).strip().splitlines()
    lost = run.returncode if run.returncode in WORDS and run.returncode not in (0, 10) else 70
    return {name: found.get(name) or Verdict(lost, said[-1] if said else "no result") for name in properties}


def ask(options, placement, operations, more=()):
    """What `options` ask: one property, on one machine."""
    return verify(options.tlbmc, placement, options.machine, operations, [options.property], options.timeout,
                  *more)[options.property]
