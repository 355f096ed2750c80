/* EAL's start, its memory and its log; see dpdk_eal.h. */
#include "dpdk_eal.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "file.h"

#define HUGEPAGES "/sys/kernel/mm/hugepages"
#define ARGS_MAX 64
#define TEXT_MAX 1024
#define MEBIBYTE (1ULL << 20)
#define OTHER_BYTES (64 * MEBIBYTE) /* that drivers and EAL itself take */
#define LEAST_BYTES (512 * MEBIBYTE)

/* EAL of this process, as it was started. */
static struct {
	bool tried, started, used, spoilt, hugepages;
	char pci[512], args[512];
	uint64_t bytes;       /* budget without hugepages */
	pthread_mutex_t lock; /* of the log: DPDK's own threads write it, too */
	char log[400];
	size_t log_len;
} eal = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* What an argument list is made of. */
struct arguments {
	char *argv[ARGS_MAX + 1];
	int argc;
	char text[4 * TEXT_MAX];
	size_t len;
};

bool dpdk_eal_hugepages(void)
{
	return eal.hugepages;
}

void dpdk_eal_use(void)
{
	eal.used = true;
}

bool dpdk_eal_used(void)
{
	return eal.used;
}

void dpdk_eal_spoil(void)
{
	eal.spoilt = true;
}

void dpdk_eal_log_clear(void)
{
	pthread_mutex_lock(&eal.lock);
	eal.log_len = 0;
	eal.log[0] = '\0';
	pthread_mutex_unlock(&eal.lock);
}

const char *dpdk_eal_log(void)
{
	return eal.log;
}

/* A stream's write: keeps what is an error, each line after "; ", as long as there is room. */
static ssize_t log_write(void *cookie, const char *buf, size_t size)
{
	size_t len = size, room, n;

	if (rte_log_cur_msg_loglevel() > (int)RTE_LOG_ERR)
		return (ssize_t)size;
	while (len && (buf[len - 1] == '\n' || buf[len - 1] == ' ' || buf[len - 1] == '.'))
		len--;
	pthread_mutex_lock(&eal.lock);
	room = sizeof(eal.log) - eal.log_len;
	n = (size_t)snprintf(eal.log + eal.log_len, room, "; %.*s", (int)len, buf);
	eal.log_len += n < room ? n : room - 1;
	pthread_mutex_unlock(&eal.lock);
	return (ssize_t)size;
}

static void open_log(void)
{
	FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = log_write});

	if (!stream)
		return; /* then DPDK logs to standard error */
	setvbuf(stream, NULL, _IOLBF, 256);
	rte_openlog_stream(stream);
}

/* Bytes of hugepages that nobody has, of all sizes. */
static uint64_t free_hugepages(void)
{
	DIR *dir = opendir(HUGEPAGES);
	struct dirent *entry;
	uint64_t sum = 0;

	while (dir && (entry = readdir(dir))) {
		unsigned long long kib, pages;
		char path[400], *text;

		if (sscanf(entry->d_name, "hugepages-%llukB", &kib) != 1)
			continue;
		snprintf(path, sizeof(path), HUGEPAGES "/%s/free_hugepages", entry->d_name);
		text = file_read(path, NULL, NULL);
		if (text && sscanf(text, "%llu", &pages) == 1)
			sum += pages * kib * 1024;
		free(text);
	}
	if (dir)
		closedir(dir);
	return sum;
}

static void add(struct arguments *a, const char *text, size_t len)
{
	if (a->argc == ARGS_MAX || a->len + len + 1 > sizeof(a->text))
		return;
	a->argv[a->argc++] = a->text + a->len;
	memcpy(a->text + a->len, text, len);
	a->text[a->len + len] = '\0';
	a->len += len + 1;
}

static void add_text(struct arguments *a, const char *text)
{
	add(a, text, strlen(text));
}

/* Arguments separated by blanks. */
static void add_words(struct arguments *a, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " \t");

		if (len)
			add(a, text, len);
		text += len;
		text += strspn(text, " \t");
	}
}

/*
 * One lcore for the control thread, on the CPUs that it has: traffic threads are ours, and
 * register. Without this EAL starts a thread on every CPU.
 */
static void add_lcores(struct arguments *a, const cpu_set_t *cpus)
{
	char text[TEXT_MAX];
	size_t len = (size_t)snprintf(text, sizeof(text), "--lcores=0@(");
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE && len < sizeof(text) - 16; cpu++)
		if (CPU_ISSET(cpu, cpus))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d",
						text[len - 1] == '(' ? "" : ",", cpu);
	snprintf(text + len, sizeof(text) - len, ")");
	add_text(a, text);
}

