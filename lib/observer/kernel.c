/* Names from BTF and kallsyms; see kernel.h. */
#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#define PREFIX "SKB_DROP_REASON_"
#define FUNCTION_MAX                                                                               \
	(64 << 10) /* no function is longer: what is so far is of a list with holes                \
		    */

/* A function, or whatever lies in the kernel's text under a name. */
struct symbol {
	uint64_t address;
	size_t name; /* where it begins in names */
};

struct kernel {
	struct btf *btf;
	const struct btf_type *reasons; /* enum skb_drop_reason; NULL before 5.17 */
	struct symbol *symbols;         /* by address; read when the first is asked for */
	size_t n_symbols, symbols_room;
	char *names;
	size_t names_len, names_room;
};

/* With kptr_restrict = 2 root sees zeros, too (kernel/kallsyms.c, kallsyms_show_value). */
static bool addresses_are_told(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[512];
	bool told = false;

	while (f && !told && fgets(line, sizeof(line), f))
		told = strtoull(line, NULL, 16) != 0;
	if (f)
		fclose(f);
	return told;
}

int kernel_open(struct kernel **kernel, struct error *err)
{
	struct kernel *k = calloc(1, sizeof(*k));
	int id;

	if (!k)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for the observer");
	if (!addresses_are_told()) {
		free(k);
		return error_set(
			err, EX_UNAVAILABLE, -ENOTSUP,
			"the kernel hides where its functions are (/proc/kallsyms): run with "
			"sudo, and sysctl kernel.kptr_restrict=1");
	}
	k->btf = btf__load_vmlinux_btf();
	if (!k->btf) {
		free(k);
		return error_set(err, EX_UNAVAILABLE, -ENOTSUP,
				 "the kernel has no type information (/sys/kernel/btf/vmlinux: "
				 "CONFIG_DEBUG_INFO_BTF)");
	}
	id = btf__find_by_name_kind(k->btf, "skb_drop_reason", BTF_KIND_ENUM);
	if (id > 0)
		k->reasons = btf__type_by_id(k->btf, (uint32_t)id);
	*kernel = k;
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	if (!kernel)
		return;
	btf__free(kernel->btf);
	free(kernel->symbols);
	free(kernel->names);
	free(kernel);
}

/* typedef void (*btf_trace_NAME)(void *, arguments...); include/trace/bpf_probe.h. */
int kernel_tracepoint_arguments(const struct kernel *kernel, const char *name)
{
	const struct btf_type *type;
	char full[80];
	int id;

	snprintf(full, sizeof(full), "btf_trace_%s", name);
	id = btf__find_by_name_kind(kernel->btf, full, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -1;
	type = btf__type_by_id(kernel->btf, (uint32_t)id);
	type = btf__type_by_id(kernel->btf, type->type);
	if (!type || !btf_is_ptr(type))
		return -1;
	type = btf__type_by_id(kernel->btf, type->type);
	return type && btf_is_func_proto(type) ? btf_vlen(type) - 1 : -1;
}

bool kernel_has_function(const struct kernel *kernel, const char *name)
{
	return btf__find_by_name_kind(kernel->btf, name, BTF_KIND_FUNC) > 0;
}

const char *kernel_reason_name(const struct kernel *kernel, uint32_t reason, char *buf, size_t size)
{
	const struct btf_enum *e = kernel->reasons ? btf_enum(kernel->reasons) : NULL;
	int n = kernel->reasons ? btf_vlen(kernel->reasons) : 0;

	for (int i = 0; i < n; i++) {
		const char *name;

		if ((uint32_t)e[i].val != reason)
			continue;
		name = btf__name_by_offset(kernel->btf, e[i].name_off);
		if (!strncmp(name, PREFIX, strlen(PREFIX)))
			name += strlen(PREFIX);
		snprintf(buf, size, "%s", name);
		return buf;
	}
	snprintf(buf, size, "reason %u", reason);
	return buf;
}

/* Room for COUNT more in an array of N elements of SIZE. False: no memory. */
static bool grow(void **array, size_t *room, size_t n, size_t count, size_t size)
{
	size_t wanted = *room ? *room : 4096;
	void *grown;

	if (n + count <= *room)
		return true;
	while (wanted < n + count)
		wanted *= 2;
	grown = realloc(*array, wanted * size);
	if (!grown)
		return false;
	*array = grown;
	*room = wanted;
	return true;
}

static bool add_symbol(struct kernel *k, uint64_t address, const char *word, size_t len)
{
	if (!grow((void **)&k->symbols, &k->symbols_room, k->n_symbols, 1, sizeof(*k->symbols)) ||
	    !grow((void **)&k->names, &k->names_room, k->names_len, len + 1, 1))
		return false;
	k->symbols[k->n_symbols++] = (struct symbol){.address = address, .name = k->names_len};
	memcpy(k->names + k->names_len, word, len);
	k->names[k->names_len + len] = '\0';
	k->names_len += len + 1;
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* The file is not sorted. */
static void read_symbols(struct kernel *k)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		char *end, *word;
		uint64_t address = strtoull(line, &end, 16);

		if (!address || end[0] != ' ' || !end[1] || !strchr("tTwW", end[1]))
			continue;
		word = end + 3;
		/* padding in front of a function (CONFIG_CALL_PADDING) has a name of its own */
		if (!strncmp(word, "__pfx_", 6))
			continue;
		if (!add_symbol(k, address, word, strcspn(word, ". \t\n")))
			break;
	}
	if (f)
		fclose(f);
	if (k->n_symbols)
		qsort(k->symbols, k->n_symbols, sizeof(*k->symbols), by_address);
}

/* The last one that begins at or before ADDRESS. */
const char *kernel_function(struct kernel *kernel, uint64_t address)
{
	size_t low = 0, high;

	if (!kernel->n_symbols)
		read_symbols(kernel);
	high = kernel->n_symbols;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (kernel->symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - kernel->symbols[low - 1].address > FUNCTION_MAX)
		return "?";
	return kernel->names + kernel->symbols[low - 1].name;
}
