/* The grammar of each type of knob; see value.h. Nothing is guessed: a text matches whole or not.
 */
#include "value.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

const struct value_unit value_byte_units[] = {
	{"", 1}, {"K", 1ULL << 10}, {"M", 1ULL << 20}, {"G", 1ULL << 30}, {},
};

const struct value_unit value_time_units[] = {
	{"ns", 1}, {"us", NSEC_PER_USEC}, {"ms", NSEC_PER_MSEC}, {"s", NSEC_PER_SEC}, {},
};

const struct value_unit value_rate_units[] = {
	{"pps", 1}, {"kpps", 1000}, {"Mpps", 1000000}, {"Gpps", 1000000000}, {},
};

static const struct {
	const char *word;
	bool flag;
} bool_words[] = {
	{"on", true},   {"off", false},   {"yes", true}, {"no", false},
	{"true", true}, {"false", false}, {"1", true},   {"0", false},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *p)
{
	while (is_digit(*p))
		p++;
	return p;
}

/* Reads digits, at least one, and moves *p behind them. */
static int read_u64(const char **p, uint64_t *out)
{
	const char *end = skip_digits(*p);
	uint64_t v = 0;

	if (end == *p)
		return -EINVAL;
	for (; *p < end; (*p)++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(**p - '0'), &v))
			return -ERANGE;
	*out = v;
	return 0;
}

/*
 * Reads digits, then perhaps a fraction and an exponent. strtod alone would
 * take signs, blanks, hexadecimal, "inf" and "nan" as well. An overflow is
 * -ERANGE, as infinity has a meaning of its own for a rate.
 */
static int read_double(const char **p, double *out)
{
	const char *end = skip_digits(*p);
	const char *q;

	if (end == *p)
		return -EINVAL;
	if (*end == '.') {
		if (!is_digit(end[1]))
			return -EINVAL;
		end = skip_digits(end + 1);
	}
	if (*end == 'e') {
		q = end + 1;
		if (*q == '+' || *q == '-')
			q++;
		if (!is_digit(*q))
			return -EINVAL;
		end = skip_digits(q);
	}
	*out = strtod(*p, NULL);
	*p = end;
	return isfinite(*out) ? 0 : -ERANGE;
}

static const struct value_unit *find_unit(const struct value_unit *units, const char *name)
{
	for (; units->name; units++)
		if (!strcmp(units->name, name))
			return units;
	return NULL;
}

uint64_t value_max(const struct knob *knob)
{
	return knob->max ? knob->max : UINT64_MAX;
}

static int check_range(const struct knob *knob, uint64_t v, const char **why)
{
	*why = "out of range";
	return v < knob->min || v > value_max(knob) ? -ERANGE : 0;
}

static int parse_u64(const struct knob *knob, const char *text, union value *out, const char **why)
{
	int ret = read_u64(&text, &out->u64);

	*why = ret == -ERANGE ? "out of range" : "not a whole number";
	if (ret || *text)
		return ret ? ret : -EINVAL;
	return check_range(knob, out->u64, why);
}

static int parse_bool(const struct knob *knob, const char *text, union value *out, const char **why)
{
	size_t i;

	for (i = 0; i < sizeof(bool_words) / sizeof(bool_words[0]); i++) {
		if (!strcmp(bool_words[i].word, text)) {
			out->flag = bool_words[i].flag;
			return 0;
		}
	}
	*why = "neither on nor off";
	return -EINVAL;
}

static int parse_choice(const struct knob *knob, const char *text, union value *out,
			const char **why)
{
	uint32_t i;

	for (i = 0; knob->choices && knob->choices[i]; i++) {
		if (!strcmp(knob->choices[i], text)) {
			out->choice = i;
			return 0;
		}
	}
	*why = "not one of the choices";
	return -EINVAL;
}

static int parse_string(const struct knob *knob, const char *text, union value *out,
			const char **why)
{
	*why = "too long";
	if (strlen(text) >= knob->size)
		return -ERANGE;
	*why = knob->check ? knob->check(text) : NULL;
	return *why ? -EINVAL : 0;
}

static int parse_bytes(const struct knob *knob, const char *text, union value *out,
		       const char **why)
{
	const struct value_unit *unit;
	int ret = read_u64(&text, &out->u64);

	*why = ret == -ERANGE ? "out of range" : "not a number of bytes (4096, 64K, 8M, 1G)";
	if (ret)
		return ret;
	unit = find_unit(value_byte_units, text);
	if (!unit)
		return -EINVAL;
	if (__builtin_mul_overflow(out->u64, unit->factor, &out->u64)) {
		*why = "out of range";
		return -ERANGE;
	}
	return check_range(knob, out->u64, why);
}

