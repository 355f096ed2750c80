"""The speed bench: rows in rounds, ours and the peer in turn, so that what a shared machine does to
one it does to the other; the ratio is taken within each round. Started by tests/bench/run.
"""
import argparse
import contextlib
import json
import os
import pathlib
import platform
import signal
import statistics
import sys
import tempfile
import time

import ours
from host import Failed, Hugepages, Process, Wire, command, on_path
from rows import ROWS

EX_USAGE, EX_NOPERM = 64, 77


class Host:
    """What the measuring functions see: the run's options, its folder, the wire in use."""

    def __init__(self, stack, options):
        self.seconds = options.seconds
        self.folder = pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="ringloss-bench.")))
        build = pathlib.Path(options.build).resolve()
        self.program = pathlib.Path(os.environ.get("RINGLOSS", build / "app/ringloss"))
        self.memif_socket = self.folder / "memif.sock"
        self.seqcheck = build / "tests/bench/bench_seqcheck"
        self.drop_program = build / "tests/bench/xdp_drop.bpf.o"
        self.wire = None  # while a row that needs one is measured
        self.hugepages = Hugepages(stack, not options.no_huge)
        self.endpoints = {row["endpoint"] for row in self.listed("endpoints")}
        self.knobs = {(row["endpoint"], row["key"].partition(".")[2]): row["axis"]
                      for row in self.listed("knobs")}

    def listed(self, what):
        return json.loads(command(str(self.program), "list", what, "--json"))

    def pause(self):
        """The measurement's length between two of a peer's own reads."""
        time.sleep(self.seconds)

    def memif(self, role):
        """The same device string for both, by the client's side small buffers."""
        socket = f"socket={self.memif_socket},socket-abstract=no"
        return f"net_memif0,role={role},{socket}" + (",bsize=256" if role == "client" else "")

    def ini(self, settings):
        path = self.folder / "plan.ini"
        path.write_text(ours.ini(ours.defaults(self, settings)))
        return path

    def start_ringloss(self, stack, settings, *options):
        return Process(stack, self.folder, "ringloss", self.program, "run", self.ini(settings),
                       "--out", self.folder / "results", *options)

    def ringloss(self, settings):
        """Run a plan to its end; what it printed with --json."""
        with contextlib.ExitStack() as stack:
            process = self.start_ringloss(stack, settings, "--json")
            process.popen.wait()
            lines = [line for line in process.output().splitlines() if line.startswith("{")]
            if process.popen.returncode > 2 or not lines:
                process.fail(f"ended with exit code {process.popen.returncode}")
            return "\n".join(lines)


def lacking(row, host):
    """Why the row cannot be measured here, or nothing."""
    for endpoint in row.endpoints:
        if endpoint not in host.endpoints:
            return f"ringloss has no endpoint {endpoint}"
    for endpoint, key in row.knobs:
        if (endpoint, key) not in host.knobs:
            return f"ringloss has no knob {key} for {endpoint}"
    for endpoint, key in row.axes:
        if host.knobs.get((endpoint, key)) != "yes":
            return f"ringloss cannot sweep the knob {key} of {endpoint}"
    for program in row.programs:
        if not on_path(program):
            return f"{program} is not on PATH"
    if os.cpu_count() < 2 and row.peer:
        return "generator and sink need a CPU each"
    if row.no_lab and any(os.path.exists(f"/run/netns/ringloss-{end}") for end in ("tx", "rx")):
        return "a standing lab is up: ringloss lab down"
    if "dpdk" in row.endpoints and not host.hugepages.take():
        return host.hugepages.refusal()
    return row.probe(host) if row.probe else ""


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def verdict(row, figure):
    """aim, pass or below what is asked for at least; nothing where nothing is asked."""
    if row.least is None:
        return None
    better = (lambda bound: figure >= bound) if row.measure_peer else (
        lambda bound: figure <= bound)
    return "aim" if better(row.aim) else "pass" if better(row.least) else "below"


def once(row, function, host):
    """One figure, on a wire made for it: no socket, program or counter of the one before."""
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, host, "wire", None)
        host.memif_socket.unlink(missing_ok=True)
        host.wire = Wire(stack, host.folder) if row.wire else None
        return function(host)


def measure(row, host, runs, say):
    """All rounds of a row; its object in the output."""
    result = {"name": row.name, "what": row.what, "peer": row.peer or None, "unit": row.unit,
              "least": row.least, "aim": row.aim, "skipped": None, "failed": None,
              "ours": [], "theirs": [], "ratios": [], "ours_spread": None,
              "theirs_spread": None, "ratio_spread": None, "verdict": None}
    try:
        result["skipped"] = lacking(row, host) or None
        if result["skipped"]:
            return result
        for number in range(1, runs + 1):
            say(f"{row.name}: round {number} of {runs}")
            result["ours"].append(once(row, row.measure, host))
            if row.measure_peer:
                result["theirs"].append(once(row, row.measure_peer, host))
                result["ratios"].append(result["ours"][-1] / result["theirs"][-1])
    except (Failed, OSError) as error:
        result["failed"] = str(error)
        return result
    result["ours_spread"] = spread(result["ours"])
    if row.measure_peer:
        result["theirs_spread"] = spread(result["theirs"])
        result["ratio_spread"] = spread(result["ratios"])
    result["verdict"] = verdict(row, (result["ratio_spread"] or result["ours_spread"])["median"])
    return result


