"""The programs that ringloss is measured beside, each as a function of the bench's Host that
returns frames a second: started on the same CPUs as ours, in the same namespaces, given time until
traffic flows, then counted between two reads. No clock of ours is in a figure where the
peer states a rate over its own interval.
"""
import contextlib
import re

from host import GENERATOR_CPU, SINK_CPU, Process, wait_flowing, wait_for, window

FRAME_BYTES = 60  # 64 on the wire, FCS included
UDP_BYTES = 18    # the payload of such a frame
IPERF_LISTENS = re.compile(r"^ *\d+: [0-9A-F]+:1451 [0-9A-F:]+ 0A", re.M)  # port 5201, LISTEN


class Testpmd:
    """One dpdk-testpmd, told what to do on its standard input; its forwarding thread on CPU, its
    main thread, which waits for commands, elsewhere."""

    def __init__(self, host, stack, name, cpu, vdev, mode, *options):
        memory = ("--in-memory",) if host.hugepages.there else ("--no-huge", "--no-shconf")
        other = SINK_CPU if cpu == GENERATOR_CPU else GENERATOR_CPU
        self.shows = 0
        self.process = Process(
            stack, host.folder, name, "stdbuf", "-oL", "dpdk-testpmd", "--lcores",
            f"0@{other},1@{cpu}", "--no-pci", *memory, "-m", 256,
            "--file-prefix", f"ringloss-bench-{name}", "--vdev", vdev, "--", "-i",
            f"--forward-mode={mode}", f"--txpkts={FRAME_BYTES}", "--nb-cores=1",
            "--total-num-mbufs=32768", "--disable-link-check", "--no-mlockall", *options)
        self.process.say("start")
        self.process.wait_output(r"packet forwarding - ports=1")

    def show(self, which):
        """Packets so far, and a second since the last show, both by testpmd itself."""
        self.shows += 1
        self.process.say("show port stats 0")
        last = self.process.wait_output(
            rf"{which}-packets: (\d+)[^#]*?(?i:{which}-pps): *(\d+)", self.shows)
        return int(last[1]), float(last[2])

    def packets(self, which):
        return self.show(which)[0]

    def rate(self, which, host):
        wait_flowing(lambda: self.packets(which), self.process)
        self.show(which)
        host.pause()
        return self.show(which)[1]


def testpmd_null(*options):
    def peer(host):
        with contextlib.ExitStack() as stack:
            pmd = Testpmd(host, stack, "testpmd", GENERATOR_CPU, "net_null0", "txonly", *options)
            return pmd.rate("TX", host)

    return peer


def testpmd_memif(host):
    with contextlib.ExitStack() as stack:
        sink = Testpmd(host, stack, "testpmd-sink", SINK_CPU, host.memif("server"), "rxonly")
        Testpmd(host, stack, "testpmd-generator", GENERATOR_CPU, host.memif("client"), "txonly")
        return sink.rate("RX", host)


def xdpsock(host):
    """What its sink reports over whole intervals of a second. 64 bytes without FCS: the least
    that it sends."""
    wire, intervals = host.wire, max(1, round(host.seconds))
    report = r"pps +pkts +([\d.]+) *\nrx +\d+ +(\d+) *\n"
    common = ("--queue=0", "--xdp-native", "--copy", "--interval=1")
    with contextlib.ExitStack() as stack:
        sink = Process(stack, host.folder, "xdpsock-sink", "stdbuf", "-oL", "xdpsock", "--rxdrop",
                       f"--interface={wire.rx_if}", *common, netns=wire.rx, cpu=SINK_CPU)
        generator = Process(stack, host.folder, "xdpsock-generator", "xdpsock", "--txonly",
                            f"--interface={wire.tx_if}", "--tx-pkt-size=64", *common,
                            netns=wire.tx, cpu=GENERATOR_CPU)
        wait_flowing(wire.rx_packets, sink, generator)
        begin = len(re.findall(report, sink.output())) + 1  # the next is the first full one
        sink.wait_output(report, begin + intervals)
        of = list(re.finditer(report, sink.output()))[begin - 1:begin + intervals]
        seconds = sum(float(one[1]) for one in of[1:])
        return (int(of[-1][2]) - int(of[0][2])) / seconds


