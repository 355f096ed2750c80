/* What rows that give CPUs to queues, interrupts and threads share. */
#ifndef RINGLOSS_HOST_SETTING_CPUS_H
#define RINGLOSS_HOST_SETTING_CPUS_H

#include "cpu_words.h"
#include "setting_row.h"

/* How many queues the device has; DIRECTION "rx" or "tx". */
unsigned int setting_queue_count(const struct setting_site *site, const char *direction);

/*
 * ASKED (words, or a canonical value) for N USERS on this site, as canonical text. 0 or a negative
 * errno with *err set.
 */
int setting_cpus_resolve(const struct setting_site *site, const char *asked,
			 const struct cpu_user *users, size_t n, char value[SETTING_TEXT_MAX],
			 struct error *err);

/* The sets of VALUE, which has to be of N things; *sets is the caller's. */
int setting_cpus_parse(const char *value, size_t n, cpu_set_t **sets, struct error *err);

/* Those as text. */
int setting_cpus_format(const cpu_set_t *sets, size_t n, char value[SETTING_TEXT_MAX],
			struct error *err);

/*
 * A row whose values are CPUs: .words beside "one:" and "list:". Rows of queues: an interrupt, a
 * mask, a thread that went with its queue gets the value again.
 */
#define SETTING_CPUS_KNOB(key, taken, text)                                                        \
	{                                                                                          \
		.name = (key), .type = KNOB_STRING, .size = 256, .check = cpu_words_check,         \
		.form = CPU_WORDS_FORM, .words = (taken), .def = SETTING_KEEP, .unit = "",         \
		.help = (text), .sweepable = true, .change = KNOB_RETUNE                           \
	}

/* keep, same, other, far, spread; and with all, none. */
extern const char *const setting_cpu_words[], *const setting_mask_words[];

#endif
