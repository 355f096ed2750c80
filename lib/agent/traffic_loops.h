/* The two loops, for traffic.c. The argument is a struct traffic_thread. */
#ifndef RINGLOSS_AGENT_TRAFFIC_LOOPS_H
#define RINGLOSS_AGENT_TRAFFIC_LOOPS_H

void *generator_loop(void *thread);
void *sink_loop(void *thread);

#endif
