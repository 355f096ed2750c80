/* How readers of facts ask: files that are a line, sysctls, dumps of rtnetlink; see fact_read.h. */
#include "fact_read.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "netlink.h"

static bool file_text(char text[FACT_TEXT], int folder, const char *fmt, va_list args)
{
	char path[PATH_MAX];
	ssize_t n = -1;
	int fd;

	if (vsnprintf(path, sizeof(path), fmt, args) >= (int)sizeof(path))
		return false;
	if (folder < 0 && folder != AT_FDCWD)
		return false;
	fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, FACT_TEXT - 1);
		close(fd);
	}
	if (n <= 0)
		return false;
	while (n && (text[n - 1] == '\n' || text[n - 1] == ' '))
		n--;
	text[n] = '\0';
	return n;
}

bool fact_file(char text[FACT_TEXT], int folder, const char *fmt, ...)
{
	va_list args;
	bool found;

	va_start(args, fmt);
	found = file_text(text, folder, fmt, args);
	va_end(args);
	return found;
}

bool fact_file_number(json_t *obj, const char *key, int folder, const char *fmt, ...)
{
	char text[FACT_TEXT], *end;
	long long value;
	va_list args;
	bool found;

	va_start(args, fmt);
	found = file_text(text, folder, fmt, args);
	va_end(args);
	if (!found)
		return false;
	value = strtoll(text, &end, 10);
	if (end == text)
		return false;
	json_object_set_new(obj, key, json_integer(value));
	return true;
}

json_t *fact_sysctls(const char *const *names)
{
	json_t *obj = json_object();
	char path[128], text[FACT_TEXT], *at;

	for (; *names; names++) {
		snprintf(path, sizeof(path), "%s", *names);
		for (at = path; (at = strchr(at, '.')); at++)
			*at = '/';
		if (!fact_file(text, AT_FDCWD, "/proc/sys/%s", path))
			continue;
		for (at = text; (at = strchr(at, '\t')); at++)
			*at = ' ';
		json_object_set_new(obj, *names, json_text(text));
	}
	return fact_unless_empty(obj);
}

json_t *fact_unless_empty(json_t *obj)
{
	if (json_object_size(obj) || json_array_size(obj))
		return obj;
	json_decref(obj);
	return NULL;
}

int fact_dump(uint16_t type, uint8_t family, size_t size, mnl_cb_t cb, void *ctx)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	*(uint8_t *)mnl_nlmsg_put_extra_header(nlh, size) = family;
	return netlink_query(NETLINK_ROUTE, nlh, cb, ctx);
}
