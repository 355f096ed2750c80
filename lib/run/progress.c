/* The status line; see progress.h. */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "table.h"

#define SHOW_EVERY_NS (100 * NSEC_PER_MSEC)

void progress_init(struct progress *p, size_t done, size_t total)
{
	*p = (struct progress){.done = done, .total = total};
	p->terminal = isatty(STDERR_FILENO);
}

static int terminal_columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* All that are to come, and what the one at work still needs. */
static uint64_t left_ns(const struct progress *p, uint64_t now)
{
	struct remaining with = p->to_come;
	uint64_t all, gone = now - p->begin_ns;

	remaining_add(&with, p->change, p->send_ns);
	all = remaining_ns(&with);
	if (all == UINT64_MAX)
		return all;
	return all > gone ? all - gone : 0;
}

static void show(struct progress *p, const char *doing)
{
	char left[32] = "", line[256];
	uint64_t ns;

	if (!p->terminal)
		return;
	p->shown_ns = clock_ns();
	ns = left_ns(p, p->shown_ns);
	if (ns != UINT64_MAX)
		snprintf(left, sizeof(left), ", %llu:%02llu left",
			 (unsigned long long)(ns / NSEC_PER_SEC / 60),
			 (unsigned long long)(ns / NSEC_PER_SEC % 60));
	snprintf(line, sizeof(line), "[%zu/%zu%s, %s] %s", p->done + 1, p->total, left, doing,
		 p->label);
	fprintf(stderr, "\r%.*s\033[K", terminal_columns() - 1, line);
	fflush(stderr);
}

void progress_begin(struct progress *p, const char *label, enum knob_change change,
		    uint64_t send_ns)
{
	remaining_drop(&p->to_come, change, send_ns);
	p->change = change;
	p->send_ns = send_ns;
	p->begin_ns = clock_ns();
	snprintf(p->label, sizeof(p->label), "%s", label);
	show(p, "setting up");
}

void progress_skip(struct progress *p, enum knob_change change, uint64_t send_ns)
{
	remaining_drop(&p->to_come, change, send_ns);
	p->done++;
}

void progress_tick(struct progress *p, uint64_t elapsed_ns, uint64_t total_ns, bool warm_up)
{
	char doing[64];

	if (clock_ns() - p->shown_ns < SHOW_EVERY_NS)
		return;
	elapsed_ns = elapsed_ns < total_ns ? elapsed_ns : total_ns;
	snprintf(doing, sizeof(doing), "%s %.1f of %.1f s", warm_up ? "warming up" : "sending",
		 (double)elapsed_ns / 1e9, (double)total_ns / 1e9);
	show(p, doing);
}

void progress_clear(struct progress *p)
{
	if (p->terminal)
		fputs("\r\033[K", stderr);
}

static void describe(const json_t *line, char *buf, size_t size)
{
	const json_t *rates = json_object_get(line, "rates");
	const json_t *loss = json_object_get(line, "loss");
	const json_t *reasons = json_object_get(json_object_get(line, "validity"), "reasons");
	const char *reason = json_string_value(json_array_get(reasons, 0));
	char lost[32], tail[64] = "balanced", rx[32];

	if (!json_is_object(rates)) {
		snprintf(buf, size, "%s: %s", json_str(line, "verdict", "failed"),
			 reason ? reason : "unknown");
		return;
	}
	if (json_u64(line, "remainder", 0))
		snprintf(tail, sizeof(tail), "%llu frames unexplained",
			 (unsigned long long)json_u64(line, "remainder", 0));
	if (!json_is_object(loss)) {
		snprintf(buf, size, "%s pps sent, no sink, %s%s%s",
			 table_u64(rx, sizeof(rx),
				   (unsigned long long)(json_num(rates, "tx_pps", 0) + 0.5)),
			 tail, reason ? ", INVALID: " : "", reason ? reason : "");
		return;
	}
	snprintf(
		buf, size, "%s pps received, %s frames lost, %s%s%s",
		table_u64(rx, sizeof(rx), (unsigned long long)(json_num(rates, "rx_pps", 0) + 0.5)),
		table_s64(lost, sizeof(lost), json_s64(loss, "frames", 0)), tail,
		reason ? ", INVALID: " : "", reason ? reason : "");
}

void progress_end(struct progress *p, const json_t *line)
{
	char text[512];

	p->done++;
	/* what was cut short says nothing about those that are not */
	if (json_is_object(json_object_get(line, "rates")))
		remaining_learn(&p->to_come, p->change, p->send_ns, clock_ns() - p->begin_ns);
	progress_clear(p);
	describe(line, text, sizeof(text));
	log_info("[%zu/%zu] %s: %s", p->done, p->total, p->label, text);
}
