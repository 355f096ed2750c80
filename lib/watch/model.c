/* From two looks to tables; see model.h. */
#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* ---- what there is to be seen ---- */

static const struct watch_column interface_columns[] = {
	{"interface", "interface", WATCH_TEXT},
	{"state", "state", WATCH_TEXT},
	{"rx_packets_per_second", "rx pkt/s", WATCH_RATE},
	{"tx_packets_per_second", "tx pkt/s", WATCH_RATE},
	{"rx_bytes_per_second", "rx B/s", WATCH_RATE},
	{"tx_bytes_per_second", "tx B/s", WATCH_RATE},
	{"utilisation_percent", "used %", WATCH_PERCENT},
	{"speed_mbps", "Mb/s", WATCH_NUMBER},
	{"duplex", "duplex", WATCH_TEXT},
};

static const struct watch_column queue_columns[] = {
	{"interface", "interface", WATCH_TEXT},
	{"direction", "dir", WATCH_TEXT},
	{"queue", "queue", WATCH_ID},
	{"packets_per_second", "pkt/s", WATCH_RATE},
	{"share_percent", "share %", WATCH_PERCENT},
};

static const struct watch_column drop_columns[] = {
	{"place", "place", WATCH_TEXT},      {"row", "no.", WATCH_ID},
	{"kind", "kind", WATCH_TEXT},        {"interface", "interface", WATCH_TEXT},
	{"per_second", "per s", WATCH_RATE}, {"total", "since start", WATCH_NUMBER},
	{"unit", "unit", WATCH_TEXT},
};

static const struct watch_column cpu_columns[] = {
	{"cpu", "CPU", WATCH_ID},
	{"busy_percent", "busy %", WATCH_PERCENT},
	{"softirq_percent", "softirq %", WATCH_PERCENT},
	{"steal_percent", "steal %", WATCH_PERCENT},
	{"net_rx_per_second", "NET_RX/s", WATCH_RATE},
	{"net_tx_per_second", "NET_TX/s", WATCH_RATE},
	{"processed_per_second", "processed/s", WATCH_RATE},
	{"dropped_per_second", "dropped/s", WATCH_RATE},
	{"squeezed_per_second", "squeezed/s", WATCH_RATE},
};

static const struct watch_column interrupt_columns[] = {
	{"interface", "interface", WATCH_TEXT},
	{"cpu", "CPU", WATCH_ID},
	{"interrupts_per_second", "interrupts/s", WATCH_RATE},
};

static const struct watch_column socket_columns[] = {
	{"protocol", "protocol", WATCH_TEXT},
	{"address", "address", WATCH_TEXT},
	{"port", "port", WATCH_ID},
	{"receive_queue_bytes", "receive queue", WATCH_NUMBER},
	{"limit_bytes", "limit", WATCH_NUMBER},
	{"full_percent", "full %", WATCH_PERCENT},
	{"drops_per_second", "drops/s", WATCH_RATE},
	{"drops", "drops", WATCH_NUMBER},
	{"program", "program", WATCH_TEXT},
	{"pid", "pid", WATCH_ID},
};

static const struct watch_column listener_columns[] = {
	{"address", "address", WATCH_TEXT},
	{"port", "port", WATCH_ID},
	{"queue", "queue", WATCH_NUMBER},
	{"backlog", "backlog", WATCH_NUMBER},
	{"full_percent", "full %", WATCH_PERCENT},
	{"half_open", "half-open", WATCH_NUMBER},
	{"drops_per_second", "drops/s", WATCH_RATE},
	{"drops", "drops", WATCH_NUMBER},
	{"program", "program", WATCH_TEXT},
	{"pid", "pid", WATCH_ID},
};

#define KIND(id, name, words, is_slow, array, column, down)                                        \
	[id] = {.key = name,                                                                       \
		.title = words,                                                                    \
		.slow = is_slow,                                                                   \
		.columns = array,                                                                  \
		.n_columns = sizeof(array) / sizeof(array[0]),                                     \
		.sort = column,                                                                    \
		.descending = down}

const struct watch_section_kind watch_section_kinds[WATCH_SECTIONS] = {
	KIND(WATCH_INTERFACES, "interfaces", "Interfaces", false, interface_columns, 2, true),
	KIND(WATCH_QUEUES, "queues", "Queues", true, queue_columns, 3, true),
	KIND(WATCH_DROPS, "drops", "Drops by place", false, drop_columns, 4, true),
	KIND(WATCH_CPUS, "cpus", "CPUs", false, cpu_columns, 0, false),
	KIND(WATCH_INTERRUPTS, "interrupts", "Interrupts", true, interrupt_columns, 2, true),
	KIND(WATCH_SOCKETS, "sockets", "Sockets with data waiting", true, socket_columns, 3, true),
	KIND(WATCH_LISTENERS, "listeners", "Listening sockets", true, listener_columns, 4, true),
};

