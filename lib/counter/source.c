/* What the readers share: setting samples; see source.h. */
#include "source.h"

void sample_set(struct sample *sample, uint64_t value)
{
	sample->value = sample->def->bits == 32 ? (uint32_t)value : value;
	sample->state = SAMPLE_OK;
}

void sample_add(struct sample *sample, uint64_t value)
{
	sample_set(sample, sample->state == SAMPLE_OK ? sample->value + value : value);
}
