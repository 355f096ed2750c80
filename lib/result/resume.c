/*
 * Going on with a folder: that nobody else writes to it, that its plan is what it was, that its
 * trials are whole; see result.h.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "file.h"
#include "json.h"
#include "writer.h"

/* The first line of plan.ini; what is below makes the sum. */
#define PLAN_HEAD "; the sum of all below is %016" PRIx64 ": run --resume takes it as it is\n"
#define PLAN_HEAD_LEN 128

/* FNV-1a: against slips and edits, not against intent. */
static uint64_t sum_of(const char *text)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
	return sum;
}

int result_plan_write(const struct result *r, const char *plan_text, struct error *err)
{
	char file[PATH_MAX + 32], *text;
	int len, ret;

	len = asprintf(&text, PLAN_HEAD "%s", sum_of(plan_text), plan_text);
	if (len < 0)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory to write the plan");
	snprintf(file, sizeof(file), "%s/" RESULT_PLAN_FILE, r->path);
	ret = file_replace(file, text, (size_t)len, err);
	free(text);
	return ret;
}

/* The file is as write_plan wrote it. */
static int check_plan(const struct result *r, struct error *err)
{
	char file[PATH_MAX + 32], head[PLAN_HEAD_LEN], *text, *below;
	int ret = 0;

	snprintf(file, sizeof(file), "%s/" RESULT_PLAN_FILE, r->path);
	text = file_read(file, NULL, err);
	if (!text)
		return err->code;
	below = strchr(text, '\n');
	below = below ? below + 1 : text;
	snprintf(head, sizeof(head), PLAN_HEAD, sum_of(below));
	if (strlen(head) != (size_t)(below - text) || strncmp(text, head, strlen(head)))
		ret = error_set(
			err, EX_DATAERR, -EINVAL,
			"%s was changed since the run began, and its trials are of the plan "
			"as it was: run it as a plan of its own (ringloss run %s)",
			file, file);
	free(text);
	return ret;
}

/* One writer at a time; a file system without locks has to do without. */
int result_lock(const struct result *r, struct error *err)
{
	if (flock(r->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return 0;
	return error_set(err, EX_TEMPFAIL, -EBUSY,
			 "another run is writing %s: wait for it, or end it", r->path);
}

/* What the lines that are there are of, besides what the caller wants with them. */
struct resuming {
	struct result *result;
	result_taker *take;
	void *ctx;
};

static int take_stored(void *ctx, json_t *trial, struct error *err)
{
	struct resuming *resuming = ctx;
	struct result *r = resuming->result;
	const char *run = json_str(trial, "run", NULL);

	if (run)
		snprintf(r->run, sizeof(r->run), "%s", run);
	return resuming->take(resuming->ctx, trial, err)
		       ? error_prefix(err, "cannot go on with %s", r->path)
		       : 0;
}

/* Cut off what is no line, or end one that only lacks its newline. */
static int mend(const struct result *r, const struct result_end *end)
{
	if (end->cut && ftruncate(r->fd, end->whole) < 0)
		return -errno;
	return end->open ? file_write_fd(r->fd, "\n", 1) : 0;
}

static int reopen(struct result *r, struct resuming *resuming, struct error *err)
{
	char file[PATH_MAX + 32];
	struct result_end end;
	int ret;

	snprintf(file, sizeof(file), "%s/" RESULT_TRIALS_FILE, r->path);
	r->fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK);
	if (r->fd < 0)
		return error_set(err, EX_NOINPUT, -errno,
				 "cannot open %s: %s; name the folder of a run", file,
				 strerror(errno));
	ret = result_lock(r, err);
	if (!ret)
		ret = check_plan(r, err);
	if (!ret)
		ret = result_scan(file, take_stored, resuming, &end, err);
	if (ret)
		return ret;
	ret = mend(r, &end);
	return ret ? error_set(err, EX_IOERR, ret, "cannot mend the last line of %s: %s", file,
			       strerror(-ret))
		   : 0;
}

struct result *result_resume(const char *path, result_taker *take, void *ctx, struct error *err)
{
	struct result *r = calloc(1, sizeof(*r));
	struct resuming resuming = {.result = r, .take = take, .ctx = ctx};
	char *absolute = realpath(path, NULL);
	size_t len = strlen(path);

	if (r)
		r->fd = -1;
	if (!r || !absolute) {
		error_set(err, r ? EX_NOINPUT : EX_OSERR, -errno,
			  "cannot open %s: %s; name the folder of a run", path, strerror(errno));
		goto fail;
	}
	while (len > 1 && path[len - 1] == '/')
		len--;
	snprintf(r->path, sizeof(r->path), "%.*s", (int)len, path);
	snprintf(r->run, sizeof(r->run), "%s", strrchr(absolute, '/') + 1);
	if (reopen(r, &resuming, err))
		goto fail;
	free(absolute);
	return r;
fail:
	free(absolute);
	result_free(r);
	return NULL;
}
