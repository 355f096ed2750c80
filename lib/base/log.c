/* Log lines on standard error; see log.h. The level is a writable global by design. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static enum log_level level_max = LOG_LEVEL_INFO;
static const char *line_prefix;

void log_set_level(enum log_level level)
{
	level_max = level;
}

void log_set_prefix(const char *prefix)
{
	line_prefix = prefix;
}

void log_print(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = {"error", "warning", NULL, "debug"};
	char line[1280];
	int len = 0;
	va_list ap;

	if (level > level_max)
		return;
	len += snprintf(line, sizeof(line), "ringloss%s%s: ", line_prefix ? " " : "",
			line_prefix ? line_prefix : "");
	if (names[level])
		len += snprintf(line + len, sizeof(line) - len, "%s: ", names[level]);
	va_start(ap, fmt);
	len += vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	va_end(ap);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	/* One write a line: lines of several processes do not mix. */
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nowhere left to say it */
}
