/* Drivers that are not just the kernel's; see driver.h. */
#include "driver.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	enum driver_kind kind;
} rows[] = {
	{"", DRIVER_NONE},       {"vfio-pci", DRIVER_VFIO},    {"uio_pci_generic", DRIVER_UIO},
	{"igb_uio", DRIVER_UIO}, {"mlx4_core", DRIVER_BESIDE}, {"mlx5_core", DRIVER_BESIDE},
	{"mana", DRIVER_BESIDE},
};

enum driver_kind driver_kind(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].kind;
	return DRIVER_KERNEL;
}
