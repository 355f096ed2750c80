/*
 * Messages for people, always on standard error, one line each. Standard
 * output belongs to results.
 */
#ifndef RINGLOSS_BASE_LOG_H
#define RINGLOSS_BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Messages above this level are not printed. Default: LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* A prefix such as "agent rx" for every line of this process; not copied. */
void log_set_prefix(const char *prefix);

void log_print(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_print(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_print(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_print(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_print(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
