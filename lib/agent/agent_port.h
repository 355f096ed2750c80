/*
 * What an agent holds of its side's port: the driver and the namespace that the plan asks for, for
 * as long as it asks for the same, in a journal of their own. A namespace that is not there and has
 * one of our names is made, and stays as long as the agent does, which lives in it.
 */
#ifndef RINGLOSS_AGENT_AGENT_PORT_H
#define RINGLOSS_AGENT_AGENT_PORT_H

#include <stdbool.h>

#include <jansson.h>

#include "device.h"
#include "error.h"
#include "journal.h"

struct agent_port {
	int home;                /* namespace that the agent was started in */
	struct journal *made;    /* of a namespace that was made for the side; NULL: none */
	struct journal *journal; /* of the port; NULL: nothing was ever taken */
	char name[180];          /* what the journals' names begin with */
	json_t *asked;           /* what is held; NULL: nothing */
	bool noted;              /* what may be lost of it without being taken */
	char device[512];        /* by which the plan's device is found now */
};

/* In the namespace that the agent was started in. */
void agent_port_init(struct agent_port *p);

/* Whether ARGS (of the request "prepare") ask for something else than is held. */
bool agent_port_differs(const struct agent_port *p, const json_t *args);

/* Take what ARGS ask for; nothing is held before. NAME: what the journals' names begin with. */
int agent_port_take(struct agent_port *p, const json_t *args, const char *name, struct error *err);

/*
 * DEVICE is what is held, seen from where the agent lives: note what an endpoint's XDP program may
 * cost it, to be given back with it.
 */
int agent_port_resolved(struct agent_port *p, const struct device *device, struct error *err);

/* Give back what is held. Nothing may use the port any more. */
int agent_port_give_back(struct agent_port *p, struct error *err);

/* The same, and the namespace that was made; nobody is to live in it any more. */
int agent_port_leave(struct agent_port *p, struct error *err);

void agent_port_end(struct agent_port *p);

#endif