def xdp_trafficgen(host):
    """Into a bare XDP_DROP program, counted by the receiving device."""
    wire = host.wire
    with contextlib.ExitStack() as stack:
        stack.enter_context(wire.dropping(host.drop_program))
        generator = Process(stack, host.folder, "xdp-trafficgen", "xdp-trafficgen", "udp", "-m",
                            wire.rx_mac, "-M", wire.tx_mac, "-a", wire.rx_ip, "-A", wire.tx_ip,
                            "-p", 9, "-d", 256, "-t", 1, wire.tx_if, netns=wire.tx,
                            cpu=GENERATOR_CPU)
        wait_flowing(wire.rx_packets, generator)
        return window(wire.rx_packets, host.seconds)


def trafgen_frame(wire):
    """A frame of trafgen's language: Ethernet, IPv4 and UDP headers, a payload of zeros."""
    def octets(text, separator, base):
        return [str(int(part, base)) for part in text.split(separator)]

    ip = ["0x45", "0", f"c16({20 + 8 + UDP_BYTES})", "0", "0", "0", "0", "64", "17", "csumip(14, 33)",
          *octets(wire.tx_ip, ".", 10), *octets(wire.rx_ip, ".", 10)]
    udp = ["c16(49152)", "c16(9)", f"c16({8 + UDP_BYTES})", "c16(0)"]
    return ("{ " + ", ".join([*octets(wire.rx_mac, ":", 16), *octets(wire.tx_mac, ":", 16),
                              "c16(0x0800)", *ip, *udp, f"fill(0, {UDP_BYTES})"]) + " }")


def trafgen(host):
    """Past the qdisc, as it does by default, into a bare XDP_DROP program."""
    wire = host.wire
    config = host.folder / "trafgen.cfg"
    config.write_text(trafgen_frame(wire))
    with contextlib.ExitStack() as stack:
        stack.enter_context(wire.dropping(host.drop_program))
        generator = Process(stack, host.folder, "trafgen", "trafgen", "--dev", wire.tx_if, "--conf",
                            config, "--cpus", 1, "--notouch-irq", "--no-sock-mem",
                            netns=wire.tx, cpu=GENERATOR_CPU)
        wait_flowing(wire.rx_packets, generator)
        return window(wire.rx_packets, host.seconds)


def iperf3(host):
    """Datagrams that its server has read."""
    wire = host.wire
    with contextlib.ExitStack() as stack:
        server = Process(stack, host.folder, "iperf3-server", "iperf3", "-s", "-1",
                         netns=wire.rx, cpu=SINK_CPU)
        wait_for("iperf3 at its port", lambda: server.alive() and any(
            IPERF_LISTENS.search(wire.read(table)) for table in ("tcp", "tcp6")))
        client = Process(stack, host.folder, "iperf3-client", "iperf3", "-u", "-b", 0, "-l",
                         UDP_BYTES, "-t", 3600, "-c", wire.rx_ip, netns=wire.tx,
                         cpu=GENERATOR_CPU)
        wait_flowing(wire.udp_read, server, client)
        return window(wire.udp_read, host.seconds)


def xdp_drop(host):
    """A bare XDP_DROP program, polled by a kernel thread on the sink's CPU, under our generator."""
    wire = host.wire
    with contextlib.ExitStack() as stack:
        stack.enter_context(wire.threaded(SINK_CPU))
        stack.enter_context(wire.dropping(host.drop_program))
        generator = host.start_ringloss(stack, {"tx.endpoint": "xdp", "traffic.duration": "3600s"})
        wait_flowing(wire.rx_packets, generator)
        return window(wire.rx_packets, host.seconds)


def trafficgen_probe(host):
    """Why xdp-trafficgen cannot run here, or nothing."""
    with contextlib.ExitStack() as stack:
        probe = Process(stack, host.folder, "xdp-trafficgen-probe", "xdp-trafficgen", "probe")
        if probe.popen.wait(timeout=20) == 0:
            return ""
        return f"xdp-trafficgen does not run on this host: {probe.output().strip().splitlines()[-1]}"