static void make_arguments(struct arguments *a, const struct dpdk_eal_want *want,
			   const cpu_set_t *cpus)
{
	char text[TEXT_MAX];

	add_text(a, "ringloss");
	add_lcores(a, cpus);
	add_text(a, "--no-telemetry");
	snprintf(text, sizeof(text), "--file-prefix=ringloss-%d", (int)getpid());
	add_text(a, text);
	/* --no-huge excludes --in-memory, which is what keeps files from being left behind */
	if (eal.hugepages) {
		add_text(a, "--in-memory");
	} else {
		add_text(a, "--no-huge");
		add_text(a, "--no-shconf");
		snprintf(text, sizeof(text), "-m%llu", (unsigned long long)(eal.bytes / MEBIBYTE));
		add_text(a, text);
	}
	if (want->pci) {
		add_text(a, "-a");
		add_text(a, want->pci);
	} else {
		add_text(a, "--no-pci");
	}
	add_words(a, want->args);
	a->argv[a->argc] = NULL;
}

static int refuse_small_memory(const struct dpdk_eal_want *want, uint64_t free_bytes,
			       struct error *err)
{
	return error_set(
		err, EX_UNAVAILABLE, -ENOMEM,
		"device %s needs %llu MiB of hugepages and %llu MiB are free: echo N > " HUGEPAGES
		"/hugepages-2048kB/nr_hugepages (N pages of 2 MiB), or a smaller "
		"ring or fewer queues",
		want->pci, (unsigned long long)(want->bytes / MEBIBYTE),
		(unsigned long long)(free_bytes / MEBIBYTE));
}

/* Hugepages where there are enough; without them a budget, of which only what is used is taken. */
static int plan_memory(const struct dpdk_eal_want *want, struct error *err)
{
	uint64_t bytes = want->bytes + OTHER_BYTES, have = free_hugepages();
	uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

	eal.hugepages = have >= bytes;
	eal.bytes = bytes > LEAST_BYTES ? bytes : LEAST_BYTES;
	if (!eal.hugepages && want->pci)
		return refuse_small_memory(want, have, err);
	if (!eal.hugepages && eal.bytes > machine / 2)
		return error_set(err, EX_UNAVAILABLE, -ENOMEM,
				 "DPDK's buffers take %llu MiB, and this host has %llu: a smaller "
				 "ring, fewer queues, or fewer mbufs",
				 (unsigned long long)(bytes / MEBIBYTE),
				 (unsigned long long)(machine / MEBIBYTE));
	return 0;
}

/* A wrong argument makes EAL print its whole usage on standard output. */
static int init_quietly(int argc, char **argv)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), out, ret;

	fflush(stdout);
	out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (null >= 0)
		dup2(null, STDOUT_FILENO);
	ret = rte_eal_init(argc, argv);
	/* made before the arguments are all looked at, and empty; no other run has its name */
	if (ret < 0 && rte_eal_get_runtime_dir())
		rmdir(rte_eal_get_runtime_dir());
	fflush(stdout);
	if (out >= 0) {
		dup2(out, STDOUT_FILENO);
		close(out);
	}
	if (null >= 0)
		close(null);
	return ret;
}

/* Whether the EAL that runs will do for WANT. */
static bool will_do(const struct dpdk_eal_want *want)
{
	if (!eal.started || eal.spoilt || strcmp(eal.args, want->args) ||
	    strcmp(eal.pci, want->pci ? want->pci : ""))
		return false;
	return eal.hugepages || want->bytes + OTHER_BYTES <= eal.bytes;
}

int dpdk_eal_start(const struct dpdk_eal_want *want, struct error *err)
{
	struct arguments a = {.argc = 0};
	cpu_set_t cpus;
	int ret;

	if (eal.tried && !will_do(want))
		return error_set(err, EX_SOFTWARE, -ERESTART,
				 "DPDK's EAL was started with other arguments, or a device was "
				 "refused, and a process can start it once");
	if (eal.started)
		return 0;
	ret = plan_memory(want, err);
	if (ret)
		return ret;
	eal.tried = true;
	CPU_ZERO(&cpus);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	make_arguments(&a, want, &cpus);
	open_log();
	dpdk_eal_log_clear();
	ret = init_quietly(a.argc, a.argv);
	/* EAL pins the thread that starts it */
	sched_setaffinity(0, sizeof(cpus), &cpus);
	if (ret < 0)
		return error_set(err, EX_UNAVAILABLE, rte_errno ? -rte_errno : -EIO,
				 "DPDK's EAL does not start: %s%s%s%s; see the knob eal and the "
				 "device",
				 rte_strerror(rte_errno), dpdk_eal_log(),
				 want->args[0] ? "; further arguments: " : "", want->args);
	/* made all the same without shared configuration, and of no use then */
	rmdir(rte_eal_get_runtime_dir());
	snprintf(eal.args, sizeof(eal.args), "%s", want->args);
	snprintf(eal.pci, sizeof(eal.pci), "%s", want->pci ? want->pci : "");
	eal.started = true;
	return 0;
}
