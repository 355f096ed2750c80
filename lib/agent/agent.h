/*
 * The agent: one a side, on the side's host. It owns the side's settings, journal and the
 * counters that the kernel keeps, and the worker that touches packets. It serves
 * requests on standard input and answers on standard output (protocol.h); end of
 * input means: stop the worker, restore, exit.
 *
 * Requests, beside those that it passes on to the worker (worker.h):
 *   hello     {run, side}             -> {host, version, pid}
 *   prepare   {netns, device, take, user_space, ip, ip6, values, claim} -> {device, effective,
 * reopen}: take the port, enter, resolve, claim, settings. REOPEN: the worker was ended for it
 *   announce  {ip}                    gratuitous ARP of a sink
 *   neighbour {family, ip, mac}       tell the kernel where a sink is that answers nobody
 *   progress  {}                      -> worker_progress, and {"worker": "alive"}
 *   snapshot  {machine}               -> {counters}: the kernel's and the endpoint's
 *   restore   {}                      settings and port back; the journals are empty then
 */
#ifndef RINGLOSS_AGENT_AGENT_H
#define RINGLOSS_AGENT_AGENT_H

/* Serve until end of input. Returns a sysexits.h code. */
int agent_main(void);

#endif
