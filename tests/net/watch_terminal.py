"""
What `ringloss watch` does on a terminal: a pseudo terminal of its own, keys and signals given to it.
Prints TAP. watch_terminal.py RINGLOSS NETNS
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

RINGLOSS, NETNS = sys.argv[1:3]
PATIENCE = 15  # s, until something is on the screen
LEAVE = b"\x1b[?1049l"  # xterm's rmcup: the screen from before is shown again


def report(ok, what, *details):
    print(("ok - " if ok else "not ok - ") + what)
    if not ok:
        for line in details:
            print("# " + repr(line)[-600:])


class Watch:
    """One of them, on a terminal of LINES x COLUMNS."""

    def __init__(self, *options, lines=50, columns=120, term="xterm"):
        self.said = b""
        self.master, self.slave = pty.openpty()
        self.lines, self.columns = lines, columns
        self.size(lines, columns)
        self.before = termios.tcgetattr(self.slave)
        self.pid = os.fork()
        if not self.pid:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(self.slave, fd)
            os.environ["TERM"] = term
            os.execv(RINGLOSS, [RINGLOSS, "watch", "--netns", NETNS, *options])

    def size(self, lines, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.said += os.read(self.master, 65536)

    def shows(self, pattern, what):
        """
        Whether it is on the screen. Only what differs is drawn; another size has all of it drawn anew.
        """
        end = time.monotonic() + PATIENCE
        wider = 0
        while time.monotonic() < end:
            if re.search(pattern, self.said):
                report(True, what)
                return
            self.read(0.2)
            wider = 1 - wider
            self.size(self.lines, self.columns + wider)
        report(False, what, pattern, self.said)

    def type(self, keys):
        self.said = b""
        os.write(self.master, keys)

    def end(self, what):
        """It ends by itself, with exit code 0, and leaves the terminal as it was."""
        end, status = time.monotonic() + PATIENCE, None
        while time.monotonic() < end and status is None:
            self.read(0.05)
            pid, code = os.waitpid(self.pid, os.WNOHANG)
            status = code if pid else None
        if status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.read(0)
        report(status == 0, what + ": exit code 0", status, self.said)
        report(LEAVE in self.said, what + ": the screen from before is back", self.said)
        now = termios.tcgetattr(self.slave)
        report(now == self.before, what + ": the terminal is set as before", self.before, now)
        os.close(self.master)
        os.close(self.slave)


def keys():
    watch = Watch("--interval", "0.3")
    watch.shows(rb"ringloss watch", "a screen")
    watch.type(b"s")
    watch.shows(rb"tx pkt/sv", "s: the next column is sorted by")
    watch.type(b"r")
    watch.shows(rb"tx pkt/s\^", "r: the other way round")
    watch.type(b"p")
    watch.shows(rb"PAUSED", "p: pauses")
    watch.type(b" ")
    watch.shows(rb"every 0\.3 s  rates", "space: goes on")
    watch.type(b"+")
    watch.shows(rb"every 0\.5 s", "+: a longer interval")
    watch.type(b"-")
    watch.shows(rb"every 0\.2 s", "-: a shorter one")
    watch.type(b"a")
    watch.shows(rb"only what moves", "a: only what moves")
    watch.type(b"h")
    watch.shows(rb"the other way round", "h: help")
    watch.type(b"h")
    watch.shows(rb"Interfaces", "h: and back")
    watch.type(b"q")
    watch.end("q")


def sizes():
    watch = Watch("--interval", "0.3", lines=8, columns=30)
    watch.shows(rb"Interfaces", "a small terminal: what fits")
    watch.type(b"\x1b[6~\x1bOB\x1bOA\x1bOC\x1bOD")
    watch.shows(rb"CPU", "PgDn and arrows: the tables below")
    for lines, columns, pattern in (1, 1, rb"r"), (2, 5, rb"ringl"), (3, 200, rb"q quit"), (40, 120, rb"Interfaces"):
        watch.said = b""
        watch.lines, watch.columns = lines, columns
        watch.size(lines, columns)
        watch.shows(pattern, f"{columns} x {lines}: what fits")
    watch.type(b"q")
    watch.end("q after resizing")


def ends():
    for what, number in ("SIGTERM", signal.SIGTERM), ("SIGINT", signal.SIGINT):
        watch = Watch("--interval", "60")
        watch.shows(rb"Interfaces", what + ": a screen at once, whatever the interval")
        os.kill(watch.pid, number)
        watch.end(what)
    watch = Watch("--interval", "60")
    watch.shows(rb"Interfaces", "Ctrl-C: a screen")
    watch.type(b"\x03")
    watch.end("Ctrl-C")
    watch = Watch("--interval", "0.1", "--count", "2")
    watch.end("--count on a screen")


keys()
sizes()
ends()
