/* Rows and their values; see knob.h. The grammar of each type is in value.c. */
#include "knob.h"

#include <string.h>

#include "hint.h"
#include "value.h"

static const char *default_text(const struct knob *knob)
{
	return knob->def ? knob->def : "";
}

static bool is_word(const struct knob *knob, const char *text)
{
	size_t i;

	for (i = 0; knob->words && knob->words[i]; i++)
		if (!strcmp(knob->words[i], text))
			return true;
	return false;
}

int knob_parse(const struct knob *knob, const char *text, void *config, struct error *err)
{
	const struct value_type *type = value_type(knob->type);
	char *field = config ? (char *)config + knob->offset : NULL;
	const char *unit = type && type->has_unit && knob->unit ? knob->unit : "";
	const char *why = "";
	char range[256];
	union value value;
	int ret;

	if (!type)
		return error_set(err, EX_SOFTWARE, -EINVAL, "the row %s has no known type",
				 knob->name);
	if (is_word(knob, text))
		return field ? error_set(err, EX_SOFTWARE, -EINVAL, "the row %s keeps no words",
					 knob->name)
			     : 0;
	ret = type->parse(knob, text, &value, &why);
	if (ret) {
		knob_range_text(knob, range, sizeof(range));
		return error_set(err, EX_DATAERR, ret, "\"%s\": %s; give %s%s%s%s",
				 hint_quote(text).text, why, type->give ? type->give : "", range,
				 *unit ? " " : "", unit);
	}
	if (!field)
		return 0;
	if (type->size) {
		memcpy(field, &value, type->size);
	} else {
		memset(field, 0, knob->size);
		memcpy(field, text, strlen(text));
	}
	return 0;
}

void knob_set_defaults(const struct knob_set *set, void *config)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		knob_parse(knob_row(set, i), default_text(knob_row(set, i)), config, NULL);
}

const struct knob *knob_find(const struct knob_set *set, const char *name)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (!strcmp(knob_row(set, i)->name, name))
			return knob_row(set, i);
	return NULL;
}

const char *knob_change_name(enum knob_change change)
{
	static const char *const names[] = {
		[KNOB_RETUNE] = "retune",
		[KNOB_REOPEN] = "reopen",
		[KNOB_RELINK] = "relink",
		[KNOB_RESPAWN] = "respawn",
	};

	return (size_t)change < sizeof(names) / sizeof(names[0]) ? names[change] : "?";
}