/* ---- cells ---- */

struct maker {
	struct watch_view *view;
	struct watch_section *section;
	struct watch_row *row;
	size_t column;
};

static void begin_row(struct maker *m, enum watch_section_id id)
{
	static struct watch_row nowhere;
	struct watch_section *section = &m->view->sections[id];
	struct watch_row *rows = section->rows;

	if (!(section->n & (section->n - 1)))
		rows = reallocarray(rows, section->n ? 2 * section->n : 1, sizeof(*rows));
	m->section = section;
	m->column = 0;
	if (!rows) {
		m->view->no_memory = true;
		m->row = &nowhere;
		return;
	}
	section->rows = rows;
	m->row = &rows[section->n++];
	memset(m->row, 0, sizeof(*m->row));
}

/* Also of any bytes: what a terminal would obey is not handed on to it. */
static void put_text(struct maker *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put_text(struct maker *m, const char *fmt, ...)
{
	struct watch_cell *cell = &m->row->cells[m->column++];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cell->text, sizeof(cell->text), fmt, ap);
	va_end(ap);
	for (char *at = cell->text; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	cell->known = cell->text[0];
}

static void put(struct maker *m, bool known, double number)
{
	m->row->cells[m->column++] =
		(struct watch_cell){.known = known, .number = known ? number : 0};
}

/* A rate; what it is, 0 if it is not known. */
static double put_rate(struct maker *m, struct watch_count before, struct watch_count after,
		       double seconds)
{
	double rate = 0;
	bool known = watch_rate(before, after, seconds, &rate);

	put(m, known, rate);
	return known ? rate : 0;
}

bool watch_rate(struct watch_count before, struct watch_count after, double seconds, double *rate)
{
	if (!before.bits || before.bits != after.bits || seconds <= 0 ||
	    (after.bits == 64 && after.value < before.value))
		return false;
	*rate = (after.bits == 32 ? (double)(uint32_t)(after.value - before.value)
				  : (double)(after.value - before.value)) /
		seconds;
	return true;
}

static double seconds_between(uint64_t before, uint64_t after)
{
	return after > before ? (double)(after - before) / NSEC_PER_SEC : 0;
}

/* ---- interfaces ---- */

bool watch_utilisation(double rx_bytes, double tx_bytes, const struct watch_speed *speed,
		       double *percent)
{
	double bits = rx_bytes > tx_bytes ? rx_bytes : tx_bytes;

	if (!speed || speed->mbps <= 0 || speed->duplex == DUPLEX_IS_UNKNOWN)
		return false;
	if (speed->duplex == DUPLEX_IS_HALF)
		bits = rx_bytes + tx_bytes;
	*percent = bits * 8 / ((double)speed->mbps * 1e6) * 100;
	return true;
}

static const struct watch_link *link_before(const struct watch_looks *looks,
					    const struct watch_link *link)
{
	for (size_t i = 0; looks->before && i < looks->before->n_links; i++)
		if (looks->before->links[i].ifindex == link->ifindex &&
		    !strcmp(looks->before->links[i].ifname, link->ifname))
			return &looks->before->links[i];
	return NULL;
}

static const struct watch_speed *speed_of(const struct watch_looks *looks, int ifindex)
{
	for (size_t i = 0; looks->slow_after && i < looks->slow_after->n_speeds; i++)
		if (looks->slow_after->speeds[i].ifindex == ifindex)
			return &looks->slow_after->speeds[i];
	return NULL;
}

static bool is_new(const struct watch_looks *looks, int ifindex)
{
	for (size_t i = 0; i < looks->n_new; i++)
		if (looks->new_ones[i] == ifindex)
			return true;
	return false;
}

static void put_link(struct maker *m, const struct watch_looks *looks,
		     const struct watch_link *link)
{
	static const char *const duplex[] = {"", "half", "full"};
	const struct watch_link *before = link_before(looks, link);
	static const struct watch_link none;
	const struct watch_link *old = before ? before : &none;
	const struct watch_speed *speed = speed_of(looks, link->ifindex);
	double seconds = before ? seconds_between(before->time_ns, link->time_ns) : 0;
	double rx_bytes = 0, tx_bytes = 0, moved, used = 0;
	bool known;

	begin_row(m, WATCH_INTERFACES);
	put_text(m, "%s", link->ifname);
	put_text(m, "%s%s",
		 !link->up        ? "down"
		 : !link->carrier ? "no carrier"
				  : "up",
		 is_new(looks, link->ifindex) ? ", new" : "");
	moved = put_rate(m, old->rx_packets, link->rx_packets, seconds);
	moved += put_rate(m, old->tx_packets, link->tx_packets, seconds);
	put_rate(m, old->rx_bytes, link->rx_bytes, seconds);
	put_rate(m, old->tx_bytes, link->tx_bytes, seconds);
	known = watch_rate(old->rx_bytes, link->rx_bytes, seconds, &rx_bytes) &&
		watch_rate(old->tx_bytes, link->tx_bytes, seconds, &tx_bytes) &&
		watch_utilisation(rx_bytes, tx_bytes, speed, &used);
	put(m, known, used);
	put(m, speed && speed->mbps > 0, speed ? (double)speed->mbps : 0);
	put_text(m, "%s", speed ? duplex[speed->duplex] : "");
	m->row->moves = moved > 0 || is_new(looks, link->ifindex);
}

static void make_interfaces(struct maker *m, const struct watch_looks *looks)
{
	for (size_t i = 0; i < looks->after->n_links; i++)
		put_link(m, looks, &looks->after->links[i]);
	for (size_t i = 0; i < looks->n_gone; i++) {
		begin_row(m, WATCH_INTERFACES);
		put_text(m, "%s", looks->gone[i].ifname);
		put_text(m, "gone");
		m->row->moves = true;
	}
}

/* ---- queues and interrupts ---- */

static bool is_queue(const struct watch_queue *a, const struct watch_queue *b)
{
	return a->ifindex == b->ifindex && a->tx == b->tx && a->queue == b->queue;
}

/* Mostly where it was before: AT. */
static struct watch_count queue_before(const struct watch_slow *look, const struct watch_queue *q,
				       size_t at)
{
	if (look && at < look->n_queues && is_queue(&look->queues[at], q))
		return look->queues[at].packets;
	for (size_t i = 0; look && i < look->n_queues; i++)
		if (is_queue(&look->queues[i], q))
			return look->queues[i].packets;
	return (struct watch_count){0};
}

/* What all queues of Q's interface and direction took in a second. */
static double all_queues(const struct watch_looks *looks, const struct watch_queue *q,
			 double seconds)
{
	const struct watch_slow *look = looks->slow_after;
	double sum = 0, rate;

	for (size_t i = 0; i < look->n_queues; i++)
		if (look->queues[i].ifindex == q->ifindex && look->queues[i].tx == q->tx &&
		    watch_rate(queue_before(looks->slow_before, &look->queues[i], i),
			       look->queues[i].packets, seconds, &rate))
			sum += rate;
	return sum;
}

static void make_queues(struct maker *m, const struct watch_looks *looks, double seconds)
{
	const struct watch_slow *look = looks->slow_after;

	for (size_t i = 0; i < look->n_queues; i++) {
		const struct watch_queue *q = &look->queues[i];
		double all = all_queues(looks, q, seconds), rate;

		begin_row(m, WATCH_QUEUES);
		put_text(m, "%s", q->ifname);
		put_text(m, "%s", q->tx ? "tx" : "rx");
		put(m, true, q->queue);
		rate = put_rate(m, queue_before(looks->slow_before, q, i), q->packets, seconds);
		put(m, all > 0, all > 0 ? rate / all * 100 : 0);
		m->row->moves = rate > 0;
	}
}

static void make_interrupts(struct maker *m, const struct watch_looks *looks, double seconds)
{
	const struct watch_slow *look = looks->slow_after, *before = looks->slow_before;

	for (size_t i = 0; i < look->n_irqs; i++) {
		const struct watch_irq *irq = &look->irqs[i];
		struct watch_count old = {0};

		for (size_t k = 0; before && k < before->n_irqs; k++)
			if (before->irqs[k].ifindex == irq->ifindex &&
			    before->irqs[k].cpu == irq->cpu)
				old = before->irqs[k].interrupts;
		begin_row(m, WATCH_INTERRUPTS);
		put_text(m, "%s", irq->ifname);
		put(m, true, irq->cpu);
		m->row->moves = put_rate(m, old, irq->interrupts, seconds) > 0;
	}
}

/* ---- drops ---- */

static uint64_t total_before(const struct watch_fast *look, const struct watch_drop *drop)
{
	for (size_t i = 0; look && i < look->n_drops; i++) {
		const struct watch_drop *old = &look->drops[i];

		if (old->row == drop->row && old->sign == drop->sign &&
		    !strcmp(old->place, drop->place) && !strcmp(old->where, drop->where) &&
		    !strcmp(old->unit, drop->unit))
			return old->total;
	}
	return 0;
}

static void make_drops(struct maker *m, const struct watch_looks *looks, double seconds)
{
	for (size_t i = 0; i < looks->after->n_drops; i++) {
		const struct watch_drop *drop = &looks->after->drops[i];
		uint64_t old = total_before(looks->before, drop);
		bool known = looks->before && seconds > 0 && drop->total >= old;

		begin_row(m, WATCH_DROPS);
		put_text(m, "%s", drop->place);
		put(m, true, drop->row);
		put_text(m, "%s", drop->sign ? "sign" : "loss");
		put_text(m, "%s", drop->where);
		put(m, known, known ? (double)(drop->total - old) / seconds : 0);
		put(m, true, (double)drop->total);
		put_text(m, "%s", drop->unit);
		m->row->moves = known && drop->total > old;
		m->row->losing = m->row->moves && !drop->sign;
	}
}

/* ---- CPUs ---- */

static const struct watch_cpu *cpu_before(const struct watch_fast *look, unsigned int cpu)
{
	static const struct watch_cpu none;

	for (size_t i = 0; look && i < look->n_cpus; i++)
		if (look->cpus[i].cpu == cpu)
			return &look->cpus[i];
	return &none;
}

/* % of the ticks that passed; REST: of those that were not it. */
static void put_share(struct maker *m, const struct watch_cpu *old, const struct watch_cpu *cpu,
		      struct watch_count before, struct watch_count after, bool rest)
{
	double all = 0, part = 0;
	bool known = watch_rate(old->total, cpu->total, 1, &all) && all > 0 &&
		     watch_rate(before, after, 1, &part) && part <= all;

	put(m, known, known ? (rest ? all - part : part) / all * 100 : 0);
}

static void make_cpus(struct maker *m, const struct watch_looks *looks, double seconds)
{
	for (size_t i = 0; i < looks->after->n_cpus; i++) {
		const struct watch_cpu *cpu = &looks->after->cpus[i];
		const struct watch_cpu *old = cpu_before(looks->before, cpu->cpu);
		double moved, dropped;

		begin_row(m, WATCH_CPUS);
		put(m, true, cpu->cpu);
		put_share(m, old, cpu, old->idle, cpu->idle, true);
		put_share(m, old, cpu, old->softirq, cpu->softirq, false);
		put_share(m, old, cpu, old->steal, cpu->steal, false);
		moved = put_rate(m, old->net_rx, cpu->net_rx, seconds);
		moved += put_rate(m, old->net_tx, cpu->net_tx, seconds);
		moved += put_rate(m, old->processed, cpu->processed, seconds);
		dropped = put_rate(m, old->dropped, cpu->dropped, seconds);
		put_rate(m, old->squeezed, cpu->squeezed, seconds);
		m->row->moves = moved > 0 || dropped > 0;
		m->row->losing = dropped > 0;
	}
}

/* ---- sockets ---- */

static struct watch_count drops_before(const struct watch_socket *list, size_t n,
				       const struct watch_socket *s)
{
	for (size_t i = 0; i < n; i++)
		if (s->inode && list[i].inode == s->inode)
			return list[i].drops;
	return (struct watch_count){0};
}

static void put_socket(struct maker *m, const struct watch_socket *s, struct watch_count before,
		       double seconds, bool listens)
{
	double dropped;

	put_text(m, "%s", s->address);
	put(m, true, s->port);
	put(m, s->used >= 0, (double)s->used);
	put(m, s->limit >= 0, (double)s->limit);
	put(m, s->used >= 0 && s->limit > 0,
	    s->limit > 0 ? (double)s->used / (double)s->limit * 100 : 0);
	if (listens)
		put(m, s->half_open >= 0, (double)s->half_open);
	dropped = put_rate(m, before, s->drops, seconds);
	put(m, s->drops.bits, (double)s->drops.value);
	put_text(m, "%s", s->program);
	put(m, s->pid > 0, (double)s->pid);
	m->row->moves = s->used > 0 || s->half_open > 0 || dropped > 0;
	m->row->losing = dropped > 0;
}

static void make_sockets(struct maker *m, const struct watch_looks *looks, double seconds)
{
	static const struct watch_slow none;
	const struct watch_slow *look = looks->slow_after;
	const struct watch_slow *before = looks->slow_before ? looks->slow_before : &none;

	for (size_t i = 0; i < look->n_sockets; i++) {
		begin_row(m, WATCH_SOCKETS);
		put_text(m, "%s", look->sockets[i].tcp ? "TCP" : "UDP");
		put_socket(m, &look->sockets[i],
			   drops_before(before->sockets, before->n_sockets, &look->sockets[i]),
			   seconds, false);
	}
	for (size_t i = 0; i < look->n_listeners; i++) {
		begin_row(m, WATCH_LISTENERS);
		put_socket(
			m, &look->listeners[i],
			drops_before(before->listeners, before->n_listeners, &look->listeners[i]),
			seconds, true);
	}
}

/* ---- views ---- */

void watch_view_make(struct watch_view *view, const struct watch_looks *looks)
{
	struct maker m = {.view = view};

	*view = (struct watch_view){0};
	if (looks->before)
		view->seconds = seconds_between(looks->before->time_ns, looks->after->time_ns);
	view->sections[WATCH_INTERFACES].known = view->sections[WATCH_DROPS].known = true;
	view->sections[WATCH_CPUS].known = looks->after->has_cpus;
	make_interfaces(&m, looks);
	make_drops(&m, looks, view->seconds);
	make_cpus(&m, looks, view->seconds);
	if (looks->slow_after) {
		if (looks->slow_before)
			view->slow_seconds = seconds_between(looks->slow_before->time_ns,
							     looks->slow_after->time_ns);
		view->sections[WATCH_QUEUES].known = view->sections[WATCH_INTERRUPTS].known = true;
		view->sections[WATCH_SOCKETS].known = looks->slow_after->has_sockets;
		view->sections[WATCH_LISTENERS].known = looks->slow_after->has_listeners;
		make_queues(&m, looks, view->slow_seconds);
		make_interrupts(&m, looks, view->slow_seconds);
		make_sockets(&m, looks, view->slow_seconds);
	}
	for (size_t i = 0; i < WATCH_SECTIONS; i++)
		watch_section_sort(&view->sections[i], &watch_section_kinds[i],
				   watch_section_kinds[i].sort, watch_section_kinds[i].descending);
}

void watch_view_free(struct watch_view *view)
{
	for (size_t i = 0; i < WATCH_SECTIONS; i++)
		free(view->sections[i].rows);
	*view = (struct watch_view){0};
}

/* ---- sorting and filtering ---- */

struct order {
	enum watch_format format;
	size_t column;
	bool descending;
};

static int compare(const struct watch_row *a, const struct watch_row *b, const struct order *order)
{
	const struct watch_cell *x = &a->cells[order->column], *y = &b->cells[order->column];
	int way;

	if (x->known != y->known)
		return x->known ? -1 : 1;
	if (order->format == WATCH_TEXT)
		way = strcmp(x->text, y->text);
	else
		way = (x->number > y->number) - (x->number < y->number);
	return order->descending ? -way : way;
}

/* Merge sort, so that equal rows stay as they were. */
static void sort_rows(struct watch_row *rows, struct watch_row *spare, size_t n,
		      const struct order *order)
{
	size_t half = n / 2, left = 0, right = half;

	if (n < 2)
		return;
	sort_rows(rows, spare, half, order);
	sort_rows(rows + half, spare, n - half, order);
	memcpy(spare, rows, n * sizeof(*rows));
	for (size_t i = 0; i < n; i++)
		if (right == n || (left < half && compare(&spare[left], &spare[right], order) <= 0))
			rows[i] = spare[left++];
		else
			rows[i] = spare[right++];
}

void watch_section_sort(struct watch_section *section, const struct watch_section_kind *kind,
			size_t column, bool descending)
{
	const struct order order = {kind->columns[column].format, column, descending};
	struct watch_row *spare = calloc(section->n + 1, sizeof(*spare));

	if (spare) /* else as it was found */
		sort_rows(section->rows, spare, section->n, &order);
	free(spare);
}

void watch_section_filter(struct watch_section *section)
{
	size_t kept = 0;

	for (size_t i = 0; i < section->n; i++)
		if (section->rows[i].moves)
			section->rows[kept++] = section->rows[i];
	section->n = kept;
}
