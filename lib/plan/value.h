/*
 * The parsers of single values, one for each type of knob. They know the
 * grammar of a type and the bounds of a row, not where the value goes.
 */
#ifndef RINGLOSS_PLAN_VALUE_H
#define RINGLOSS_PLAN_VALUE_H

#include "knob.h"

/* Room for any type but KNOB_STRING, which is copied as it stands. */
union value {
	uint64_t u64;
	bool flag;
	uint32_t choice;
	double number;
	struct cpu_list cpus;
	struct size_mix sizes;
	struct knob_ipv4 ipv4;
	struct knob_ipv6 ipv6;
};

/*
 * Parse TEXT for KNOB into *out. 0, -EINVAL (not of this form) or -ERANGE (of
 * this form, but too small or too large) with *why set to a static text.
 */
typedef int value_parser(const struct knob *knob, const char *text, union value *out,
			 const char **why);

struct value_type {
	value_parser *parse;
	size_t size;      /* of the field; 0: the row says it (KNOB_STRING) */
	const char *give; /* before the range in "give ...", or NULL */
	bool has_unit;    /* the row's unit is no part of the value: "give 1..9 frames" */
};

/* By enum knob_type; NULL for a number that is none. */
const struct value_type *value_type(enum knob_type type);

/* A unit and what it multiplies by, most specific spelling first, largest last. */
struct value_unit {
	const char *name;
	uint64_t factor;
};

/* Each ends with a row without name. */
extern const struct value_unit value_byte_units[];
extern const struct value_unit value_time_units[];
extern const struct value_unit value_rate_units[];

/* The upper bound of KNOB: UINT64_MAX when it has none. */
uint64_t value_max(const struct knob *knob);

#endif
