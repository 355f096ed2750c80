/*
 * The rows of every counter that agents read: what it means, where it stands,
 * which others count the same event. They are in files by what they are of (rows_*.inc), one table
 * all the same. Endpoints export rows of their own.
 */
#include "counter.h"

/* clang-format off */
#define FIELDS(id_, stage_, kind_, scope_, source_, locator_, bits_, since_, overlaps_, help_) \
	  .id = id_, .stage = stage_, .kind = COUNTER_##kind_, .scope = SCOPE_##scope_, \
	  .reader = READER_AGENT, .source = SOURCE_##source_, .locator = locator_, .bits = bits_, \
	  .since = since_, .overlaps = overlaps_, .help = help_
#define UNIT(unit_, ...) { FIELDS(__VA_ARGS__), .unit = unit_ }
#define BY_DRIVER "by driver"
#define ROW(...) { FIELDS(__VA_ARGS__) }
#define RESTLESS(unit_, ...) { FIELDS(__VA_ARGS__), .unit = unit_, .restless = true }

static const struct counter_def rows[] = {
#include "rows_device.inc"
#include "rows_ip.inc"
#include "rows_tcp.inc"
#include "rows_machine.inc"
};
/* clang-format on */

const struct counter_def *counter_table(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
