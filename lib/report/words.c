/* Words for parts of a ledger, the same in every format; see model.h. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>

#include "number.h"
#include "table.h"

const char *loss_name(char *buf, size_t size, const struct loss *loss)
{
	if (loss->state == LOSS_LOCATED)
		snprintf(buf, size, "unexplained, %s to %s", loss->from, loss->to);
	else if (loss->place_row)
		snprintf(buf, size, "%d %s", loss->place_row, loss->place);
	else
		snprintf(buf, size, "%s", loss->place);
	return buf;
}

char *ledger_sum_asides(const struct ledger_sum *sum)
{
	const struct {
		const char *text;
		int64_t frames;
	} rows[] = {
		{"not sent in time", sum->unsent},
		{"of these for want of room in the generator's ring or socket", sum->no_room},
		{"duplicate", sum->duplicate},
		{"reordered", sum->reordered},
		{"damaged", sum->corrupt},
		{"of an earlier trial", sum->stale},
		{"foreign", sum->foreign},
	};
	char number[NUMBER_LEN], *text = NULL;
	const char *sep = "";
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (sum->n_trials > 1) {
		fprintf(out, "sum of %zu trials", sum->n_trials);
		sep = "; ";
	}
	if (sum->remainder != llabs(sum->unexplained)) {
		fprintf(out, "%sremainder %s over all pairs of edges", sep,
			table_s64(number, sizeof(number), sum->remainder));
		sep = "; ";
	}
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].frames)
			continue;
		fprintf(out, "%s%s %s", sep, table_s64(number, sizeof(number), rows[i].frames),
			rows[i].text);
		sep = "; ";
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
