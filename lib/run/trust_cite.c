/* Trust files applied to trial lines; see trust_cite.h. */
#include "trust_cite.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"
#include "json.h"
#include "trust.h"

static void cite_rows(json_t *line, const char *path, const json_t *file, const json_t *side)
{
	json_t *row, *notes;
	size_t i;

	json_array_foreach (json_object_get(line, "ledger"), i, row) {
		if (strcmp(json_str(row, "path", ""), path))
			continue;
		notes = trust_row_notes(file, row, side);
		if (notes)
			json_object_set_new(row, "trust", notes);
	}
}

void trust_cite(const struct trial_env *env, json_t *line)
{
	char state[PATH_MAX], folder[PATH_MAX + 8];
	size_t i;

	journal_state_dir(state, sizeof(state));
	snprintf(folder, sizeof(folder), "%s/trust", state);
	for (i = 0; i < env->n_paths; i++) {
		const struct path *path = &env->paths[i];
		json_t *side, *file;

		if (path->to < 0)
			continue;
		side = json_object_get(json_object_get(line, "sides"),
				       env->sides[path->to].plan->name);
		file = trust_find(folder, side);
		if (!file)
			continue;
		json_object_set_new(side, "trust", trust_applied_json(file));
		cite_rows(line, path->plan->name, file, side);
		json_decref(file);
	}
}
