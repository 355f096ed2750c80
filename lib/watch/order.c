/* Sorting and filtering tables; see model.h. */
#include <stdlib.h>
#include <string.h>

#include "model.h"

struct order {
	enum watch_format format;
	size_t column;
	bool descending;
};

static int compare(const struct watch_row *a, const struct watch_row *b, const struct order *order)
{
	const struct watch_cell *x = &a->cells[order->column], *y = &b->cells[order->column];
	int way;

	if (x->known != y->known)
		return x->known ? -1 : 1;
	if (order->format == WATCH_TEXT)
		way = strcmp(x->text, y->text);
	else
		way = (x->number > y->number) - (x->number < y->number);
	return order->descending ? -way : way;
}

/* Merge sort, so that equal rows stay as they were. */
static void sort_rows(struct watch_row *rows, struct watch_row *spare, size_t n,
		      const struct order *order)
{
	size_t half = n / 2, left = 0, right = half;

	if (n < 2)
		return;
	sort_rows(rows, spare, half, order);
	sort_rows(rows + half, spare, n - half, order);
	memcpy(spare, rows, n * sizeof(*rows));
	for (size_t i = 0; i < n; i++)
		if (right == n || (left < half && compare(&spare[left], &spare[right], order) <= 0))
			rows[i] = spare[left++];
		else
			rows[i] = spare[right++];
}

void watch_section_sort(struct watch_section *section, const struct watch_section_kind *kind,
			size_t column, bool descending)
{
	const struct order order = {kind->columns[column].format, column, descending};
	struct watch_row *spare = calloc(section->n + 1, sizeof(*spare));

	if (spare) /* else as it was found */
		sort_rows(section->rows, spare, section->n, &order);
	free(spare);
}

void watch_section_filter(struct watch_section *section)
{
	size_t kept = 0;

	for (size_t i = 0; i < section->n; i++)
		if (section->rows[i].moves)
			section->rows[kept++] = section->rows[i];
	section->n = kept;
}
