/*
 * What each file of settings hands to the table in setting.c, and what they share: the
 * knob rows of its group (what a plan may say) and the operations (how it is done).
 */
#ifndef RINGLOSS_HOST_SETTING_ROWS_H
#define RINGLOSS_HOST_SETTING_ROWS_H

#include "knob.h"
#include "setting.h"

#define SETTING_KEEP "keep"
#define SETTING_UNSUPPORTED "unsupported"

extern const struct setting_ops setting_napi_threaded;
extern const struct knob_set setting_napi_knobs;

extern const struct setting_ops setting_offload_gro;
extern const struct setting_ops setting_offload_gso;
extern const struct setting_ops setting_offload_uso;
extern const struct knob_set setting_offload_knobs;

#endif
