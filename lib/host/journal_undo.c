/*
 * Undoing what a journal's file holds, last first; see journal.h. Each entry is struck out as
 * soon as it is undone, so that a kill in between leaves the rest and only the rest.
 */
#include "journal_file.h"

#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "json.h"

static const struct change_kind *kind_find(const char *name)
{
	size_t i;

	for (i = 0; change_kinds[i]; i++)
		if (strcmp(change_kinds[i]->name, name) == 0)
			return change_kinds[i];
	return NULL;
}

/* "setting netns=ringloss-rx ifname=rl-rx0 ... to 256": the entry for a reader. */
static void entry_text(const json_t *entry, char *buf, size_t size)
{
	json_t *object = json_object_get(entry, "object");
	const json_t *old = json_object_get(entry, "old");
	const char *key;
	json_t *value;
	int len = snprintf(buf, size, "%s", json_str(entry, "kind", "?"));

	json_object_foreach (object, key, value) {
		const char *text = json_string_value(value);

		if (!text || !*text || len < 0 || (size_t)len >= size)
			continue;
		len += snprintf(buf + len, size - (size_t)len, " %s=%s", key, text);
	}
	if (json_is_string(old) && len >= 0 && (size_t)len < size)
		snprintf(buf + len, size - (size_t)len, " to %.60s", json_string_value(old));
}

static enum undo_result entry_undo(const json_t *entry, const char *boot_id, bool dry_run,
				   struct error *err)
{
	const char *name = json_str(entry, "kind", "");
	const struct change_kind *kind = kind_find(name);
	char now[CLOCK_BOOT_ID_LEN];

	if (!entry) {
		error_set(err, EX_DATAERR, -EBADMSG, "a line that is no entry");
		return UNDO_FAILED;
	}
	if (!kind) {
		error_set(err, EX_DATAERR, -EOPNOTSUPP,
			  "this ringloss knows no change \"%s\": restore with the one that made it",
			  name);
		return UNDO_FAILED;
	}
	/* A boot id that cannot be read proves no reboot. */
	if (!kind->survives_reboot && clock_boot_id(now) == 0 && strcmp(now, boot_id) != 0)
		return UNDO_NOTHING;
	if (dry_run)
		return UNDO_DONE;
	return kind->undo(json_object_get(entry, "object"), json_object_get(entry, "old"),
			  json_object_get(entry, "new"), err);
}

int journal_line_strike(int fd, off_t offset)
{
	static const char mark = JOURNAL_STRUCK;
	ssize_t n;

	do {
		n = pwrite(fd, &mark, 1, offset);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : n < 0 ? -errno : -EIO;
}

static void outcome_say(FILE *out, enum undo_result result, bool dry_run, const char *what,
			const struct error *why)
{
	static const char *const words[] = {
		[UNDO_DONE] = "undone",
		[UNDO_NOTHING] = "nothing to undo",
		[UNDO_CONFLICT] = "conflict",
		[UNDO_FAILED] = "failed",
	};

	if (!out)
		return;
	fprintf(out, "%s: %s", dry_run && result == UNDO_DONE ? "would undo" : words[result], what);
	if (why->text[0])
		fprintf(out, ": %s", why->text);
	fputc('\n', out);
}

/* Undo one entry and strike it out. 0, or -EBUSY when it has to stay. */
static int line_undo(struct journal *j, const struct journal_line *line, const char *boot_id,
		     FILE *out, bool dry_run, int *undone, struct error *err)
{
	struct error why = {0};
	enum undo_result result = entry_undo(line->entry, boot_id, dry_run, &why);
	char what[256];
	int ret = 0;

	if (line->entry)
		entry_text(line->entry, what, sizeof(what));
	else
		snprintf(what, sizeof(what), "line at byte %lld", (long long)line->offset);
	if (result == UNDO_DONE || result == UNDO_NOTHING) {
		if (!dry_run)
			ret = journal_line_strike(j->fd, line->offset);
		if (ret) {
			result = UNDO_FAILED;
			error_set(&why, EX_IOERR, ret, "undone, but %s cannot be written: %s",
				  j->path, strerror(-ret));
		} else {
			*undone += result == UNDO_DONE;
			j->live -= !dry_run;
			why.text[0] = '\0';
		}
	}
	outcome_say(out, result, dry_run, what, &why);
	if (result == UNDO_DONE || result == UNDO_NOTHING)
		return 0;
	return error_set(err, EX_UNAVAILABLE, -EBUSY,
			 "%s: %.250s: left as it is; when it is as you want it, delete %.200s",
			 what, why.text[0] ? why.text : "could not be put back", j->path);
}

int journal_undo_file(struct journal *j, FILE *out, bool dry_run, int *undone, struct error *err)
{
	struct journal_content content;
	int count = 0, first = 0;
	size_t i;
	int ret;

	ret = journal_file_read(j->fd, j->path, &content, err);
	if (ret)
		return ret;
	if (content.garbage) {
		if (out)
			fprintf(out, "failed: %s: not a journal\n", j->path);
		return error_set(err, EX_DATAERR, -EBUSY,
				 "%s is not a journal of ringloss: look at it, then delete it",
				 j->path);
	}
	j->live = content.n;
	for (i = content.n; i-- > 0;) {
		/* The first error is the one reported; the rest goes on. */
		ret = line_undo(j, &content.lines[i], content.boot_id, out, dry_run, &count,
				first ? NULL : err);
		first = first ? first : ret;
	}
	journal_content_free(&content);
	if (undone)
		*undone += count;
	if (!dry_run && !j->live) {
		if (unlink(j->path) < 0)
			return error_set(err, EX_IOERR, -errno, "cannot remove journal %s: %s",
					 j->path, strerror(errno));
		close(j->fd);
		j->fd = -1;
	} else if (!dry_run && fsync(j->fd) < 0 && !first) {
		return error_set(err, EX_IOERR, -errno, "cannot write journal %s: %s", j->path,
				 strerror(errno));
	}
	return first;
}
