/*
 * Opening, locking and reading a journal's file; see journal_file.h. What a crash can leave
 * (nothing, a cut line, a file being unlinked by its owner) is sorted out here.
 */
#include "journal_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "json.h"

#define LOCK_PAUSE_NS (2 * NSEC_PER_MSEC)

void journal_state_dir(char *buf, size_t size)
{
	const char *dir = getenv("RINGLOSS_STATE_DIR");

	snprintf(buf, size, "%s", dir && *dir ? dir : "/var/lib/ringloss");
}

void journal_folder(char *buf, size_t size)
{
	char state[PATH_MAX - 16];

	journal_state_dir(state, sizeof(state));
	snprintf(buf, size, "%s/journal", state);
}

/* 1 when PATH still names the locked file, 0 when its owner took it away meanwhile. */
static int file_is_current(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return st.st_nlink > 0;
}

int journal_file_open(const char *path, bool create, int wait_ms)
{
	uint64_t deadline = clock_ns() + (uint64_t)wait_ms * NSEC_PER_MSEC;

	for (;;) {
		int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (create ? O_CREAT : 0);
		int fd = open(path, flags, 0600);
		int ret;

		if (fd < 0)
			return -errno;
		while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			if (errno == EWOULDBLOCK && clock_ns() < deadline) {
				clock_pause_ns(LOCK_PAUSE_NS);
				continue;
			}
			ret = -errno;
			close(fd);
			return ret;
		}
		ret = file_is_current(fd);
		if (ret > 0)
			return fd;
		close(fd);
		if (ret < 0)
			return ret;
	}
}

static char *read_all(int fd, size_t *len)
{
	struct stat st;
	size_t got = 0;
	char *text;

	if (fstat(fd, &st) < 0)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return NULL;
	while (got < (size_t)st.st_size) {
		ssize_t n = pread(fd, text + got, (size_t)st.st_size - got, (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			return NULL;
		}
		if (n == 0)
			break;
		got += (size_t)n;
	}
	text[got] = '\0';
	*len = got;
	return text;
}

/*
 * The first line. A file without a whole one is from a crash at its creation, before
 * anything was changed; but only what such a crash can leave is taken for one: the
 * beginning of a header, or the zeros of a block that never reached the disk.
 */
static bool header_was_cut(const char *text, size_t len)
{
	static const char begin[] = "{\"program\":\"ringloss\"";
	size_t n = len < sizeof(begin) - 1 ? len : sizeof(begin) - 1;

	if (memchr(text, '\n', len))
		return false;
	return memcmp(text, begin, n) == 0 ||
	       (text[0] == '\0' && memcmp(text, text + 1, len - 1) == 0);
}

static bool header_parse(const char *text, size_t len, struct journal_content *content)
{
	json_t *header = json_loadb(text, len, 0, NULL);
	const char *boot = json_str(header, "boot_id", NULL);
	bool ours = strcmp(json_str(header, "program", ""), "ringloss") == 0 && boot;

	if (ours) {
		snprintf(content->boot_id, sizeof(content->boot_id), "%s", boot);
		content->created_ns = json_u64(header, "created_ns", 0);
	}
	json_decref(header);
	return ours;
}

static int line_append(struct journal_content *content, const char *text, size_t len, off_t offset)
{
	struct journal_line *grown;

	grown = realloc(content->lines, (content->n + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	content->lines = grown;
	grown[content->n].offset = offset;
	grown[content->n].entry = json_loadb(text, len, 0, NULL);
	content->n++;
	return 0;
}

int journal_file_read(int fd, const char *path, struct journal_content *content, struct error *err)
{
	size_t len = 0, pos = 0;
	char *text = read_all(fd, &len);
	int ret = 0;

	memset(content, 0, sizeof(*content));
	if (!text)
		return error_set(err, EX_IOERR, -EIO, "cannot read journal %s: %s", path,
				 strerror(errno));
	if (len == 0 || header_was_cut(text, len))
		goto out;
	while (!ret && pos < len) {
		char *end = memchr(text + pos, '\n', len - pos);
		size_t n;

		if (!end)
			break; /* cut short: fsync never returned, so it was never acted on */
		n = (size_t)(end - text) - pos;
		if (pos == 0 && !header_parse(text, n, content)) {
			content->garbage = true;
			goto out;
		}
		if (pos > 0 && text[pos] != JOURNAL_STRUCK)
			ret = line_append(content, text + pos, n, (off_t)pos);
		pos += n + 1;
	}
	if (pos == 0)
		content->garbage = true;
	if (ret)
		error_set(err, EX_OSERR, ret, "no memory to read journal %s", path);
out:
	free(text);
	if (ret)
		journal_content_free(content);
	return ret;
}

void journal_content_free(struct journal_content *content)
{
	size_t i;

	for (i = 0; i < content->n; i++)
		json_decref(content->lines[i].entry);
	free(content->lines);
	memset(content, 0, sizeof(*content));
}
