"""What is measured of ringloss: each a function of the bench's Host that returns a figure. The
program is run as a user runs it, by a plan, and what it printed with --json is read.
"""
import contextlib
import datetime
import json
import statistics
import time

from host import GENERATOR_CPU, SINK_CPU, Failed, command

L2 = "check, 64 B in L2, 256 flows"
DRAM = "check, 64 B at 2 KiB stride in DRAM, 256 flows"


def defaults(host, settings):
    """What every plan of the bench has: 64-byte frames of 256 flows as fast as they go, the
    generator on its CPU and the sink on its own, on the bench's wire if it is up."""
    plan = {"plan.name": "bench", "plan.order": "listed", "traffic.frame": "64",
            "traffic.flows": "256", "traffic.rate": "max",
            "traffic.duration": f"{round(host.seconds * 1000)}ms"}
    for side, cpu in ("tx", GENERATOR_CPU), ("rx", SINK_CPU):
        if f"{side}.endpoint" not in settings:
            plan["path.p.from"], plan["path.p.to"] = "tx", ""
            continue
        plan[f"{side}.cpus"] = str(cpu)
        if host.wire:
            plan[f"{side}.netns"] = getattr(host.wire, side)
            plan[f"{side}.device"] = "net:" + getattr(host.wire, f"{side}_if")
    return {**plan, **settings}


def ini(settings):
    """The text of a plan from its full keys."""
    sections = {}
    for key, value in settings.items():
        section, _, name = key.rpartition(".")
        sections.setdefault(section, []).append(f"{name} = {value}")
    return "\n".join(f"[{section.replace('path.', 'path ')}]\n" + "\n".join(lines) + "\n"
                     for section, lines in sections.items())


def trials(host, settings):
    """Run a plan to its end; its lines, all of them valid."""
    lines = [json.loads(line) for line in host.ringloss(settings).splitlines()]
    for line in lines:
        if line["verdict"] != "valid":
            raise Failed(f"ringloss: a trial is {line['verdict']}: "
                         f"{'; '.join(line['validity']['reasons'])}")
    if not lines:
        raise Failed("ringloss: no trial")
    return lines


def rate(which, settings):
    """Frames a second of one trial: tx_pps, those that the endpoint took, or rx_pps, the
    different numbers that arrived whole."""
    return lambda host: trials(host, settings(host) if callable(settings)
                               else settings)[0]["rates"][which]


def into_drop(settings):
    """tx_pps into a bare XDP_DROP program."""
    def ours(host):
        with host.wire.dropping(host.drop_program):
            return rate("tx_pps", settings)(host)

    return ours


def on_own_core(settings):
    """rx_pps with the receiving device polled by a kernel thread on the sink's CPU."""
    def ours(host):
        with host.wire.threaded(SINK_CPU):
            return rate("rx_pps", settings)(host)

    return ours


def overhead(settings):
    """Milliseconds from the end of sending at a point to the begin of sending at the next: median
    over a sweep whose points differ by what is named, so that an endpoint is made anew."""
    def ours(host):
        lines = trials(host, {"traffic.rate": "20kpps", "traffic.duration": "50ms",
                              "traffic.unsent_max": "100%", **settings})
        if len(lines) < 2:
            raise Failed("ringloss: a sweep of one point")
        begin = [datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00"))
                 for line in lines]
        return statistics.median(
            (after - before).total_seconds() * 1e3 - line["duration_s"] * 1e3
            for before, after, line in zip(begin, begin[1:], lines))

    return ours


def seqcheck(name):
    """ns a frame: the median of the program's own runs."""
    def ours(host):
        out = command("taskset", "-c", str(SINK_CPU), str(host.seqcheck), "--json", name)
        return json.loads(out)[0]["median_ns"]

    return ours


def lab(which):
    """Milliseconds of `ringloss lab up` or `down`, from its start to its end."""
    def ours(host):
        took = {}
        with contextlib.ExitStack() as stack:
            stack.callback(command, str(host.program), "lab", "down")
            for what in "up", "down":
                begin = time.monotonic_ns()
                command(str(host.program), "lab", what)
                took[what] = (time.monotonic_ns() - begin) / 1e6
        return took[which]

    return ours
