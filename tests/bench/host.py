"""What the bench borrows from the host and gives back: processes, two namespaces joined by a
veth, hugepages. Everything is entered on a contextlib.ExitStack, so that it goes in reverse
order, after Ctrl-C as well.
"""
import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

GENERATOR_CPU, SINK_CPU = 0, 1
PATIENCE_S = 20  # for a program to come up, traffic to flow, a program to end
POLL_S = 0.01
HUGEPAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
HUGEPAGES_WANTED = 512
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None)


class Failed(Exception):
    """Something did not run; the text names it and its last words."""


def die_with_parent():
    """In a child: a bench that was killed leaves no process behind."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def command(*arguments, stdin=None):
    """Run to the end; its output, or Failed."""
    done = subprocess.run(arguments, input=stdin, text=True, capture_output=True,
                          stdin=None if stdin is not None else subprocess.DEVNULL)
    if done.returncode:
        raise Failed(f"{' '.join(arguments)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def inside(netns):
    """Words before a command that shall run in a namespace, or none."""
    return ("ip", "netns", "exec", netns) if netns else ()


def wait_for(what, condition):
    """Poll until condition() is true; Failed after PATIENCE_S."""
    if not came_true(condition):
        raise Failed(f"no {what} in {PATIENCE_S} seconds")


def came_true(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


class Process:
    """A program at work, its output in a file. Ends with the stack: by SIGINT, then SIGKILL."""

    def __init__(self, stack, folder, name, *arguments, netns=None, cpu=None, **environment):
        self.name = name
        self.log = pathlib.Path(folder) / f"{name}.log"
        pin = ("taskset", "-c", str(cpu)) if cpu is not None else ()
        with open(self.log, "wb") as log:
            self.popen = subprocess.Popen(
                [*inside(netns), *pin, *map(str, arguments)], stdin=subprocess.PIPE, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=die_with_parent,
                env={**os.environ, "LC_ALL": "C", **environment})
        self.pid = self.popen.pid
        stack.callback(self.end)

    def output(self):
        return self.log.read_text(errors="replace")

    def fail(self, why):
        words = [line for line in self.output().splitlines() if line.strip()]
        raise Failed(f"{self.name} {why}: {' / '.join(words[-3:]) or 'no output'}")

    def say(self, line):
        """A line to its standard input."""
        try:
            self.popen.stdin.write(f"{line}\n".encode())
            self.popen.stdin.flush()
        except BrokenPipeError:
            self.fail("has ended")

    def wait_output(self, pattern, count=1):
        """The count'th match of pattern in its output, as soon as it is there."""
        found = []

        def look():
            found[:] = re.finditer(pattern, self.output())
            if len(found) < count and self.popen.poll() is not None:
                self.fail("has ended")
            return len(found) >= count

        if not came_true(look):
            self.fail(f"does not say {pattern!r}")
        return found[count - 1]

    def alive(self):
        if self.popen.poll() is not None:
            self.fail("has ended")
        return True

    def end(self):
        for how in signal.SIGINT, signal.SIGKILL:
            if self.popen.poll() is not None:
                break
            self.popen.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(PATIENCE_S)
        with contextlib.suppress(BrokenPipeError):
            self.popen.stdin.close()


