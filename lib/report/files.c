/* The reports that are kept beside the trials; see report.h. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"

static int csv_kind(const char *folder, const struct result_set *set, FILE *out)
{
	return report_csv(set, out);
}

static int ranking_kind(const char *folder, const struct result_set *set, FILE *out)
{
	return report_ranking_json(set, out);
}

/* One row a file. */
static const struct {
	const char *name;
	int (*write)(const char *folder, const struct result_set *set, FILE *out);
} kinds[] = {
	{RESULT_CSV_FILE, csv_kind},
	{RESULT_RANKING_FILE, ranking_kind},
	{RESULT_HTML_FILE, report_html},
};

int report_write_files(const char *folder, const struct result_set *set, struct error *err)
{
	size_t i, size;
	int ret = 0;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !ret; i++) {
		char *text = NULL, *path = NULL;
		FILE *out = open_memstream(&text, &size);

		ret = out ? kinds[i].write(folder, set, out) : -ENOMEM;
		if (out && fclose(out) && !ret)
			ret = -ENOMEM;
		if (!ret && asprintf(&path, "%s/%s", folder, kinds[i].name) < 0) {
			path = NULL;
			ret = -ENOMEM;
		}
		if (ret)
			error_set(err, EX_OSERR, ret, "no memory to write %s/%s", folder,
				  kinds[i].name);
		else
			ret = file_replace(path, text, size, err);
		free(path);
		free(text);
	}
	return ret;
}
