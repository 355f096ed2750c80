/*
 * Time: monotonic nanoseconds for measuring, wall clock for names and
 * records, and the boot id that tells one boot of a host from the next.
 */
#ifndef RINGLOSS_BASE_CLOCK_H
#define RINGLOSS_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL

/* CLOCK_MONOTONIC in ns; through the vDSO, about 25 ns a call. */
static inline uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* Between two looks of a spinning thread: yields the core's resources to its sibling. */
static inline void clock_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#define CLOCK_BOOT_ID_LEN 37
/* /proc/sys/kernel/random/boot_id into id; 0 or a negative errno. */
int clock_boot_id(char id[static CLOCK_BOOT_ID_LEN]);

/* UTC now, "2026-01-31T12:34:56.789Z", into buf (at least 25 bytes). */
void clock_wall_iso(char *buf, size_t size);

/* UTC now, "20260131-123456-789", for names of files, into buf (at least 20 bytes). */
void clock_wall_name(char *buf, size_t size);

/* Sleep ns (CLOCK_MONOTONIC), to be used between two looks at a condition only. */
void clock_pause_ns(uint64_t ns);

#endif
