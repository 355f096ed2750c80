"""The table of what is measured: a row a comparison. Adding one is adding a row here, and
its peer, if that is a new one, to peers.py.
"""
import dataclasses
import typing

import ours
import peers


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    what: str                      # ours
    measure: typing.Callable       # of a Host: one figure of ours
    peer: str = ""                 # the other's
    measure_peer: typing.Callable = None  # of a Host; None: no peer, the bounds are absolute
    unit: str = "pps"              # pps: more is better; ms, ns: less is better
    least: float = None            # ratio, or figure without peer; None: nothing is asked
    aim: float = None
    wire: bool = False             # needs the two namespaces and their veth
    endpoints: tuple = ()          # that ringloss must have
    knobs: tuple = ()              # (endpoint, key) that ringloss must have
    axes: tuple = ()               # (endpoint, key) that ringloss must be able to sweep
    programs: tuple = ()           # that must be on PATH
    no_lab: bool = False           # needs that no standing lab is up
    probe: typing.Callable = None  # of a Host: why it cannot run here, or ""


def null_settings(vdev):
    return {"tx.endpoint": "dpdk", "tx.device": f"vdev:{vdev}"}


def memif_settings(host):
    return {"tx.endpoint": "dpdk", "tx.device": f"vdev:{host.memif('client')}",
            "rx.endpoint": "dpdk", "rx.device": f"vdev:{host.memif('server')}"}


XSK_SINK = {"rx.endpoint": "af_xdp", "rx.xdp_mode": "native"}
UDP = {"tx.endpoint": "udp", "rx.endpoint": "udp"}
SEGMENTS = {**UDP, "tx.segments": "64"}
RINGS = "256, 512, 1024, 2048, 4096, 8192"
# Most frames are dropped at the socket, and each is an event of the observer.
DROPS = {"tx.endpoint": "af_xdp", "rx.endpoint": "udp", "rx.rcvbuf": "4K", "rx.pause": "1ms"}
DPDK = {"endpoints": ("dpdk",), "programs": ("dpdk-testpmd",)}

