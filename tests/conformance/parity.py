"""Writes the table of parity: tests/conformance/run --parity FILE DIR...

Runs the conformance runner over the folders and counts its verdicts by feature. The table holds
names and numbers alone: no case, no path, no date, so that the same cases give the same table.
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import features  # noqa: E402  (after the switch above)

_SECTIONS = (features.OPERATIONS, features.STATES, features.FIELDS, features.CHOICES,
             features.INTRINSICS, features.JSONATA, features.ERRORS, features.LANGUAGE,
             features.READERS, features.RESOURCES)
_RECORDED, _WILD, _SUITE = "recorded", "in the wild", "JSONata's suite"
# With so few cases a line for each name would say nothing: most are private names and misspellings.
_FEW = 3
_HEAD = """# Parity with AWS Step Functions

Written by the conformance runner: `make parity CASES=FOLDER`. Every row counts the cases that have to do with a feature, and how many of
them agree in everything that was recorded: status, output, error, cause, each event of the history, each member of an answer.

* **recorded**: results recorded from AWS itself. Those that are not compared, because they need a service that is not there or because the
  recording's own client refused the request, are cases that do not agree here
* **in the wild**: definitions out of public repositories, which must be accepted and run to an end, or be refused where their own
  tests say so
* **JSONata's suite**: the cases of the JSONata project; where AWS's version of the language differs on purpose, a case does not agree

A case counts once in each row that it has to do with. Operations count recorded answers and errors.
"""


class Counter:
    """(section, name) -> {column: [cases, that agree]}."""

    def __init__(self):
        self.rows = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0]))

    def add(self, feature, column, agrees):
        count = self.rows[feature][column]
        count[0] += 1
        count[1] += bool(agrees)


def _read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _count_script(case, verdict, counter):
    agrees = verdict["result"] == "passed"
    differing = {int(found[1]) for note in verdict["notes"]
                 if (found := re.match(r"step (\d+) ", note))}
    for feature in features.of_script(case):
        counter.add(feature, _RECORDED, agrees)
    for index, step in enumerate(case["steps"]):
        refused = (step.get("expect_error") or {}).get("client_side_validation")
        if "op" in step and ("expect" in step or "expect_error" in step) and not refused:
            counter.add((features.OPERATIONS, step["op"]), _RECORDED, index not in differing)


def _count(verdicts, counter, totals):
    for verdict in verdicts:
        case = _read(verdict["file"])
        agrees = verdict["result"] == "passed"
        is_wild = isinstance(case.get("source"), dict) and "repo" in case["source"]
        column = _WILD if is_wild else _RECORDED
        totals.add((_kind(case, is_wild), verdict["result"]), column, agrees)
        if "steps" in case:
            _count_script(case, verdict, counter)
        else:
            for feature in features.of_case(case):
                counter.add(feature, column, agrees)


def _kind(case, is_wild):
    if is_wild:
        return "definitions in the wild"
    if "steps" in case:
        return "scripts of API calls"
    if "operation" in case:
        return "definitions validated"
    return "states tested" if "request" in case else "executions"


def _cells(counts, columns):
    return [str(number) if column in counts else "" for column in columns
            for number in counts.get(column, (0, 0))]


def _table(title, rows, columns):
    """Lines of one table; names without a number in a column have an empty cell there."""
    used = [column for column in columns if any(column in counts for _, counts in rows)]
    lines = ["", f"## {title}", "", "| | " + " | ".join(f"{column} | agree" for column in used) + " |",
             "|---|" + "---:|---:|" * len(used)]
    for name, counts in rows:
        lines.append("| " + " | ".join([name.replace("|", "\\|"), *_cells(counts, used)]) + " |")
    return lines


def _rows_of(section, counter):
    rows, rare = [], collections.defaultdict(lambda: [0, 0])
    for (of, name), counts in sorted(counter.rows.items()):
        if of != section:
            continue
        is_private = section in (features.ERRORS, features.RESOURCES) or _RECORDED not in counts
        is_few = sum(count[0] for count in counts.values()) <= _FEW
        if is_few and is_private and _SUITE not in counts and not name.startswith("States."):
            for column, count in counts.items():
                rare[column][0] += count[0]
                rare[column][1] += count[1]
        else:
            rows.append((f"`{name}`", counts))
    return rows + ([("other names, one to three cases each", rare)] if rare else [])


def _summary(totals):
    lines = ["", "## All cases", "", "| | cases | agree | differ | not compared |",
             "|---|---:|---:|---:|---:|"]
    kinds = collections.defaultdict(collections.Counter)
    for (kind, result), counts in totals.rows.items():
        kinds[kind][result] += sum(count[0] for count in counts.values())
    for kind, results in sorted(kinds.items()):
        lines.append(f"| {kind} | {sum(results.values())} | {results['passed']} | "
                     f"{results['failed']} | {results['skipped']} |")
    return lines


def _run(build, program, arguments):
    subprocess.run(["ninja", "-C", build, program, "pawl-engine"], check=True,
                   stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "results.json")
        # It fails where a case does; what was found is in the file all the same.
        subprocess.run([os.path.join(build, "bin", program), *arguments, "--json", path],
                       check=False, stdout=subprocess.DEVNULL)
        return _read(path)


def main():
    build, arguments = sys.argv[1], sys.argv[2:]
    at = arguments.index("--parity")
    target = arguments[at + 1]
    arguments = arguments[:at] + arguments[at + 2:]
    suites = [one for one in arguments if os.path.isdir(os.path.join(one, "groups"))]
    others = [one for one in arguments if one not in suites]
    counter, totals = Counter(), Counter()
    if any(os.path.exists(one) for one in others):
        _count(_run(build, "pawl-conformance", others), counter, totals)
    for suite in suites:
        for one in _run(build, "pawl_jsonata_suite", [suite]):
            agrees = one["result"] == "passed"
            totals.add(("expressions of JSONata's suite", one["result"]), _SUITE, agrees)
            for feature in features.jsonata_functions(one["expr"]):
                counter.add(feature, _SUITE, agrees)
    lines = [_HEAD.rstrip(), *_summary(totals)]
    for section in _SECTIONS:
        rows = _rows_of(section, counter)
        if rows:
            lines += _table(section, rows, (_RECORDED, _WILD, _SUITE))
    with open(target, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    for line in _summary(totals)[3:]:
        print(line)


main()