class Wire:
    """Two namespaces of the bench's own, joined by a veth: silent, with permanent neighbours."""

    ENDS = (("tx", "198.18.0.1", "02:00:c6:12:00:01"), ("rx", "198.18.0.2", "02:00:c6:12:00:02"))

    def __init__(self, stack, folder):
        (tx, self.tx_ip, self.tx_mac), (rx, self.rx_ip, self.rx_mac) = self.ENDS
        self.tx, self.rx = (f"ringloss-bench-{end}-{os.getpid()}" for end in (tx, rx))
        # names that no other namespace has: the kernel's NAPI threads carry them
        self.tx_if, self.rx_if = f"tb{os.getpid()}", f"rb{os.getpid()}"
        for netns in self.tx, self.rx:
            # before it is there: a signal may come in between
            stack.callback(subprocess.run, ["ip", "netns", "del", netns], capture_output=True)
            command("ip", "netns", "add", netns)
            command(*inside(netns), "sh", "-c", "for i in all default; do "
                    "echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done")
        queues = ("numtxqueues", "1", "numrxqueues", "1")
        command("ip", "-n", self.tx, "link", "add", self.tx_if, "address", self.tx_mac, *queues,
                "type", "veth", "peer", "name", self.rx_if, "netns", self.rx, "address",
                self.rx_mac, *queues)
        for netns, ifname, ip, peer_ip, peer_mac in (
                (self.tx, self.tx_if, self.tx_ip, self.rx_ip, self.rx_mac),
                (self.rx, self.rx_if, self.rx_ip, self.tx_ip, self.tx_mac)):
            command("ip", "-n", netns, "address", "add", f"{ip}/24", "dev", ifname)
            command("ip", "-n", netns, "link", "set", ifname, "up")
            command("ip", "-n", netns, "neighbour", "replace", peer_ip, "lladdr", peer_mac,
                    "dev", ifname, "nud", "permanent")
        # somebody in the receiving namespace, through whom its counters are read
        self.holder = Process(stack, folder, "holder", "sleep", "infinity", netns=self.rx)
        self.rx_proc = pathlib.Path(f"/proc/{self.holder.pid}/net")
        wait_for("namespace of the holder", lambda: self.rx_if in self.read("dev"))

    def read(self, name):
        return (self.rx_proc / name).read_text()

    def rx_packets(self):
        """Frames that the receiving device took."""
        return int(re.search(rf"{self.rx_if}: *\d+ +(\d+)", self.read("dev"))[1])

    def udp_read(self):
        """Datagrams that programs of the receiving namespace have read from their sockets."""
        names, values = (line.split() for line in self.read("snmp").splitlines()
                         if line.startswith("Udp:"))
        return int(values[names.index("InDatagrams")])

    @contextlib.contextmanager
    def dropping(self, program):
        """A bare XDP_DROP program in the receiving driver."""
        command(*inside(self.rx), "ip", "link", "set", "dev", self.rx_if, "xdpdrv", "obj",
                str(program), "sec", "xdp")
        try:
            yield
        finally:
            command(*inside(self.rx), "ip", "link", "set", "dev", self.rx_if, "xdpdrv", "off")

    @contextlib.contextmanager
    def threaded(self, cpu):
        """The receiving device polled by a kernel thread on a CPU of its own. GRO, because a
        veth keeps its NAPI, and so this thread, over changes of its program only with it."""
        path = f"/sys/class/net/{self.rx_if}/threaded"
        command(*inside(self.rx), "ethtool", "-K", self.rx_if, "gro", "on")
        command(*inside(self.rx), "sh", "-c", f"echo 1 >{path}")
        try:
            threads = list(self.napi_threads())
            if not threads:
                raise Failed(f"{self.rx_if} has no NAPI thread")
            for thread in threads:
                command("taskset", "-p", "-c", str(cpu), str(thread))
            yield
        finally:
            command(*inside(self.rx), "sh", "-c", f"echo 0 >{path}")
            command(*inside(self.rx), "ethtool", "-K", self.rx_if, "gro", "off")

    def napi_threads(self):
        """Kernel threads that poll the receiving device."""
        prefix = f"napi/{self.rx_if}-"[:15]
        for comm in pathlib.Path("/proc").glob("[0-9]*/comm"):
            with contextlib.suppress(OSError):
                if comm.read_text().startswith(prefix):
                    yield int(comm.parent.name)


class Hugepages:
    """2 MiB pages for both sides of the DPDK rows alike: enough of them, taken when first needed,
    or none; as many fewer at the end as were added."""

    def __init__(self, stack, wanted):
        self.stack, self.wanted = stack, wanted
        self.added = 0
        self.asked = False
        self.there = False  # DPDK has hugepages; otherwise it runs with --no-huge

    @staticmethod
    def read(name):
        path = HUGEPAGES / name
        return int(path.read_text()) if path.exists() else 0

    def take(self):
        """Whether both sides will have the same memory."""
        if not self.asked and self.wanted and HUGEPAGES.exists():
            self.stack.callback(self.give_back)
            total, free = self.read("nr_hugepages"), self.read("free_hugepages")
            if free < HUGEPAGES_WANTED:
                (HUGEPAGES / "nr_hugepages").write_text(str(total + HUGEPAGES_WANTED - free))
                self.added = self.read("nr_hugepages") - total
            self.there = self.read("free_hugepages") >= HUGEPAGES_WANTED
            if not self.there:
                self.give_back()
        self.asked = True
        return self.there or self.read("free_hugepages") == 0

    def refusal(self):
        return (f"{self.read('free_hugepages')} hugepages of 2 MiB are free: DPDK would take them "
                f"for one side and not for the other; free {HUGEPAGES_WANTED}, or none")

    def give_back(self):
        if self.added > 0:
            total = self.read("nr_hugepages") - self.added
            (HUGEPAGES / "nr_hugepages").write_text(str(max(0, total)))
        self.added = 0


def window(read, seconds):
    """What read() counts, a second."""
    begin, first = time.monotonic_ns(), read()
    time.sleep(seconds)
    end, last = time.monotonic_ns(), read()
    return (last - first) * 1e9 / (end - begin)


def wait_flowing(read, *processes, least=20000):
    """Until traffic flows for good: more than what warm-ups and greetings make of it."""
    begin = read()
    wait_for("traffic", lambda: all(p.alive() for p in processes) and read() - begin > least)


def on_path(program):
    return shutil.which(program) is not None
