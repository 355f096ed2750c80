/*
 * What a run does with the settings of a device, without traffic:
 * apply_settings [--kill] IFNAME KEY=VALUE... [-- KEY=VALUE...]
 * applies them (each group behind -- is a further point), prints "KEY EFFECTIVE" of what was asked
 * for, then "undone" after putting everything back. With --kill it dies of SIGKILL instead, and
 * leaves its journal. Exit code 1 with the message when a setting is refused, all put back.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "setting.h"

static int point(struct settings *s, struct journal *j, json_t *values, struct error *err)
{
	struct setting_outcome out;
	const char *key;
	json_t *value;
	int ret = setting_apply(s, j, values, NULL, NULL, &out, err);

	if (ret)
		return ret;
	json_object_foreach (values, key, value)
		printf("%s %s\n", key, json_str(out.effective, key, "-"));
	fflush(stdout);
	json_decref(out.effective);
	return 0;
}

int main(int argc, char **argv)
{
	struct error err = {0};
	int kill_self = argc > 1 && !strcmp(argv[1], "--kill"), i = 1 + kill_self, ret = 0;
	struct settings *s;
	struct journal *j;

	if (argc <= i)
		return 64;
	s = settings_new("", argv[i++]);
	j = journal_open("apply-settings", &err);
	if (!s || !j) {
		fprintf(stderr, "error: %s\n", err.text);
		return 70;
	}
	while (i < argc && !ret) {
		json_t *values = json_object();

		for (; i < argc && strcmp(argv[i], "--"); i++) {
			char *equals = strchr(argv[i], '=');

			if (!equals)
				return 64;
			*equals = '\0';
			json_put_str(values, argv[i], equals + 1);
		}
		i++;
		ret = point(s, j, values, &err);
		json_decref(values);
	}
	if (ret)
		printf("error: %s\n", err.text);
	fflush(stdout);
	if (kill_self && !ret)
		kill(getpid(), SIGKILL);
	settings_free(s);
	if (journal_undo(j, NULL, &err))
		printf("undo: %s\n", err.text);
	else
		printf("undone\n");
	journal_close(j);
	return ret != 0;
}