/* 1.5s is exact in ns; a fraction finer than that is refused, not rounded. */
static int parse_duration(const struct knob *knob, const char *text, union value *out,
			  const char **why)
{
	const char *fraction = "";
	const struct value_unit *unit;
	uint64_t weight, v;
	int ret;

	*why = "not a duration (2s, 500ms, 10us, 250ns)";
	ret = read_u64(&text, &v);
	if (ret == -EINVAL)
		return ret;
	if (ret)
		goto range;
	if (*text == '.') {
		fraction = text + 1;
		text = skip_digits(fraction);
		if (text == fraction)
			return -EINVAL;
	}
	if (!*text)
		*why = "without a unit (ns, us, ms or s)";
	unit = find_unit(value_time_units, text);
	if (!unit)
		return -EINVAL;
	if (__builtin_mul_overflow(v, unit->factor, &v))
		goto range;
	for (weight = unit->factor; is_digit(*fraction); fraction++) {
		if (*fraction != '0' && weight < 10) {
			*why = "finer than 1ns";
			return -EINVAL;
		}
		weight /= 10;
		if (__builtin_add_overflow(v, weight * (uint64_t)(*fraction - '0'), &v))
			goto range;
	}
	out->u64 = v;
	return check_range(knob, v, why);
range:
	*why = "out of range";
	return -ERANGE;
}

static int parse_rate(const struct knob *knob, const char *text, union value *out, const char **why)
{
	const struct value_unit *unit;
	double v;
	int ret;

	if (!strcmp(text, "max")) {
		out->number = INFINITY;
		return 0;
	}
	*why = "not a rate (9000pps, 250kpps, 1.5Mpps, max)";
	ret = read_double(&text, &v);
	if (ret == -EINVAL)
		return ret;
	if (!*text)
		*why = "without a unit (pps, kpps, Mpps or Gpps)";
	if (!strcmp(text, "%"))
		*why = "a percentage of line rate needs a device with a real line rate";
	unit = find_unit(value_rate_units, text);
	if (!unit)
		return -EINVAL;
	*why = "out of range";
	v *= (double)unit->factor;
	if (ret || !isfinite(v) || v < (double)knob->min || v > (double)value_max(knob))
		return -ERANGE;
	out->number = v;
	return 0;
}

static int parse_ratio(const struct knob *knob, const char *text, union value *out,
		       const char **why)
{
	double v;
	int ret = read_double(&text, &v);

	*why = "not a ratio (0.5%, 0, 1e-6)";
	if (ret == -EINVAL)
		return ret;
	if (*text == '%') {
		v /= 100;
		text++;
	}
	if (*text)
		return -EINVAL;
	*why = "out of range";
	if (ret || v > 1)
		return -ERANGE;
	out->number = v;
	return 0;
}

static bool cpu_listed(const struct cpu_list *list, uint64_t cpu)
{
	uint32_t i;

	for (i = 0; i < list->n; i++)
		if (list->cpu[i] == cpu)
			return true;
	return false;
}

/* Adds first..last; a CPU named twice would give two threads one core unseen. */
static int add_cpus(const struct knob *knob, struct cpu_list *list, uint64_t first, uint64_t last,
		    const char **why)
{
	*why = "a range that runs backwards";
	if (first > last)
		return -EINVAL;
	*why = "a CPU number that is too large";
	if (last > UINT16_MAX || check_range(knob, last, why) || check_range(knob, first, why))
		return -ERANGE;
	for (; first <= last; first++) {
		*why = "a CPU that is named twice";
		if (cpu_listed(list, first))
			return -EINVAL;
		*why = "more than 256 CPUs";
		if (list->n == CPU_LIST_MAX)
			return -ERANGE;
		list->cpu[list->n++] = (uint16_t)first;
	}
	return 0;
}

static int parse_cpus(const struct knob *knob, const char *text, union value *out, const char **why)
{
	uint64_t first, last;
	int ret;

	out->cpus = (struct cpu_list){0};
	if (!*text && (!knob->def || !*knob->def))
		return 0; /* "no CPU" is legal where it is the default */
	for (;;) {
		*why = "not a list of CPUs (0, 0-3, 0+2)";
		ret = read_u64(&text, &first);
		last = first;
		if (!ret && *text == '-') {
			text++;
			ret = read_u64(&text, &last);
		}
		if (ret == -ERANGE)
			*why = "a CPU number that is too large";
		if (!ret && *text && *text != '+')
			ret = -EINVAL;
		if (!ret)
			ret = add_cpus(knob, &out->cpus, first, last, why);
		if (ret || !*text)
			return ret;
		text++;
	}
}

