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

struct symbol {
	uint64_t address; /* that was asked for */
	char name[64];
};

struct kernel {
	struct btf *btf;
	const struct btf_type *reasons; /* enum skb_drop_reason; NULL before 5.17 */
	struct symbol *symbols;         /* those asked for so far */
	size_t n_symbols;
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
			"the kernel hides where its functions are (/proc/kallsyms): sysctl "
			"kernel.kptr_restrict=1");
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

/* The last text symbol that begins at or before ADDRESS. The file is not sorted. */
static void find_function(uint64_t address, char name[64])
{
	FILE *f = fopen("/proc/kallsyms", "re");
	uint64_t best = 0;
	char line[512];

	strcpy(name, "?");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		char *end, *word;
		uint64_t begin = strtoull(line, &end, 16);

		if (!begin || begin > address || begin < best || end[0] != ' ' ||
		    (end[1] != 't' && end[1] != 'T' && end[1] != 'w' && end[1] != 'W'))
			continue;
		word = end + 3;
		/* padding in front of a function (CONFIG_CALL_PADDING) has a name of its own */
		if (!strncmp(word, "__pfx_", 6))
			continue;
		best = begin;
		snprintf(name, 64, "%.*s", (int)strcspn(word, ". \t\n"), word);
	}
	fclose(f);
	if (address - best > FUNCTION_MAX)
		strcpy(name, "?");
}

const char *kernel_function(struct kernel *kernel, uint64_t address)
{
	struct symbol *grown;

	for (size_t i = 0; i < kernel->n_symbols; i++)
		if (kernel->symbols[i].address == address)
			return kernel->symbols[i].name;
	grown = realloc(kernel->symbols, (kernel->n_symbols + 1) * sizeof(*grown));
	if (!grown)
		return "?";
	kernel->symbols = grown;
	grown += kernel->n_symbols++;
	grown->address = address;
	find_function(address, grown->name);
	return grown->name;
}