ROWS = (
    Row("net_null", "generator, DPDK net_null, one core, 256 flows",
        ours.rate("tx_pps", null_settings("net_null0")),
        "dpdk-testpmd txonly --txonly-multi-flow", peers.testpmd_null("--txonly-multi-flow"),
        least=1.9, aim=3.0, **DPDK),
    Row("net_null-one", "the same", ours.rate("tx_pps", null_settings("net_null0")),
        "dpdk-testpmd txonly, one packet repeated", peers.testpmd_null(),
        least=1.5, aim=2.4, **DPDK),
    Row("memif", "generator to sink, DPDK memif, one core each",
        ours.rate("rx_pps", memif_settings),
        "dpdk-testpmd txonly to rxonly", peers.testpmd_memif, least=1.1, aim=1.3, **DPDK),
    Row("af_xdp", "AF_XDP generator to AF_XDP sink, veth, received",
        ours.rate("rx_pps", {"tx.endpoint": "af_xdp", **XSK_SINK}),
        "xdpsock -t to xdpsock -r", peers.xdpsock, least=0.95, aim=1.3, wire=True,
        endpoints=("af_xdp",), programs=("xdpsock",)),
    Row("xdp", "xdp generator (live frames) to AF_XDP sink, received",
        ours.rate("rx_pps", {"tx.endpoint": "xdp", **XSK_SINK}),
        "xdpsock -t to xdpsock -r", peers.xdpsock, least=1.7, aim=2.4, wire=True,
        endpoints=("xdp", "af_xdp"), programs=("xdpsock",)),
    Row("xdp-trafficgen", "xdp generator into XDP_DROP", ours.into_drop({"tx.endpoint": "xdp"}),
        "xdp-trafficgen udp into XDP_DROP", peers.xdp_trafficgen, wire=True,
        endpoints=("xdp",), programs=("xdp-trafficgen",), probe=peers.trafficgen_probe),
    Row("packet", "AF_PACKET generator over veth, into XDP_DROP",
        ours.into_drop({"tx.endpoint": "packet"}),
        "trafgen, the same way", peers.trafgen, least=0.95, aim=1.2, wire=True,
        endpoints=("packet",), programs=("trafgen",)),
    Row("udp", "UDP, real packets on the veth, received", ours.rate("rx_pps", UDP),
        "iperf3 -u -b 0 -l 18", peers.iperf3, least=1.5, aim=2.0, wire=True,
        endpoints=("udp",), programs=("iperf3",)),
    Row("udp-split", "UDP_SEGMENT, split before the veth: real packets, received",
        ours.rate("rx_pps", {**SEGMENTS, "tx.offload.uso": "off"}),
        "iperf3 -u -b 0 -l 18", peers.iperf3, least=1.5, aim=2.0, wire=True,
        endpoints=("udp",), knobs=(("udp", "segments"),), programs=("iperf3",)),
    Row("udp-gso", "UDP_SEGMENT, merged packets on the veth, received",
        ours.rate("rx_pps", {**SEGMENTS, "tx.offload.uso": "on"}),
        "iperf3 -u -b 0 -l 18", peers.iperf3, least=2.5, aim=3.5, wire=True,
        endpoints=("udp",), knobs=(("udp", "segments"),), programs=("iperf3",)),
    Row("observer", "UDP, an observer of drops, hardly a drop, received",
        ours.rate("rx_pps", {**UDP, "traffic.observer": "counters"}),
        "no observer", ours.rate("rx_pps", {**UDP, "traffic.observer": "off"}),
        least=0.95, aim=1.0, wire=True, endpoints=("udp",)),
    Row("observer-drops", "AF_XDP to a UDP socket that drops most, an observer of drops, sent",
        ours.rate("tx_pps", {**DROPS, "traffic.observer": "counters"}),
        "no observer", ours.rate("tx_pps", {**DROPS, "traffic.observer": "off"}),
        least=0.7, aim=0.9, wire=True, endpoints=("udp", "af_xdp")),
    Row("observer-full", "UDP, an observer of every frame, received",
        ours.rate("rx_pps", {**UDP, "traffic.observer": "full"}),
        "no observer", ours.rate("rx_pps", {**UDP, "traffic.observer": "off"}),
        least=0.8, aim=0.95, wire=True, endpoints=("udp",)),
    Row("seqcheck-l2", "sequence check, 64-byte frames in L2, a frame", ours.seqcheck(ours.L2),
        unit="ns", least=5, aim=2),
    Row("seqcheck-dram", "sequence check, 64-byte frames in DRAM at 2 KiB stride, a frame",
        ours.seqcheck(ours.DRAM), unit="ns", least=20, aim=10),
    Row("xdp-sink", "xdp sink on its own core, received",
        ours.on_own_core({"tx.endpoint": "xdp", "rx.endpoint": "xdp"}),
        "a bare XDP_DROP program", peers.xdp_drop, least=0.7, aim=0.9, wire=True,
        endpoints=("xdp",)),
    Row("point-af_xdp", "overhead a point beyond the trial: AF_XDP, another ring each",
        ours.overhead({"tx.endpoint": "af_xdp", **XSK_SINK, "rx.ring": RINGS}),
        unit="ms", least=150, aim=50, wire=True, endpoints=("af_xdp",)),
    Row("point-dpdk", "overhead a point beyond the trial: DPDK reopens, another ring each",
        ours.overhead({**null_settings("net_null0"), "tx.ring": RINGS}),
        unit="ms", least=150, aim=50, endpoints=("dpdk",)),
    Row("point-dpdk-respawn", "overhead a point beyond the trial: DPDK, a new process each",
        ours.overhead({**null_settings("net_null0"),
                       "tx.eal": ", ".join(f"--log-level=lib.power:{i}" for i in range(1, 7))}),
        unit="ms", least=500, aim=200, endpoints=("dpdk",), axes=(("dpdk", "eal"),)),
    Row("lab-up", "lab up", ours.lab("up"), unit="ms", least=60, aim=20, no_lab=True),
    Row("lab-down", "lab down", ours.lab("down"), unit="ms", least=20, aim=10, no_lab=True),
)
