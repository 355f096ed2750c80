/* Starting pinned threads and ending them; see traffic.h. */
#include "traffic.h"

#include <sched.h>
#include <string.h>

#include "log.h"
#include "traffic_loops.h"

static int start_pinned(struct traffic_thread *t, void *(*loop)(void *), struct error *err)
{
	pthread_attr_t attr;
	cpu_set_t set;
	int ret;

	CPU_ZERO(&set);
	CPU_SET(t->cpu, &set);
	atomic_store(&t->stop, false);
	atomic_store(&t->stats->state, THREAD_RUNNING);
	pthread_attr_init(&attr);
	ret = pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	if (!ret)
		ret = pthread_create(&t->thread, &attr, loop, t);
	pthread_attr_destroy(&attr);
	if (ret)
		atomic_store(&t->stats->state, THREAD_IDLE);
	if (ret == EAGAIN)
		return error_set(err, EX_OSERR, -ret,
				 "cannot start a thread: %s; raise ulimit -u or -v, or the "
				 "cgroup's pids.max",
				 strerror(ret));
	if (ret) {
		return error_set(
			err, EX_CONFIG, -ret,
			"cannot start a thread on CPU %u: %s; name CPUs that are online and "
			"allowed (nproc, taskset -p)",
			t->cpu, strerror(ret));
	}
	t->started = true;
	return 0;
}

int generator_start(struct traffic_thread *t, struct error *err)
{
	return start_pinned(t, generator_loop, err);
}

int sink_start(struct traffic_thread *t, struct error *err)
{
	return start_pinned(t, t->ep->ops->rx_checker ? checker_loop : sink_loop, err);
}

bool traffic_begin(struct traffic_thread *t)
{
	int ret = t->ep->ops->thread_begin ? t->ep->ops->thread_begin(t->ep) : 0;

	if (!ret)
		return true;
	log_error("CPU %u: the endpoint %s cannot take another thread: %s; use fewer CPUs", t->cpu,
		  t->ep->ops->name, strerror(-ret));
	atomic_store_explicit(&t->stats->state, THREAD_DONE, memory_order_release);
	return false;
}

void traffic_finish(struct traffic_thread *t)
{
	if (t->ep->ops->thread_end)
		t->ep->ops->thread_end(t->ep);
	atomic_store_explicit(&t->stats->state, THREAD_DONE, memory_order_release);
}

void traffic_stop(struct traffic_thread *t)
{
	if (!t->started)
		return;
	atomic_store(&t->stop, true);
	pthread_join(t->thread, NULL);
	t->started = false;
}
