/* A sight of a recorded tree; see diagnose.h. */
#include "sight.h"

int sight_replay(const char *folder, struct sight **sight, struct error *err)
{
	return error_set(err, EX_UNAVAILABLE, -ENOSYS, "%s: not yet", folder);
}
