/* The loops of traffic.c's threads, and what each does first and last. */
#ifndef RINGLOSS_AGENT_TRAFFIC_LOOPS_H
#define RINGLOSS_AGENT_TRAFFIC_LOOPS_H

#include <stdbool.h>

struct traffic_thread;

/* The argument is a struct traffic_thread. */
void *generator_loop(void *thread);
void *sink_loop(void *thread);
void *checker_loop(void *thread);

/* Tell the endpoint that this thread begins. False: it will not have it, and the thread is done. */
bool traffic_begin(struct traffic_thread *t);

/* Tell the endpoint, and everybody, that this thread is done. */
void traffic_finish(struct traffic_thread *t);

#endif
