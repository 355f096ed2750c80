/* ringloss agent: serve a controller on standard input and output. */
#include "agent.h"
#include "command.h"

int cmd_agent(int argc, char **argv)
{
	if (argc > 1)
		return usage_error("agent", "agent takes no argument; `ringloss run` starts it");
	return agent_main();
}