def figure(value, unit):
    """Three digits, as people write them."""
    if value is None:
        return "-"
    if unit != "pps":
        return f"{value:.3g} {unit}"
    for factor, letter in (1e6, "M"), (1e3, "k"):
        if value >= factor:
            return f"{value / factor:.3g} {letter}pps"
    return f"{value:.3g} pps"


HEAD = ("row", "what", "peer", "ours", "peer's", "least..median..most", "at least", "aim", "")


def cells(result):
    """A line of the table; the spread is that of the ratio, without peer that of ours."""
    if result["skipped"] or result["failed"]:
        why = "skipped: " + result["skipped"] if result["skipped"] else "FAILED: " + result["failed"]
        return (result["name"], result["what"], result["peer"] or "-", *["-"] * 3,
                *bounds(result), why)
    ratio = result["ratio_spread"]
    of = ratio or result["ours_spread"]
    return (result["name"], result["what"], result["peer"] or "-",
            figure(result["ours_spread"]["median"], result["unit"]),
            figure((result["theirs_spread"] or {}).get("median"), result["unit"]),
            "..".join(f"{of[key]:.2f}" if ratio else f"{of[key]:.3g}"
                      for key in ("min", "median", "max")) + (" x" if ratio else ""),
            *bounds(result), result["verdict"] or "")


def bounds(result):
    unit = "x" if result["peer"] else result["unit"]
    return tuple("-" if result[key] is None else f"{result[key]:g} {unit}"
                 for key in ("least", "aim"))


def print_markdown(results):
    def line(words):
        return "| " + " | ".join(words) + " |"

    print(line(HEAD[1:]))
    print("|" + "---|" * (len(HEAD) - 1))
    for result in results:
        print(line(cells(result)[1:]))


def print_table(results):
    """Name, figures and verdict; what is compared is in --list and in the Markdown."""
    table = [tuple(cell for i, cell in enumerate(words) if i not in (1, 2))
             for words in (HEAD, *map(cells, results))]
    widths = [max(len(words[i]) for words in table) for i in range(len(table[0]) - 1)]
    for words in table:
        print("  ".join([cell.ljust(width) for cell, width in zip(words, widths)] +
                        [words[-1]]).rstrip())


def print_list():
    for row in ROWS:
        print(f"{row.name:20} {row.what}" + (f"\n{'':20} vs {row.peer}" if row.peer else ""))


def arguments():
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", description="How fast ringloss is beside its peers.",
        epilog="Rows whose peer or need is missing are skipped, with the reason. Exit code 1: "
        "something failed to run. No figure makes it fail.")
    parser.add_argument("rows", metavar="ROW", nargs="*", help="all of --list unless named")
    parser.add_argument("--runs", type=int, default=5, help="rounds of each row (5)")
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement (2)")
    parser.add_argument("--no-huge", action="store_true", help="DPDK without hugepages, both")
    parser.add_argument("--as-is", action="store_true", help="install and build nothing")
    parser.add_argument("--list", action="store_true", help="the rows, and measure nothing")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object")
    form.add_argument("--markdown", action="store_true", help="the table as in docs/bench.md")
    parser.add_argument("--build", help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.rows) - {row.name for row in ROWS}
    if unknown:
        parser.exit(EX_USAGE, f"error: no row {', '.join(sorted(unknown))}: "
                    "tests/bench/run --list has them\n")
    if options.runs < 1 or not 0.05 <= options.seconds <= 3600:
        parser.exit(EX_USAGE, "error: --runs from 1 on, --seconds from 0.05 to 3600\n")
    return options


def interrupted(number, frame):
    # from here on things are put back: a second signal must not stop that
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + number)


def say(text):
    print(text, file=sys.stderr)


def main():
    options = arguments()
    if options.list:
        print_list()
        return 0
    if os.geteuid() != 0:
        say("error: namespaces and XDP need root: run it with sudo")
        return EX_NOPERM
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)
    rows = [row for row in ROWS if not options.rows or row.name in options.rows]
    with contextlib.ExitStack() as stack:
        host = Host(stack, options)
        results = [measure(row, host, options.runs, say) for row in rows]
        if options.json:
            print(json.dumps({
                "runs": options.runs, "seconds": options.seconds, "kernel": platform.release(),
                "cpus": os.cpu_count(), "hugepages": host.hugepages.there, "rows": results}))
        elif options.markdown:
            print_markdown(results)
        else:
            print_table(results)
    return 1 if any(result["failed"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