/* The mix of FD.io CSIT, IMIX_v4_1: 28 frames of 64 bytes, 16 of 570, 4 of 1518. */
#define IMIX "64:7+570:4+1518:1"
#define WEIGHT_MAX 1000

/* SIZE or SIZE:WEIGHT at *text, which moves behind it. */
static int add_size(const struct knob *knob, const char **text, struct size_mix *mix,
		    const char **why)
{
	uint64_t size, weight = 1;
	int ret = read_u64(text, &size);

	if (!ret && **text == ':') {
		++*text;
		ret = read_u64(text, &weight);
	}
	if (ret == -EINVAL || (!ret && **text && **text != '+')) {
		*why = "not a size, sizes with weights (64:7+570:4+1518:1) or imix";
		return -EINVAL;
	}
	*why = "out of range";
	if (ret || size < knob->min || size > value_max(knob))
		return -ERANGE;
	*why = "a weight that is not 1 to 1000";
	if (!weight || weight > WEIGHT_MAX)
		return -ERANGE;
	*why = "more than 16 sizes";
	if (mix->n == SIZE_MIX_MAX)
		return -ERANGE;
	mix->size[mix->n] = (uint32_t)size;
	mix->weight[mix->n++] = (uint32_t)weight;
	return 0;
}

static int parse_sizes(const struct knob *knob, const char *text, union value *out,
		       const char **why)
{
	int ret;

	if (strcmp(text, "imix") == 0)
		text = IMIX;
	out->sizes = (struct size_mix){0};
	for (;;) {
		ret = add_size(knob, &text, &out->sizes, why);
		if (ret || !*text)
			return ret;
		text++;
	}
}

/*
 * ADDRESS/PREFIX of FAMILY into ADDR and *PREFIX, which is at most MOST. An IPv6 address with a
 * zone ("fe80::1%eth0") is none, since inet_pton takes no zone.
 */
static int parse_address(const char *text, int family, uint8_t *addr, uint8_t most, uint8_t *prefix)
{
	char bare[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	uint64_t bits;

	if (!slash || (size_t)(slash - text) >= sizeof(bare))
		return -EINVAL;
	memcpy(bare, text, (size_t)(slash - text));
	bare[slash - text] = '\0';
	slash++;
	if (inet_pton(family, bare, addr) != 1 || read_u64(&slash, &bits) || *slash)
		return -EINVAL;
	if (bits > most)
		return -ERANGE;
	*prefix = (uint8_t)bits;
	return 0;
}

static int parse_ipv4(const struct knob *knob, const char *text, union value *out, const char **why)
{
	int ret;

	memset(&out->ipv4, 0, sizeof(out->ipv4));
	if (!*text)
		return 0;
	ret = parse_address(text, AF_INET, out->ipv4.addr, 32, &out->ipv4.prefix);
	*why = ret == -ERANGE ? "a prefix that is longer than 32"
			      : "not an address with a prefix (198.18.0.1/24)";
	out->ipv4.set = !ret;
	return ret;
}

static int parse_ipv6(const struct knob *knob, const char *text, union value *out, const char **why)
{
	int ret;

	memset(&out->ipv6, 0, sizeof(out->ipv6));
	if (!*text)
		return 0;
	ret = parse_address(text, AF_INET6, out->ipv6.addr, 128, &out->ipv6.prefix);
	*why = ret == -ERANGE ? "a prefix that is longer than 128"
			      : "not an IPv6 address with a prefix (2001:2::1/64)";
	out->ipv6.set = !ret;
	return ret;
}

static const struct value_type types[] = {
	[KNOB_U64] = {parse_u64, sizeof(uint64_t), .has_unit = true},
	[KNOB_BOOL] = {parse_bool, sizeof(bool)},
	[KNOB_CHOICE] = {parse_choice, sizeof(uint32_t)},
	[KNOB_STRING] = {parse_string, 0},
	[KNOB_BYTES] = {parse_bytes, sizeof(uint64_t)},
	[KNOB_DURATION] = {parse_duration, sizeof(uint64_t)},
	[KNOB_RATE] = {parse_rate, sizeof(double), .give = "pps: "},
	[KNOB_RATIO] = {parse_ratio, sizeof(double)},
	[KNOB_CPUS] = {parse_cpus, sizeof(struct cpu_list)},
	[KNOB_SIZES] = {parse_sizes, sizeof(struct size_mix), .has_unit = true},
	[KNOB_IPV4] = {parse_ipv4, sizeof(struct knob_ipv4)},
	[KNOB_IPV6] = {parse_ipv6, sizeof(struct knob_ipv6)},
};

const struct value_type *value_type(enum knob_type type)
{
	return (size_t)type < sizeof(types) / sizeof(types[0]) ? &types[type] : NULL;
}
